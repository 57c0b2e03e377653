/**
 * Names and addresses of this machine's loopback interface.
 *
 * @module
 */

/** `host`: a name or an address, IPv6 with or without brackets. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)
  )
}

/** The host of a `Host` header, without its port. */
export function hostOf(header: string): string {
  return header.replace(/:\d*$/, '')
}
