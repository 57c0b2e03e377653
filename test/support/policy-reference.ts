/**
 * What AWS's documentation says of a request, as slowly and plainly as can be: the oracle of the policy fuzz test.
 *
 * It takes documents as objects, well-formed ones only, and asks every statement of every policy. It shares nothing
 * with src/: no parser, no pattern, no types. Sources: IAM user guide, "Policy evaluation logic" (the flow chart),
 * "Cross-account policy evaluation logic", "IAM JSON policy elements" (Principal, NotPrincipal, Condition operators,
 * Variables), "Single-valued vs. multivalued context keys".
 */

export interface Document {
  readonly Version?: string
  readonly Statement: readonly DocumentStatement[]
}

export interface DocumentStatement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: '*' | Readonly<Record<string, readonly string[]>>
  readonly NotPrincipal?: Readonly<Record<string, readonly string[]>>
  readonly Action?: readonly string[]
  readonly NotAction?: readonly string[]
  readonly Resource?: readonly string[]
  readonly NotResource?: readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

export interface Question {
  readonly who: {
    readonly type: 'Root' | 'User' | 'RoleSession' | 'FederatedUser' | 'Service'
    readonly account: string
    readonly arn: string
    readonly issuer?: string | undefined
  }
  readonly action: string
  readonly resource: string
  readonly owner: string
  /** Names in lower case. */
  readonly facts: Readonly<Record<string, readonly string[]>>
  readonly identity: readonly Document[]
  readonly boundary?: Document | undefined
  readonly session?: readonly Document[] | undefined
  readonly attached?: { readonly kind: 'key' | 'bucket' | 'trust'; readonly document: Document }
}

type Answer = 'allow' | 'explicitDeny' | 'implicitDeny'

export function documentedDecision(question: Question): Answer {
  const { who, owner, identity, boundary, session, attached } = question
  const attachedDocuments = attached === undefined ? [] : [attached.document]
  const limits = boundary === undefined ? [] : [boundary]
  const all = [...identity, ...limits, ...(session ?? []), ...attachedDocuments]

  // 1. "If the code finds even one explicit deny that applies, the code returns a final decision of Deny."
  if (all.some((document) => hasStatement(document, 'Deny', question))) return 'explicitDeny'

  const allows = (documents: readonly Document[]) =>
    documents.some((document) => hasStatement(document, 'Allow', question))
  const boundaryAllows = boundary === undefined || allows([boundary])
  const sessionAllows = session === undefined ? who.type !== 'FederatedUser' : allows(session)
  const identityAllows = who.type === 'Root' || allows(identity)
  const throughIdentity =
    identityAllows && (who.type === 'Root' || (boundaryAllows && sessionAllows))

  const grants = attachedDocuments.flatMap(({ Statement, Version }) =>
    Statement.filter((statement) => statement.Effect === 'Allow')
      .filter((statement) => appliesBesidesPrincipal(statement, Version, question))
      .map((statement) => howNamed(statement, question)),
  )
  const isDirect = grants.includes('self')
  const isIssuer = grants.includes('issuer')
  const isAny = grants.some((grant) => grant !== 'no')

  if (who.type === 'Service') return isDirect ? 'allow' : 'implicitDeny'
  if (who.account !== owner) return isAny && throughIdentity ? 'allow' : 'implicitDeny'
  if (isDirect) return 'allow'
  if (isIssuer && boundaryAllows && sessionAllows) return 'allow'
  // "IAM role trust policies and KMS key policies are exceptions to this logic, because they must explicitly allow
  // access for principals."
  const mustBeNamed = attached !== undefined && attached.kind !== 'bucket'
  return throughIdentity && (isAny || !mustBeNamed) ? 'allow' : 'implicitDeny'
}

function hasStatement(document: Document, effect: string, question: Question): boolean {
  return document.Statement.some(
    (statement) =>
      statement.Effect === effect &&
      appliesBesidesPrincipal(statement, document.Version, question) &&
      howNamed(statement, question) !== 'no',
  )
}

type Named = 'no' | 'account' | 'issuer' | 'self'

function howNamed(statement: DocumentStatement, { who }: Question): Named {
  const { Principal, NotPrincipal, Effect } = statement
  if (Principal === undefined && NotPrincipal === undefined) return 'self'
  if (Principal === '*') return 'self'
  const listed = Principal ?? NotPrincipal!
  const aws = listed.AWS ?? []
  const everybody = aws.includes('*')
  const isRoot = who.type === 'Root'
  const isService = who.type === 'Service'
  const account =
    !isService &&
    aws.some(
      (name) =>
        name === who.account ||
        (/^arn:aws:iam::\d+:root$/.test(name) && name.split(':')[4] === who.account),
    )
  const issuer = who.issuer !== undefined && aws.includes(who.issuer)
  const self = isService
    ? (listed.Service ?? []).includes(who.arn)
    : isRoot
      ? account
      : aws.includes(who.arn)
  if (Principal !== undefined) {
    if (everybody || self) return 'self'
    if (issuer) return 'issuer'
    return account ? 'account' : 'no'
  }
  if (everybody) return 'no'
  // "Allows all principals except the one named."
  if (Effect === 'Allow') return self || issuer || account ? 'no' : 'self'
  // "You must also specify the account ARN of the not-denied principal", and the role's ARN for a session.
  if (isService || isRoot) return self ? 'no' : 'self'
  return self && account && (who.issuer === undefined || issuer) ? 'no' : 'self'
}

function appliesBesidesPrincipal(
  statement: DocumentStatement,
  version: string | undefined,
  question: Question,
): boolean {
  const { Action, NotAction, Resource, NotResource, Condition = {} } = statement
  const isAction = (pattern: string) =>
    regExp(wild(pattern.toLowerCase())).test(question.action.toLowerCase())
  if (Action !== undefined && !Action.some(isAction)) return false
  if (NotAction?.some(isAction)) return false

  const hasVariables = version === '2012-10-17'
  const resource = (pattern: string): Verdict => {
    const at = pattern.split(':').slice(0, 5).join(':').length
    const isArn = pattern.split(':').length >= 6
    const [head, tail] = isArn ? [pattern.slice(0, at), pattern.slice(at)] : [pattern, '']
    const end = hasVariables ? substituted(tail, question) : wild(tail)
    return end === undefined ? 'unknown' : regExp([...wild(head), ...end]).test(question.resource)
  }
  if (Resource !== undefined && !Resource.some((pattern) => resource(pattern) === true))
    return false
  if (NotResource?.some((pattern) => resource(pattern) !== false)) return false

  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) =>
      isMet(operator, question.facts[key.toLowerCase()], values, hasVariables, question),
    ),
  )
}

type Verdict = boolean | 'unknown'

function isMet(
  operator: string,
  actual: readonly string[] | undefined,
  wanted: readonly string[],
  hasVariables: boolean,
  question: Question,
): boolean {
  const isThere = actual !== undefined && actual.length > 0
  if (operator === 'Null') return wanted.includes(isThere ? 'false' : 'true')
  let base = operator
  const forAll = base.startsWith('ForAllValues:')
  const forAny = base.startsWith('ForAnyValue:')
  if (forAll || forAny) base = base.slice(base.indexOf(':') + 1)
  const ifExists = base.endsWith('IfExists')
  if (ifExists) base = base.slice(0, -'IfExists'.length)
  const negated = base.includes('Not')
  const positive = base.replace('Not', '')

  if (!isThere) {
    if (ifExists || forAll) return true
    return forAny ? false : negated
  }
  const isEmpty = actual.every((value) => value === '')
  if (forAll && isEmpty) return true
  if (forAny && isEmpty) return false
  const isOne = (value: string) => {
    const verdicts = wanted.map((want) => fits(positive, value, want, hasVariables, question))
    return negated ? verdicts.every((verdict) => verdict === false) : verdicts.includes(true)
  }
  if (forAll) return actual.every(isOne)
  if (forAny) return actual.some(isOne)
  return actual.length === 1 && isOne(actual[0]!)
}

function fits(
  operator: string,
  value: string,
  wanted: string,
  hasVariables: boolean,
  question: Question,
): Verdict {
  const pattern = hasVariables ? substituted(wanted, question) : wild(wanted)
  switch (operator) {
    case 'StringEquals':
      return pattern === undefined ? 'unknown' : value === plain(pattern)
    case 'StringEqualsIgnoreCase':
      return pattern === undefined
        ? 'unknown'
        : value.toLowerCase() === plain(pattern).toLowerCase()
    case 'StringLike':
      return pattern === undefined ? 'unknown' : regExp(pattern).test(value)
    case 'ArnEquals':
    case 'ArnLike':
      return pattern === undefined ? 'unknown' : fitsArn(pattern, value)
    case 'Bool':
      return value.toLowerCase() === wanted.toLowerCase()
    case 'BinaryEquals':
      return (
        Buffer.from(value, 'base64').toString('hex') ===
        Buffer.from(wanted, 'base64').toString('hex')
      )
    case 'IpAddress':
      return isInNetwork(value, wanted)
    default:
      return operator.startsWith('Numeric')
        ? compare(operator.slice('Numeric'.length), asNumber(value), asNumber(wanted))
        : compare(operator.slice('Date'.length), asDate(value), asDate(wanted))
  }
}

function compare(how: string, value: number, wanted: number): boolean {
  switch (how) {
    case 'Equals':
      return value === wanted
    case 'LessThan':
      return value < wanted
    case 'LessThanEquals':
      return value <= wanted
    case 'GreaterThan':
      return value > wanted
    default:
      return value >= wanted
  }
}

function asNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}

function asDate(text: string): number {
  return /^\d{5,}$/.test(text) ? Number(text) * 1000 : Date.parse(text)
}

/** Both of the same family, and the same but for the host's bits. */
function isInNetwork(address: string, network: string): boolean {
  const [start = '', length] = network.split('/')
  const [own, other] = [bits(address), bits(start)]
  if (own.length !== other.length) return false
  const prefix = length === undefined ? own.length : Number(length)
  return own.slice(0, prefix) === other.slice(0, prefix)
}

function bits(address: string): string {
  if (!address.includes(':')) {
    return address
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('')
  }
  const [head = '', tail] = address.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length
  return [...groups(head), ...new Array<string>(missing).fill('0'), ...groups(tail ?? '')]
    .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0'))
    .join('')
}

/** A character to be found, or a wildcard. */
type Sign = { readonly text: string } | { readonly wildcard: '*' | '?' }

function wild(text: string): Sign[] {
  return [...text].map((c) => (c === '*' || c === '?' ? { wildcard: c } : { text: c }))
}

function substituted(text: string, { facts }: Question): Sign[] | undefined {
  const signs: Sign[] = []
  let rest = text
  while (rest !== '') {
    const start = rest.indexOf('${')
    if (start < 0) return [...signs, ...wild(rest)]
    signs.push(...wild(rest.slice(0, start)))
    const end = rest.indexOf('}', start)
    const inside = rest.slice(start + 2, end)
    rest = rest.slice(end + 1)
    if (inside === '*' || inside === '?' || inside === '$') {
      signs.push({ text: inside })
      continue
    }
    const [key = '', fallback] = inside.split(", '")
    const values = facts[key.toLowerCase()] ?? []
    const value =
      values.length === 0 ? fallback?.slice(0, -1) : values.length === 1 ? values[0] : undefined
    if (value === undefined) return undefined
    signs.push(...[...value].map((c) => ({ text: c })))
  }
  return signs
}

function plain(signs: readonly Sign[]): string {
  return signs.map((sign) => ('text' in sign ? sign.text : sign.wildcard)).join('')
}

function regExp(signs: readonly Sign[]): RegExp {
  const source = signs.map((sign) => {
    if ('text' in sign) return sign.text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
    return sign.wildcard === '*' ? '[\\s\\S]*' : '[\\s\\S]'
  })
  return new RegExp(`^${source.join('')}$`)
}

/** "Each of the six colon-delimited components of the ARN is checked separately." */
function fitsArn(signs: readonly Sign[], value: string): boolean {
  const components: Sign[][] = [[]]
  for (const sign of signs) {
    if ('text' in sign && sign.text === ':' && components.length < 6) components.push([])
    else components.at(-1)!.push(sign)
  }
  const parts = value.split(':')
  if (components.length < 6 || parts.length < 6) return false
  const six = [...parts.slice(0, 5), parts.slice(5).join(':')]
  return six.every((part, i) => regExp(components[i]!).test(part))
}
