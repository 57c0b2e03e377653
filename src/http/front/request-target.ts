/**
 * The target of a request line: a path with its query, alone or behind the authority that was asked.
 *
 *     /?Action=X                           origin form
 *     http://kms.example:4599/?Action=X    absolute form, as clients behind a proxy send it
 *
 * The other two forms are no request for an origin server: `*` and `host:port` (CONNECT). Source: RFC 9112 §3.2.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'

export interface RequestTarget {
  /** As sent, still percent-encoded; `/` where an absolute form has none. */
  readonly path: string
  /** As sent, after the `?`. */
  readonly query: string
  /** Of the absolute form: the host that is meant, whatever the Host header says. */
  readonly authority: string | undefined
}

export const BAD_TARGET = 'the request target must be a path or an http URL'

/** User information has no place in it (RFC 9110 §4.2.4), and neither has a fragment. */
const ABSOLUTE = /^https?:\/\/([^/?#@\s]+)([/?].*)?$/is

/** @throws SealtrailError `SerializationException` when it is in neither form. */
export function readTarget(target: string): RequestTarget {
  if (target.startsWith('/')) return split(target, undefined)
  const [, authority, rest = '/'] = ABSOLUTE.exec(target) ?? []
  if (authority === undefined) throw new SealtrailError('SerializationException', BAD_TARGET)
  return split(rest.startsWith('/') ? rest : `/${rest}`, authority)
}

function split(target: string, authority: string | undefined): RequestTarget {
  const mark = target.indexOf('?')
  return mark === -1
    ? { path: target, query: '', authority }
    : { path: target.slice(0, mark), query: target.slice(mark + 1), authority }
}
