/**
 * Where a client listens, as people write it: `host:port`, an address of IPv6 in brackets.
 *
 * @module
 */
import { invariant } from '../../invariant.js'

export const PLACE_PATTERN = '^(\\[[0-9A-Fa-f:.]{2,64}\\]|[\\w.\\-]{1,255}):\\d{1,5}$'
const PORT_MAX = 65_535

export interface Place {
  /** Without brackets. */
  readonly host: string
  readonly port: number
}

/** Of what {@link PLACE_PATTERN} lets through; undefined when no port has that number. */
export function placeOf(text: string): Place | undefined {
  const colon = text.lastIndexOf(':')
  invariant(colon > 0, 'a place was checked before')
  const [host, port] = [text.slice(0, colon), Number(text.slice(colon + 1))]
  return port > PORT_MAX ? undefined : { host: host.replace(/^\[(.*)\]$/, '$1'), port }
}
