/**
 * What is said of a policy document that is refused, in the words of the service that keeps it.
 *
 * The code is that of AWS KMS; IAM and STS call it MalformedPolicyDocument, S3 MalformedPolicy, which is their
 * protocols' business. Sources: IAM's and S3's answers as issues of public projects record them; AWS documents none.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { excerpt } from '../../excerpt.js'
import type { PolicyKind } from './document.js'

export function malformed(says: string): SealtrailError {
  return new SealtrailError('MalformedPolicyDocumentException', says)
}

export function noJson(kind: PolicyKind): SealtrailError {
  if (kind === 'trust') return malformed('This policy contains invalid Json')
  if (kind !== 'bucket') return syntaxErrors(kind)
  return malformed("Policies must be valid JSON and the first byte must be '{'")
}

export function syntaxErrors(kind: PolicyKind): SealtrailError {
  return malformed(kind === 'bucket' ? 'Invalid policy syntax.' : 'Syntax errors in policy.')
}

/** IAM's words for what its older parser would not take. */
export function legacyParsing(kind: PolicyKind): SealtrailError {
  return kind === 'bucket' ? syntaxErrors(kind) : malformed('The policy failed legacy parsing')
}

export function tooLong(kind: PolicyKind): SealtrailError {
  if (kind === 'bucket') return malformed('Policy exceeds the maximum allowed document size.')
  return malformed('The policy document is too long.')
}

export function invalidPrincipal(kind: PolicyKind, type: string, name: string): SealtrailError {
  if (kind === 'key') {
    return malformed('Policy contains a statement with one or more invalid principals.')
  }
  if (kind === 'bucket') return malformed('Invalid principal in policy')
  return malformed(`Invalid principal in policy: "${type}":"${excerpt(name)}"`)
}
