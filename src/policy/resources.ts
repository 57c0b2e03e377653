/**
 * `Resource` and `NotResource`: which ARNs a policy may name, and which resource they mean.
 *
 *     arn:aws:s3:::logs/${aws:username}/*
 *     arn:partition:service:region:account:resource, with variables in the last part only
 *
 * A wildcard stands for any characters, colons too: "If you use the * wildcard as the last character of a resource ARN
 * segment, it can expand to match beyond the colon boundaries." Sources: IAM user guide, "IAM JSON policy elements:
 * Resource", "IAM policy elements: Variables and tags".
 *
 * @module
 */
import { excerpt } from '../excerpt.js'
import type { PolicyKind } from './grammar/document.js'
import type { ListElement } from './grammar/grammar.js'
import { type Test, templateOf, testOfTemplate } from './grammar/template.js'
import type { Asking } from './request.js'
import { matcherOf } from './values/wildcard.js'

const PARTITION = /^(?:aws(?:-[a-z]+)*|\*)$/
const IAM_PATHS = [
  ...['user/', 'federated-user/', 'role/', 'group/', 'instance-profile/', 'mfa/'],
  ...['server-certificate/', 'policy/', 'sms-mfa/', 'saml-provider/', 'oidc-provider/'],
  ...['report/', 'access-report/'],
]

export type IsMeant = (asking: Asking) => boolean

/** Undefined for one with a malformed variable. */
export function resourcesOf(
  { isNegated, values }: ListElement,
  hasVariables: boolean,
): IsMeant | undefined {
  const tests = values.map((value) => testOf(value, hasVariables))
  if (!tests.every((test) => test !== undefined)) return undefined
  return isNegated ? isNone(tests) : isOne(tests)
}

function isOne(tests: readonly Test[]): IsMeant {
  return (asking) => {
    for (const test of tests) if (test(asking.resource, asking) === true) return true
    return false
  }
}

/** What a variable that cannot be resolved stands for is not known, not even that it is another resource. */
function isNone(tests: readonly Test[]): IsMeant {
  return (asking) => {
    for (const test of tests) if (test(asking.resource, asking) !== false) return false
    return true
  }
}

function testOf(value: string, hasVariables: boolean): Test | undefined {
  const [start, end] = halvesOf(value)
  const head = templateOf(start, { hasVariables: false, hasWildcards: true })!
  const tail = templateOf(end, { hasVariables, hasWildcards: true })
  return tail && testOfTemplate([...head, ...tail], matcherOf)
}

/** Up to the fifth colon, and behind it. */
function halvesOf(arn: string): [string, string] {
  const [, start, end] = /^((?:[^:]*:){5})(.*)$/s.exec(arn) ?? []
  return start === undefined ? [arn, ''] : [start, end!]
}

/** What IAM says of a resource that is none. */
export function resourceFlaw(resource: string, kind: PolicyKind): string | undefined {
  if (resource === '*') return undefined
  if (kind === 'bucket')
    return resource.startsWith('arn:') ? undefined : 'Policy has invalid resource'
  const shown = excerpt(resource)
  if (!resource.includes(':')) return `Resource ${shown} must be in ARN format or "*".`
  const [, partition = '', ...rest] = resource.split(':')
  if (!PARTITION.test(partition)) {
    const [service = '*', region = '*', account = '*', ...path] = rest
    const arn = ['arn', partition, service, region, account, path.join(':') || '*'].join(':')
    return `Partition "${excerpt(partition)}" is not valid for resource "${excerpt(arn)}".`
  }
  const [service, region, , ...path] = rest
  if (service === undefined) {
    return 'Resource vendor must be fully qualified and cannot contain regexes.'
  }
  return service === 'iam' || service === 's3'
    ? globalFlaw(service, region, path.join(':'), shown)
    : undefined
}

/** Of services whose resources are in no region. */
function globalFlaw(
  service: 'iam' | 's3',
  region: string | undefined,
  path: string,
  shown: string,
): string | undefined {
  if (service === 's3') {
    const isRegional = region !== '' && !path.startsWith('accesspoint/')
    return isRegional ? `Resource ${shown} can not contain region information.` : undefined
  }
  if (region !== '') return `IAM resource ${shown} cannot contain region information.`
  const isKnown =
    path === '*' || path === 'root' || IAM_PATHS.some((start) => path.startsWith(start))
  return isKnown
    ? undefined
    : `IAM resource path must either be "*", root, or start with ${IAM_PATHS.join(', ')}.`
}

/** What IAM's older parser does not take: too few parts, or no service. */
export function seemsLegacy(resource: string): boolean {
  if (resource === '*') return false
  const parts = resource.split(':')
  return parts[2] === '' || (parts.length < 6 && resource.includes('::'))
}
