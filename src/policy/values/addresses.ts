/**
 * IP addresses and ranges of them: `203.0.113.0/24`, `2001:db8::/32`, or one address.
 *
 * An IPv4 address that was written as IPv6 (`::ffff:203.0.113.9`, as a socket for both gives it) is that IPv4
 * address. Sources: IAM user guide, "IAM JSON policy elements: Condition operators", IP address; RFC 4291 §2.2, §2.5.5.2.
 *
 * @module
 */

/** Of 4 or 16 bytes. */
type Address = readonly number[]

export interface AddressRange {
  readonly address: Address
  readonly prefixBits: number
}

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

/** Undefined for what is neither. A range need not begin at its first address. */
export function rangeOf(text: string): AddressRange | undefined {
  const [start = '', prefix, ...more] = text.split('/')
  const address = bytesOf(start)
  if (address === undefined || more.length > 0) return undefined
  const bits = address.length * 8
  if (prefix !== undefined && (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits)) return undefined
  const prefixBits = prefix === undefined ? bits : Number(prefix)
  if (!isMapped(address) || prefixBits < 96) return { address, prefixBits }
  return { address: address.slice(12), prefixBits: prefixBits - 96 }
}

export function addressOf(text: string): Address | undefined {
  const address = bytesOf(text)
  return address !== undefined && isMapped(address) ? address.slice(12) : address
}

export function isInRange(address: Address, { address: start, prefixBits }: AddressRange): boolean {
  if (address.length !== start.length) return false
  for (let i = 0, left = prefixBits; left > 0; i++, left -= 8) {
    if (((address[i]! ^ start[i]!) & (0xff << Math.max(0, 8 - left)) & 0xff) !== 0) return false
  }
  return true
}

function isMapped(address: Address): boolean {
  return address.length === 16 && MAPPED.every((byte, i) => address[i] === byte)
}

function bytesOf(text: string): Address | undefined {
  return text.includes(':') ? bytesOfV6(text) : bytesOfV4(text)
}

function bytesOfV4(text: string): Address | undefined {
  const parts = text.split('.')
  const isAddress =
    parts.length === 4 &&
    parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
  return isAddress ? parts.map(Number) : undefined
}

function bytesOfV6(text: string): Address | undefined {
  const halves = text.split('::').map((half, i, all) => groupsOf(half, i === all.length - 1))
  const [head, tail, ...more] = halves
  if (head === undefined || halves.includes(undefined) || more.length > 0) return undefined
  if (halves.length === 1) return head.length === 16 ? head : undefined
  const zeros = 16 - head.length - tail!.length
  return zeros < 2 ? undefined : [...head, ...new Array<number>(zeros).fill(0), ...tail!]
}

/** Groups of four hex digits; the last may be an IPv4 address. */
function groupsOf(text: string, isLast: boolean): Address | undefined {
  const bytes: number[] = []
  if (text === '') return bytes
  const groups = text.split(':')
  for (const [i, group] of groups.entries()) {
    const isV4 = isLast && i === groups.length - 1 && group.includes('.')
    const own = isV4 ? bytesOfV4(group) : /^[0-9a-f]{1,4}$/i.test(group) ? pair(group) : undefined
    if (own === undefined) return undefined
    bytes.push(...own)
  }
  return bytes
}

function pair(group: string): Address {
  const value = Number.parseInt(group, 16)
  return [value >> 8, value & 0xff]
}
