/**
 * A policy: parsed once, and then asked often.
 *
 *     text → JSON (grammar/document.ts) → elements (grammar/grammar.ts) → checks.ts → statements that can be asked (statement.ts)
 *
 * One form for every kind; what differs between kinds is which elements they may have, and what decide.ts makes of
 * their answers. Source: IAM user guide, "IAM JSON policy reference".
 *
 * @module
 */
import { checkStatements } from './checks.js'
import {
  isObject,
  isTooLong,
  type Json,
  type PolicyKind,
  readDocument,
} from './grammar/document.js'
import {
  elementsOf,
  NoPolicy,
  type PolicyElements,
  type StatementElements,
  type Version,
} from './grammar/grammar.js'
import type { PrincipalIds } from './grammar/identified.js'
import { malformed, noJson, syntaxErrors, tooLong } from './grammar/malformed.js'
import { conditionsOf, type Statement, statementOf } from './statement.js'

export interface Policy {
  readonly kind: PolicyKind
  /** As a decision tells it: a name or an ARN. */
  readonly name: string
  /** Managed policies must be of 2012-10-17; IAM asks. */
  readonly version: Version
  /** The statements about `action`, which is in lower case. */
  denying(action: string): readonly Statement[]
  allowing(action: string): readonly Statement[]
  /** As they were written. */
  readonly elements: readonly StatementElements[]
  /** Accounts, users and roles that statements name, each as it is written. */
  readonly principals: ReadonlySet<string>
  /** The condition keys that statements look at, in lower case. */
  readonly conditionKeys: ReadonlySet<string>
}

/** Actions that a policy remembers its statements for; more than any service of ours has. */
const REMEMBERED_MAX = 256

/**
 * @param ids of principals, from when it was saved.
 * @throws SealtrailError `MalformedPolicyDocumentException` (IAM and STS say MalformedPolicyDocument, S3
 * MalformedPolicy), in AWS's words where they are known.
 */
export function parsePolicy(
  text: string,
  kind: PolicyKind,
  name: string,
  ids: PrincipalIds = [],
): Policy {
  const identified = new Map(ids)
  if (isTooLong(text, kind)) throw tooLong(kind)
  const document = readDocument(text)
  if (document === undefined) throw noJson(kind)
  if (kind === 'bucket') checkBucketsForm(document)
  const { version, statements: elements } = elementsFor(kind, () => elementsOf(document))
  const hasVariables = version === '2012-10-17'
  const conditions = elements.map((element) => conditionsOf(element, kind, hasVariables))
  checkStatements(elements, kind)
  const statements = elements.map((element, index) => {
    const ref = { policy: name, kind, sid: element.sid, index }
    return statementOf(element, conditions[index]!, ref, hasVariables, identified)
  })
  return {
    kind,
    name,
    version,
    elements,
    denying: byAction(statements.filter(({ isAllow }) => !isAllow)),
    allowing: byAction(statements.filter(({ isAllow }) => isAllow)),
    principals: new Set(elements.flatMap(awsNames)),
    conditionKeys: new Set(
      elements.flatMap(({ conditions }) => conditions.map(({ key }) => key.toLowerCase())),
    ),
  }
}

/** What S3 says before it looks at statements. */
function checkBucketsForm(document: Json): void {
  if (!isObject(document)) throw noJson('bucket')
  if (document.Statement === undefined) throw malformed('Missing required field Statement')
}

/** Most statements are about other actions than the one that is asked, again and again. */
function byAction(statements: readonly Statement[]): (action: string) => readonly Statement[] {
  const remembered = new Map<string, readonly Statement[]>()
  return (action) => {
    let found = remembered.get(action)
    if (found === undefined) {
      found = statements.filter((statement) => statement.isOfAction(action))
      if (remembered.size >= REMEMBERED_MAX) remembered.clear()
      remembered.set(action, found)
    }
    return found
  }
}

function awsNames({ principal }: StatementElements): string[] {
  return (principal?.names ?? []).flatMap(([type, name]) => (type === 'AWS' ? [name] : []))
}

function elementsFor(kind: PolicyKind, read: () => PolicyElements): PolicyElements {
  try {
    return read()
  } catch (error) {
    throw error instanceof NoPolicy ? syntaxErrors(kind) : error
  }
}
