/**
 * Where the events of a channel come to lie, so that they can be read back: below a prefix of its trail's bucket.
 *
 * A channel of AWS leads to an event data store, which has no files; and one whose trail we may not see leads nowhere that is
 * known.
 *
 * @module
 */
import { logsPrefix } from '../../../trail/delivery/service.js'
import { asked } from '../target.js'
import type { ServiceCaller } from './caller.js'
import { jsonAnswer } from './json-calls.js'

export interface EventLogs {
  readonly bucket: string
  /** Ends in `/`; below it days, as `2026/01/02/`. */
  readonly prefix: string
}

interface Owner {
  readonly account: string
  readonly region: string
}

export function eventLogsIn(
  bucket: string,
  { account, region }: Owner,
  prefix?: string,
): EventLogs {
  return { bucket, prefix: `${logsPrefix(account, prefix)}CloudTrail/${region}/` }
}

/** Of a channel that was there before. */
export async function eventLogsOf(
  cloudtrail: ServiceCaller,
  channelArn: string,
): Promise<EventLogs | undefined> {
  const ask = (operation: string, input: object) =>
    asked(jsonAnswer(cloudtrail, 'cloudtrail', operation, input)).catch(() => ({}))
  const channel = (await ask('GetChannel', { Channel: channelArn })) as {
    readonly Destinations?: ReadonlyArray<{ readonly Location?: unknown }>
  }
  const arn = channel.Destinations?.[0]?.Location
  const [, region, account] = /^arn:[^:]+:cloudtrail:([^:]+):(\d{12}):trail\//.exec(`${arn}`) ?? []
  if (region === undefined || account === undefined) return undefined
  const { Trail } = (await ask('GetTrail', { Name: arn })) as {
    readonly Trail?: { readonly S3BucketName?: unknown; readonly S3KeyPrefix?: unknown }
  }
  if (typeof Trail?.S3BucketName !== 'string') return undefined
  const prefix = typeof Trail.S3KeyPrefix === 'string' ? Trail.S3KeyPrefix : undefined
  return eventLogsIn(Trail.S3BucketName, { account, region }, prefix)
}
