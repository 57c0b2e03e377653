/**
 * What a bucket policy must be besides well-formed: about this bucket, with actions that there are, and principals too.
 *
 * Source: Amazon S3 user guide, "Bucket policies for Amazon S3"; the words are S3's, as issues of public projects record
 * them.
 *
 * @module
 */
import { partitionOf } from '../../../aws/arn.js'
import type { StatementElements } from '../../../policy/grammar/grammar.js'
import type { Directory } from '../../../policy/grammar/identified.js'
import { invalidPrincipal, malformed } from '../../../policy/grammar/malformed.js'
import { type Policy, parsePolicy } from '../../../policy/policy.js'
import type { Bucket } from '../../buckets/bucket.js'
import { actionsMeant } from '../../use/actions.js'

/**
 * @throws SealtrailError `MalformedPolicyDocumentException`
 */
export function checkedPolicy(bucket: Bucket, text: string, directory: Directory): Policy {
  const policy = parsePolicy(text, 'bucket', 'bucket policy')
  for (const name of policy.principals) {
    if (name.startsWith('arn:') && !directory.isThere(name))
      throw invalidPrincipal('bucket', 'AWS', name)
  }
  for (const statement of policy.elements) checkStatement(bucket, statement)
  return policy
}

function checkStatement({ name, region }: Bucket, { action, resource }: StatementElements): void {
  const meant = action!.values.map((action) => actionsMeant(action))
  if (meant.includes(undefined)) throw malformed('Policy has invalid action')
  const start = `arn:${partitionOf(region)}:s3:::${name}`
  const rests = resource!.values.map((arn) => restOf(start, arn))
  if (rests.includes(undefined)) throw malformed('Policy has invalid resource')
  // What is negated is about everything else.
  if (action!.isNegated || resource!.isNegated) return
  const isOfBuckets = rests.some((rest) => rest === '' || rest === '*')
  const isOfObjects = rests.some((rest) => rest !== '')
  const isApplied = (one: (typeof meant)[number]) =>
    (one?.ofBuckets === true && isOfBuckets) || (one?.ofObjects === true && isOfObjects)
  if (!meant.every(isApplied)) {
    throw malformed('Action does not apply to any resource(s) in statement')
  }
}

/** What of `arn` comes behind the bucket's; undefined for what is not of this bucket. */
function restOf(start: string, arn: string): string | undefined {
  if (!arn.startsWith(start)) return undefined
  const rest = arn.slice(start.length)
  return rest === '' || rest === '*' || rest.startsWith('/') ? rest : undefined
}
