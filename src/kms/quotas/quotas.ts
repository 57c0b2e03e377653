/**
 * Request quotas as AWS has them: who calls more often is told so, and it is recorded as any other failure.
 *
 *     what does it count towards (costs.ts) → is there so much left (buckets.ts), of all of it → ThrottlingException
 *
 * By account and region of whoever calls, whosever the key is; calls that S3 makes in his name are his. The record shows
 * no parameters, as those of throttled calls in CloudTrail's files do not (real ones of SSM; none of KMS is known to us).
 * Figures are in published.ts. Asked in front of every call whose input is sound (service/gate.ts). Source: AWS KMS developer guide,
 * "Request quotas", "Throttling AWS KMS requests".
 *
 * @module
 */
import type { Place } from '../../aws/arn.js'
import type { Clock } from '../../clock.js'
import type { Call } from '../../service/calls/call.js'
import { throttled } from '../refusals.js'
import { Buckets, type Taking } from './buckets.js'
import { costsOf } from './costs.js'
import { publishedQuotas } from './published.js'

export interface QuotaParts {
  readonly clock: Pick<Clock, 'elapsed'>
  /** The quotas that AWS has there hold in every region. */
  readonly region: string
  /** The KeySpec of the key that is named so by whoever is at `place`. */
  readonly specOf: (place: Place, keyId: string) => Promise<string | undefined>
}

export class RequestQuotas {
  readonly #rates: ReadonlyMap<string, number>
  readonly #buckets: Buckets
  readonly #specOf: QuotaParts['specOf']

  constructor({ clock, region, specOf }: QuotaParts) {
    this.#rates = publishedQuotas(region)
    this.#buckets = new Buckets(clock)
    this.#specOf = specOf
  }

  /** Counts `calls` that are alike. @throws SealtrailError `ThrottlingException` */
  async take(call: Call, calls = 1): Promise<void> {
    const { caller, operation, region, input = {} } = call
    const asked = { operation, region, input: input as Readonly<Record<string, unknown>> }
    const costs = await costsOf(asked, (keyId) => this.#specOf(caller, keyId))
    const takings = costs.flatMap(({ quota, region: where, requests }): Taking[] => {
      const perSecond = this.#rates.get(quota)
      if (perSecond === undefined) return []
      const name = `${caller.account}/${where}/${quota}`
      return [{ name, perSecond, tokens: requests * calls }]
    })
    const short = this.#buckets.take(takings)
    if (short === undefined) return
    call.show(undefined)
    throw throttled(short.name)
  }
}
