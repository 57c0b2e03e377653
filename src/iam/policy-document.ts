/**
 * Whether a policy's text is one that may be kept.
 *
 * The seam for whoever reads policies: as long as nobody evaluates them, a document is JSON with a Statement. How long
 * it may be is in principals/quotas.ts.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'

/** Who a policy is for: a user or role that has it, or whoever wants to take on a role. */
export type PolicyKind = 'identity' | 'trust'

/** @throws SealtrailError `MalformedPolicyDocumentException` */
export function checkPolicyDocument(text: string, kind: PolicyKind): void {
  const document = parsed(text)
  const isObject = typeof document === 'object' && document !== null && !Array.isArray(document)
  const isPolicy = isObject && 'Statement' in document && isStatement(document.Statement)
  if (isPolicy) return
  const says = kind === 'trust' ? 'This policy contains invalid Json' : 'Syntax errors in policy.'
  throw new SealtrailError('MalformedPolicyDocumentException', says)
}

function isStatement(given: unknown): boolean {
  const statements: unknown[] = Array.isArray(given) ? given : [given]
  return statements.every((one) => typeof one === 'object' && one !== null && !Array.isArray(one))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
