/**
 * What a policy must be besides well-formed, kind by kind, in the order in which IAM looks.
 *
 *     Effect, old forms of ARNs → Sid → principals → actions → form of resources → vendors → resources
 *
 * The first of these that fails anywhere is told. Sources: IAM user guide, "Grammar of the IAM JSON policy language",
 * grammar notes; the words are IAM's and S3's, as issues of public projects record them.
 *
 * @module
 */
import { excerpt } from '../excerpt.js'
import type { PolicyKind } from './grammar/document.js'
import type { ListElement, StatementElements } from './grammar/grammar.js'
import { legacyParsing, malformed } from './grammar/malformed.js'
import { resourceFlaw, seemsLegacy } from './resources.js'

type Statements = readonly StatementElements[]

const TRUST_ACTIONS = new Set([
  ...['sts:AssumeRole', 'sts:AssumeRoleWithSAML', 'sts:AssumeRoleWithWebIdentity'],
  ...['sts:SetSourceIdentity', 'sts:TagSession'],
])

/** @throws SealtrailError `MalformedPolicyDocumentException` */
export function checkStatements(statements: Statements, kind: PolicyKind): void {
  const resources = statements.flatMap(({ resource }) => resource?.values ?? [])
  const flaw = resources.map((resource) => resourceFlaw(resource, kind)).find(Boolean)
  const isOld = flaw === undefined && resources.some(seemsLegacy)
  if (isOld || statements.some(({ effect }) => effect !== 'Allow' && effect !== 'Deny')) {
    throw legacyParsing(kind)
  }
  if (kind !== 'key' && kind !== 'bucket') checkSids(statements, kind)
  checkPrincipals(statements, kind)
  if (!statements.every(({ action }) => isGiven(action))) {
    const says = 'Policy statement must contain actions.'
    throw malformed(kind === 'bucket' ? 'Missing required field Action' : says)
  }
  if (flaw !== undefined) throw malformed(flaw)
  for (const { action } of statements) {
    for (const value of action!.values) checkAction(value, kind)
  }
  if (kind === 'trust') checkTrust(statements)
  else if (!statements.every(({ resource }) => isGiven(resource))) {
    const says = 'Policy statement must contain resources.'
    throw malformed(kind === 'bucket' ? 'Missing required field Resource' : says)
  }
}

function isGiven(element: ListElement | undefined): boolean {
  return element !== undefined && element.values.length > 0
}

function checkSids(statements: Statements, kind: PolicyKind): void {
  const sids = statements.flatMap(({ sid }) => (sid ? [sid] : []))
  if (new Set(sids).size !== sids.length) {
    throw malformed('Statement IDs (SID) in a single policy must be unique.')
  }
  if (kind !== 'trust' && !sids.every((sid) => /^[0-9A-Za-z]*$/.test(sid))) {
    const form = 'Check that your input satisfies the regular expression [0-9A-Za-z]*'
    throw malformed(`Statement IDs (SID) must be alpha-numeric. ${form}`)
  }
}

/** Who is named is looked at in principals.ts. */
function checkPrincipals(statements: Statements, kind: PolicyKind): void {
  const isResources = kind === 'key' || kind === 'bucket' || kind === 'trust'
  if (!isResources && statements.some(({ principal }) => principal !== undefined)) {
    throw malformed('Policy document should not specify a principal.')
  }
  if (!isResources) return
  if (statements.some(({ principal }) => principal === undefined)) {
    throw malformed('Missing required field Principal')
  }
  if (statements.some(({ principal }) => principal!.names.length === 0)) {
    throw malformed('Missing required field Principal cannot be empty!')
  }
}

function checkAction(action: string, kind: PolicyKind): void {
  const [vendor = '', name, ...more] = action.split(':')
  if (action === '*') return
  const isSound = name !== undefined && more.length === 0 && /^[a-zA-Z0-9.-]+$/.test(vendor)
  if (isSound) return
  if (kind === 'bucket') throw malformed('Policy has invalid action')
  if (name === undefined) {
    const says = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'
    throw malformed(says)
  }
  if (more.length > 0) throw malformed('Actions/Condition can contain only one colon.')
  throw malformed(`Vendor ${excerpt(vendor)} is not valid`)
}

function checkTrust(statements: Statements): void {
  const isOwn = ({ action }: StatementElements) =>
    !action!.isNegated && action!.values.every((value) => TRUST_ACTIONS.has(value))
  if (!statements.every(isOwn)) {
    const names = 'sts:AssumeRole, sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity'
    throw malformed(`Trust Policy statement actions can only be ${names}`)
  }
  if (statements.some(({ resource }) => resource !== undefined)) {
    throw malformed('Has prohibited field Resource.')
  }
}
