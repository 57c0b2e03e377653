/**
 * Where proxies are that no public name leads to: what the setting `xksProxyEndpoints` says, taken apart.
 *
 *     https://proxy.test=http://127.0.0.1:4600,https://hsm.home=https://192.168.1.20:8443
 *
 * What stands on the left is an XksProxyUriEndpoint, and stays the Host that is signed and the name that a certificate must
 * have; requests go to what stands on the right. Without TLS they go to this machine only.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'

/** AWS's, of an XksProxyUriEndpoint. */
const ENDPOINT = /^https:\/\/[a-zA-Z0-9.-]{2,120}$/
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** By endpoint in lower case: scheme, host and port. @throws SealtrailError `ConfigInvalid` */
export function parseEndpoints(text: string): ReadonlyMap<string, string> {
  const origins = new Map<string, string>()
  for (const pair of text === '' ? [] : text.split(',')) {
    const [endpoint = '', target = '', ...more] = pair.trim().split('=')
    if (!ENDPOINT.test(endpoint) || more.length > 0) {
      throw invalid('must be https://name=http://address:port, several of them between commas')
    }
    if (origins.has(endpoint.toLowerCase())) throw invalid(`names ${endpoint} twice`)
    origins.set(endpoint.toLowerCase(), originOf(target))
  }
  return origins
}

function originOf(target: string): string {
  const url = URL.canParse(target) ? new URL(target) : undefined
  const isPlain = url?.pathname === '/' && `${url.search}${url.hash}${url.username}` === ''
  if (url === undefined || !/^https?:$/.test(url.protocol) || !isPlain || url.password !== '') {
    throw invalid('must name http:// or https:// with an address and a port behind each =')
  }
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    throw invalid('reaches a proxy without TLS on this machine only')
  }
  return url.origin
}

function invalid(reason: string): SealtrailError {
  return new SealtrailError('ConfigInvalid', `xksProxyEndpoints ${reason}`)
}
