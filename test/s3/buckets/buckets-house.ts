/** A house that serves buckets: real store and root, whose service is called directly by whoever a test makes up. */

import { SealtrailError } from '../../../src/errors.js'
import { Buckets } from '../../../src/s3/buckets/buckets.js'
import type { ObjectKeys } from '../../../src/s3/encryption/object-keys.js'
import type { InputOf, OperationName } from '../../../src/s3/model.js'
import { BeingRead } from '../../../src/s3/objects/being-read.js'
import type { S3Parts } from '../../../src/s3/parts.js'
import { s3Service } from '../../../src/s3/s3.js'
import { accountRoot, type Caller } from '../../../src/service/caller.js'
import type { CallContext } from '../../../src/service/calls/call-context.js'
import { type Service, valuesOf } from '../../../src/service/service.js'
import type { Blobs } from '../../../src/store/blobs/blobs.js'
import { Locks } from '../../../src/store/keep/locks.js'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../../support/kms.js'

export const STRANGER = '444455556666'
export const root = accountRoot(ACCOUNT, REGION)
export const strangersRoot = accountRoot(STRANGER, REGION)

export const inRegion = (caller: Caller, region: string): Caller => ({ ...caller, region })

/** A service that does something for the account's resource. */
export function serviceCaller(name: string, sourceArn?: string): Caller {
  const identity = { type: 'AWSService', invokedBy: name } as const
  return { account: ACCOUNT, region: REGION, identity, ...(sourceArn ? { sourceArn } : {}) }
}

export interface Refused {
  readonly code: string
  readonly message: string
  readonly detail: Readonly<Record<string, string | number>>
}

/** Nobody puts objects here. */
const NOTHING = {} as unknown as Blobs & ObjectKeys

export class BucketsHouse {
  readonly kms: TestKms
  readonly parts: S3Parts
  readonly service: Service<S3Parts>
  /** ARNs of users and roles that are not there. */
  readonly gone = new Set<string>()
  /** Unique ids of those who have one. */
  readonly ids = new Map<string, string>()

  private constructor(kms: TestKms) {
    this.kms = kms
    const { store, root, engines, pool, clock } = kms
    this.parts = {
      ...{ store, clock, root, engines, pool, locks: new Locks() },
      buckets: new Buckets(store, root),
      blobs: NOTHING,
      keys: NOTHING,
      beingRead: new BeingRead(),
      seenTime: kms.service.seenTime,
      sseC: 'block',
      principals: {
        isThere: (arn) => !this.gone.has(arn),
        idOf: (arn) => this.ids.get(arn),
        nameOf: (id, arn) => (this.ids.get(arn) === id ? arn : id),
      },
    }
    this.service = s3Service(this.parts)
  }

  static async open(): Promise<BucketsHouse> {
    return new BucketsHouse(await openTestKms())
  }

  async reopen(): Promise<BucketsHouse> {
    await this.service.close()
    return new BucketsHouse(await this.kms.reopen())
  }

  async remove(): Promise<void> {
    await this.service.close()
    await this.kms.remove()
  }

  async call<Name extends OperationName>(
    name: Name,
    input: InputOf<Name>,
    caller: Caller = root,
    context: Partial<CallContext> = {},
  ): Promise<Record<string, unknown>> {
    const answer = await this.service.call(name, valuesOf(input), {
      ...{ caller, requestId: crypto.randomUUID(), sourceIpAddress: '192.0.2.1' },
      ...{ userAgent: 'test', ...context },
    })
    return answer as Record<string, unknown>
  }

  /** What the call is refused with. */
  async refusal<Name extends OperationName>(
    name: Name,
    input: InputOf<Name>,
    caller: Caller = root,
    context: Partial<CallContext> = {},
  ): Promise<Refused> {
    try {
      await this.call(name, input, caller, context)
    } catch (error) {
      if (error instanceof SealtrailError) {
        const { code, message, detail } = error
        return { code, message, detail }
      }
      throw error
    }
    return { code: 'done', message: '', detail: {} }
  }

  /** A new bucket, with these statements as its policy. */
  async bucket(name: string, statements: readonly object[] = [], caller = root): Promise<string> {
    await this.call('CreateBucket', { Bucket: name, ...here(caller.region) }, caller)
    if (statements.length > 0) await this.setPolicy(name, statements, caller)
    return name
  }

  async setPolicy(name: string, statements: readonly object[], caller = root): Promise<void> {
    await this.call('PutBucketPolicy', { Bucket: name, Policy: policyOf(statements) }, caller)
  }
}

export function here(region: string) {
  if (region === 'us-east-1') return {}
  return { CreateBucketConfiguration: { LocationConstraint: region } }
}

export function policyOf(statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}
