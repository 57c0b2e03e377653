/**
 * Which bucket and key a request names, by its host and path.
 *
 *     path style            http://localhost:4599/bucket/key
 *     virtual-host style    http://bucket.localhost:4599/key
 *                           http://bucket.s3.eu-west-1.amazonaws.com/key      (a proxy's, or a hosts file's)
 *
 * A key is what is left of the path, percent-decoded once: `..`, `//`, an encoded slash and control characters are
 * part of it like any other text. Whether a name is a bucket's is for the operations to say. Source: Amazon S3 user
 * guide, "Virtual hosting of general purpose buckets".
 *
 * @module
 */
import { asUtf8, decodeUri } from '../../../aws/query-string.js'
import { checkKey } from '../../../s3/objects/key.js'
import { hostOf } from '../../loopback.js'
import type { Received } from '../../received.js'

export interface Address {
  /** Empty when it is the service that is asked. */
  readonly bucket: string
  /** Empty when it is the bucket that is asked. */
  readonly key: string
}

const HOST_CHARACTERS_MAX = 255
const REGION = '(?:[a-z]{2,}(?:-[a-z]+)+-\\d+)'
const AMAZON = new RegExp(
  `^(?:(.+)\\.)?s3(?:(?:\\.dualstack)?\\.${REGION}|-${REGION})?\\.amazonaws\\.com(?:\\.cn)?$`,
)
/** In front of an endpoint's own name: nothing of a bucket's. */
const SERVICE = new RegExp(`(?:^|\\.)s3(?:\\.${REGION})?$`)

/**
 * @param hosts the names that the service goes by, in lower case.
 * @throws SealtrailError `SerializationException` for a path that cannot be decoded, `KeyTooLongError`
 */
export function addressOf(
  { path, headers }: Pick<Received, 'path' | 'headers'>,
  hosts: readonly string[],
): Address {
  const inHost = bucketOfHost(headers.get('host') ?? '', hosts)
  const address = inHost === '' ? pathStyle(path) : { bucket: inHost, key: textOf(path, 1) }
  checkKey(address.key)
  return address
}

/** Empty when it names none. */
export function bucketOfHost(header: string, hosts: readonly string[]): string {
  const host = hostOf(header).toLowerCase()
  if (host.length > HOST_CHARACTERS_MAX) return ''
  const amazon = AMAZON.exec(host)
  if (amazon !== null) return amazon[1] ?? ''
  for (const own of hosts) {
    if (host.endsWith(`.${own}`)) return host.slice(0, -own.length - 1).replace(SERVICE, '')
  }
  return ''
}

function pathStyle(path: string): Address {
  const slash = path.indexOf('/', 1)
  if (slash === -1) return { bucket: textOf(path, 1), key: '' }
  return { bucket: textOf(path.slice(0, slash), 1), key: textOf(path, slash + 1) }
}

function textOf(path: string, from: number): string {
  return decodeUri(asUtf8(path.slice(from)))
}
