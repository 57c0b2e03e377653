/**
 * A caller of S3 as KMS sees him: himself, by way of S3; and the name under which nobody else's keys are kept.
 *
 * So key policies decide about him, kms:ViaService is S3 in the bucket's region, and records of KMS name him, with S3 as
 * the one that called. An AWS service that calls S3 stays what it is.
 *
 * @module
 */
import type { Identity } from '../../audit/identity.js'
import { randomId } from '../../bytes/random.js'
import { SealtrailError } from '../../errors.js'
import type { Caller } from '../../service/caller.js'
import type { Call } from '../../service/calls/call.js'
import type { CallContext } from '../../service/calls/call-context.js'
import type { Bucket } from '../buckets/bucket.js'

const S3 = 's3.amazonaws.com'
/** CloudTrail's account of whoever shows no credentials. */
const ANONYMOUS = 'ANONYMOUS_PRINCIPAL'

/** What is worked out for an identity is kept with it (service/deciding/principal.ts). */
const viaS3 = new WeakMap<Identity, Identity>()
const numbers = new WeakMap<Identity, number>()
let lastNumber = 0

/**
 * Of a call of KMS. Keys without an account or a region of their own are the caller's, in the bucket's region.
 * @throws SealtrailError `InvalidArgument` for nobody in particular, whom no key is given
 */
export function contextOf({ caller }: Call, { region }: Bucket): CallContext {
  if (caller.identity.accountId === ANONYMOUS) {
    const says =
      'Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.'
    const detail = { ArgumentName: 'Authorization', ArgumentValue: 'null' }
    throw new SealtrailError('InvalidArgument', says, detail)
  }
  const identity = identityViaS3(caller.identity)
  // Behind an AWS service nobody sees S3.
  const source = identity.invokedBy ?? S3
  return {
    caller: { ...caller, region, identity },
    requestId: randomId(),
    sourceIpAddress: source,
    userAgent: source,
  }
}

/** The same for the same session of the same caller only. */
export function requesterName({ account, identity, accessKeyId, sourceArn }: Caller): string {
  const { type, principalId, arn, invokedBy } = identity
  return JSON.stringify([
    ...[account, type, principalId, arn, invokedBy, sourceArn],
    // Whom an embedding program vouches for is who he is as long as he is the same object.
    accessKeyId ?? numberOf(identity),
  ])
}

function identityViaS3(identity: Identity): Identity {
  if (identity.type === 'AWSService') return identity
  let via = viaS3.get(identity)
  if (via === undefined) {
    via = { ...identity, invokedBy: S3 }
    viaS3.set(identity, via)
  }
  return via
}

function numberOf(identity: Identity): number {
  let number = numbers.get(identity)
  if (number === undefined) {
    number = ++lastNumber
    numbers.set(identity, number)
  }
  return number
}
