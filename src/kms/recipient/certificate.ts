/**
 * What a certificate allows its key: to issue others, how far down, or to sign.
 *
 * OpenSSL (node:crypto) reads certificates, compares names and checks signatures; what it does not tell of one is read
 * here, from bytes whose signature holds. An extension that must be understood and is not known here ends it.
 * Source: RFC 5280 §4.1, §4.2.1.3 and §4.2.1.9.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto'
import {
  BIT_STRING,
  BOOLEAN,
  type Element,
  elementsOf,
  INTEGER,
  SEQUENCE,
} from '../../bytes/der.js'

/** Of a certificate, by its extensions; undefined members are not said. */
export interface Allowed {
  readonly isIssuer: boolean
  /** Certificates of issuers that may stand between it and the last one. */
  readonly pathLength: number | undefined
  readonly mayIssue: boolean
  readonly maySign: boolean
}

const EXTENSIONS = 0xa3
const BASIC_CONSTRAINTS = '551d13'
const KEY_USAGE = '551d0f'
const DIGITAL_SIGNATURE = 0x80
const KEY_CERT_SIGN = 0x04

/** Undefined for what is no certificate in DER, or more than one. */
export function certificateOf(der: Uint8Array): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(der)
    return certificate.raw.equals(der) ? certificate : undefined
  } catch {
    return undefined
  }
}

/** In milliseconds since the epoch. */
export interface Validity {
  readonly from: number
  /** The first moment at which it is over: the last second counts. */
  readonly end: number
}

export function validityOf({ validFrom, validTo }: X509Certificate): Validity {
  return { from: Date.parse(validFrom), end: Date.parse(validTo) + 1000 }
}

export function isWithin({ from, end }: Validity, time: number): boolean {
  return from <= time && time < end
}

/** @throws Error for what is not as RFC 5280 says, or more than is known here */
export function allowedBy(certificate: X509Certificate): Allowed {
  const extensions = extensionsOf(certificate.raw)
  const [constraints] = valuesOf(extensions.get(BASIC_CONSTRAINTS), SEQUENCE)
  const [usage] = valuesOf(extensions.get(KEY_USAGE), BIT_STRING)
  const says = constraints === undefined ? [] : elementsOf(constraints)
  const [pathLength] = says.filter(({ tag }) => tag === INTEGER)
  const bits = usage?.[1] ?? 0
  return {
    isIssuer: says.some(({ tag, content }) => tag === BOOLEAN && content[0] === 0xff),
    pathLength: pathLength && smallNumber(pathLength),
    mayIssue: (bits & KEY_CERT_SIGN) !== 0,
    maySign: (bits & DIGITAL_SIGNATURE) !== 0,
  }
}

/** Their values by their ids in hex, of those that are known. */
function extensionsOf(raw: Uint8Array): Map<string, Uint8Array> {
  const known = new Map<string, Uint8Array>()
  const [signed] = partsOf(elementsOf(raw)[0])
  const list = partsOf(signed).find(({ tag }) => tag === EXTENSIONS)
  for (const extension of list === undefined ? [] : partsOf(partsOf(list)[0])) {
    const parts = partsOf(extension)
    const id = Buffer.from(parts[0]!.content).toString('hex')
    const isCritical = parts.length === 3
    if (known.has(id)) throw new Error(`extension ${id} is there twice`)
    if (id === BASIC_CONSTRAINTS || id === KEY_USAGE) known.set(id, parts.at(-1)!.content)
    else if (isCritical) throw new Error(`extension ${id} is not known`)
  }
  return known
}

function partsOf(element: Element | undefined): Element[] {
  if (element === undefined) throw new Error('an element is missing')
  return elementsOf(element.content)
}

/** The one element of an extension's value. */
function valuesOf(value: Uint8Array | undefined, tag: number): Uint8Array[] {
  if (value === undefined) return []
  const elements = elementsOf(value)
  if (elements.length !== 1 || elements[0]!.tag !== tag) throw new Error('another kind of value')
  return [elements[0]!.content]
}

function smallNumber({ content }: Element): number {
  if (content.length !== 1 || content[0]! >= 0x80) throw new Error('a path of another length')
  return content[0]!
}
