/**
 * GetBucketLifecycleConfiguration, PutBucketLifecycleConfiguration, DeleteBucketLifecycle.
 *
 * What a configuration may be is in check-lifecycle.ts, what it does in s3/lifecycle/. Source: Amazon S3 API reference, by operation.
 *
 * @module
 */
import { randomId } from '../../../bytes/random.js'
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import type { Bucket } from '../../buckets/bucket.js'
import { type LifecycleRule, lifecycleOf, type MinimumSize } from '../../buckets/lifecycle.js'
import { waitingForRules } from '../../lifecycle/progress.js'
import type { InputOf } from '../../model.js'
import type { S3Parts } from '../../parts.js'
import { malformedXml } from '../../refusals.js'
import { bucketFor, changeBucket } from '../../use/find-bucket.js'
import { checkRules } from './check-lifecycle.js'

const WRITE = 's3:PutLifecycleConfiguration'
const MINIMUM_SIZE: MinimumSize = 'all_storage_classes_128K'

export async function getLifecycle(
  parts: S3Parts,
  call: Call,
  input: InputOf<'GetBucketLifecycleConfiguration'>,
): Promise<object> {
  const { name, config } = await bucketFor(parts, call, input, 's3:GetLifecycleConfiguration')
  const lifecycle = lifecycleOf(config)
  if (lifecycle === undefined) {
    const says = 'The lifecycle configuration does not exist'
    throw new SealtrailError('NoSuchLifecycleConfiguration', says, { BucketName: name })
  }
  await call.succeed()
  const { rules: Rules, minimumSize: TransitionDefaultMinimumObjectSize } = lifecycle
  return { Rules, TransitionDefaultMinimumObjectSize }
}

export async function putLifecycle(
  parts: S3Parts,
  call: Call,
  input: InputOf<'PutBucketLifecycleConfiguration'>,
): Promise<object> {
  const minimumSize = input.TransitionDefaultMinimumObjectSize ?? MINIMUM_SIZE
  const withRules = ({ config }: Bucket) => {
    const given = input.LifecycleConfiguration?.Rules
    if (given === undefined) throw malformedXml()
    checkRules(given)
    return { ...config, lifecycle: { rules: given.map(named), minimumSize } }
  }
  await changeBucket(parts, call, input, WRITE, withRules, await waitingForRules(parts))
  return { TransitionDefaultMinimumObjectSize: minimumSize }
}

export async function deleteLifecycle(
  parts: S3Parts,
  call: Call,
  input: InputOf<'DeleteBucketLifecycle'>,
): Promise<void> {
  await changeBucket(parts, call, input, WRITE, ({ config }) => {
    const { lifecycle: _, ...others } = config
    return others
  })
}

/** A rule without an ID is given one. */
function named(rule: LifecycleRule): LifecycleRule {
  return { ...rule, ID: rule.ID || randomId() }
}
