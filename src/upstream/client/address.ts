/**
 * Where the upstream is: what its setting says, taken apart.
 *
 *     https://endpoint/bucket/prefix      path style: the bucket is in paths; virtual: before the host's name
 *
 * @module
 */
import { encodeUri } from '../../aws/query-string.js'
import { SealtrailError } from '../../errors.js'

export type AddressStyle = 'path' | 'virtual'

export class Address {
  /** Scheme, host, port. */
  readonly origin: string
  readonly host: string
  /** Ends in `/`, or is empty. */
  readonly prefix: string
  /** Of the bucket itself, without a `/` at its end; empty where the host's name says it. */
  readonly bucketPath: string

  /** @throws SealtrailError `ConfigInvalid` */
  constructor(given: string, style: AddressStyle) {
    const url = URL.canParse(given) ? new URL(given) : undefined
    if (url === undefined || !/^https?:$/.test(url.protocol)) {
      throw invalid('must be https://endpoint/bucket, with /prefix behind it if wanted')
    }
    // Credentials in an address would be in logs.
    if (url.username !== '' || url.password !== '') throw invalid('must not hold credentials')
    if (url.search !== '' || url.hash !== '') throw invalid('must end with bucket or prefix')
    const [, bucket = '', ...rest] = url.pathname.split('/')
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/.test(bucket)) {
      throw invalid('must name a bucket behind its endpoint')
    }
    const prefix = rest.join('/').replace(/\/$/, '')
    if (!/^([\w!.*'()-]+(\/[\w!.*'()-]+)*)?$/.test(prefix) || prefix.length > 512) {
      throw invalid("has a prefix that is not letters, digits and !-_.*'() between single slashes")
    }
    if (style === 'virtual') url.hostname = `${bucket}.${url.hostname}`
    this.origin = url.origin
    this.host = url.host
    this.prefix = prefix === '' ? '' : `${prefix}/`
    this.bucketPath = style === 'virtual' ? '' : `/${bucket}`
  }

  /** As it is sent and signed. */
  pathOf(key: string): string {
    return `${this.bucketPath}/${key.split('/').map(encodeUri).join('/')}`
  }
}

function invalid(reason: string): SealtrailError {
  return new SealtrailError('ConfigInvalid', `s3Upstream ${reason}`)
}
