/**
 * Which operation a request asks for.
 *
 * The model says what a request of each operation has: a method, a bucket, a key, sub-resources such as `?acl`, and
 * what must be there besides. Of those that fit, the one that asks for most is meant: with `uploadId` and `partNumber`
 * a PUT is an UploadPart. A sub-resource that nobody asked for is an error, never passed over: a PUT of an object with
 * `?acl` that became one of its content would be worse than none. Other parameters are ignored, as S3 does.
 *
 * @module
 */
import type { Api, HttpRoute } from '../../../aws/model.js'
import { SealtrailError } from '../../../errors.js'
import { excerpt } from '../../../excerpt.js'
import type { Address } from './address.js'
import type { Parameters } from './parameters.js'

interface Candidate {
  readonly name: string
  readonly route: HttpRoute
  /** Parameters that it knows; undefined where it is not served, and knows them all. */
  readonly knows: ReadonlySet<string> | undefined
}

export type Router = (method: string, address: Address, parameters: Parameters) => string

/** Names the operation, served or not. @throws SealtrailError `MethodNotAllowed`, `InvalidArgument`, … */
export function routerOf(api: Api): Router {
  const byPlace = new Map<string, Candidate[]>()
  const subresources = new Map<string, Set<HttpRoute['at']>>()
  for (const [name, route] of api.routes) {
    const place = `${route.method} ${route.at}`
    const members = api.operation(name)?.input?.members
    const optional = members?.filter(({ http }) => http.at === 'query') ?? []
    const own = [...route.constant.map(nameOf), ...(members === undefined ? [] : route.query)]
    for (const one of own) subresources.set(one, (subresources.get(one) ?? new Set()).add(route.at))
    const knows = members && new Set([...own, ...optional.map(({ http }) => http.name!)])
    byPlace.set(place, [...(byPlace.get(place) ?? []), { name, route, knows }])
  }
  for (const candidates of byPlace.values()) candidates.sort(byDemands)

  return (method, address, parameters) => {
    const at = placeOf(address)
    const asked = [...parameters.names()].filter((name) => subresources.has(name))
    for (const { name, route, knows } of byPlace.get(`${method} ${at}`) ?? []) {
      const isMeant = fits(route, parameters) && asked.every((one) => knows?.has(one) !== false)
      if (isMeant) return name
    }
    throw refusal(method, at, asked, subresources)
  }
}

function placeOf({ bucket, key }: Address): HttpRoute['at'] {
  if (key !== '') return 'object'
  return bucket === '' ? 'service' : 'bucket'
}

function fits({ constant, query, header }: HttpRoute, parameters: Parameters): boolean {
  for (const one of constant) {
    const value = parameters.query(nameOf(one))
    if (value === undefined) return false
    if (one.includes('=') && one !== `${nameOf(one)}=${value}`) return false
  }
  for (const name of query) if (parameters.query(name) === undefined) return false
  return header === undefined || parameters.header(header) !== undefined
}

/** The most first. */
function byDemands(a: Candidate, b: Candidate): number {
  return demands(b.route) - demands(a.route)
}

function demands({ constant, query, header }: HttpRoute): number {
  return constant.length + query.length + (header === undefined ? 0 : 1)
}

function nameOf(constant: string): string {
  return constant.split('=', 1)[0]!
}

function refusal(
  method: string,
  at: HttpRoute['at'],
  asked: readonly string[],
  subresources: ReadonlyMap<string, ReadonlySet<HttpRoute['at']>>,
): SealtrailError {
  const [first = ''] = asked
  if (asked.length > 1) {
    const says = `Conflicting query string parameters: ${asked.join(', ')}`
    const detail = { ArgumentName: 'ResourceType', ArgumentValue: first }
    return new SealtrailError('InvalidArgument', says, detail)
  }
  if (first === 'list-type') {
    const detail = { ArgumentName: first }
    return new SealtrailError('InvalidArgument', 'Invalid List Type specified in Request', detail)
  }
  if (first !== '' && at === 'object' && subresources.get(first)?.has('object') !== true) {
    const says = `There is no such thing as the ?${first} sub-resource for a key`
    return new SealtrailError('InvalidRequest', says)
  }
  const says = 'The specified method is not allowed against this resource.'
  const resource = first === '' ? at.toUpperCase() : first.toUpperCase()
  const detail = { Method: excerpt(method), ResourceType: resource }
  return new SealtrailError('MethodNotAllowed', says, detail)
}
