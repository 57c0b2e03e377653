/**
 * Attestation documents of a Nitro of our own: a root, a chain, and whatever a document may say.
 *
 * As AWS's: root, two issuers, and whoever signs; all on P-384. Each certificate and each part of a document can be
 * another than it should be.
 */
import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { type CborMap, type CborValue, cbor, head } from './cbor.js'
import { bitString, der, identifier, integer, pem, sequence, tagged, time } from './der.js'

export const SHA384_BYTES = 48
const HOUR_MS = 60 * 60 * 1000

export interface CertificateParts {
  readonly name?: string
  readonly issuer?: string
  readonly from?: number
  readonly to?: number
  /** Undefined: it is no issuer; null: nothing is said of it. */
  readonly pathLength?: number | undefined
  readonly isIssuer?: boolean | null
  /** The bits of the first byte; null: nothing is said of it. */
  readonly usage?: number | null
  readonly curve?: string
  /** In its stead. */
  readonly signedWith?: KeyObject
  /** Whole ones. */
  readonly extensions?: readonly Uint8Array[]
}

/** By place in the chain, the root first. */
export type ChainParts = readonly [
  CertificateParts?,
  CertificateParts?,
  CertificateParts?,
  CertificateParts?,
]

export interface Chain {
  readonly root: X509Certificate
  readonly rootPem: string
  readonly bundle: readonly Buffer[]
  readonly certificate: Buffer
  readonly key: KeyObject
}

export interface DocumentParts {
  /** Members in the place of others; undefined: left out. */
  readonly members?: Readonly<Record<string, CborValue | undefined>>
  readonly more?: CborMap['pairs']
  readonly isOpen?: boolean
  readonly isTagged?: boolean
  readonly header?: Uint8Array
  readonly unprotected?: CborMap
  readonly key?: KeyObject
  readonly hash?: string
}

const SIGN = 0xc0
const ISSUE = 0x06
const DEFAULTS: readonly CertificateParts[] = [
  { name: 'root', isIssuer: true, usage: ISSUE },
  { name: 'region', isIssuer: true, pathLength: 1, usage: ISSUE },
  { name: 'instance', isIssuer: true, pathLength: 0, usage: 0x04 },
  { name: 'enclave', isIssuer: false, usage: SIGN },
]
export const ES384 = Buffer.from('a1013822', 'hex')

/** Valid for two hours from one before `now`. */
export function makeChain(now: number, parts: ChainParts = []): Chain {
  const made: Array<{ der: Buffer; key: KeyObject; name: string }> = []
  DEFAULTS.forEach((usual, i) => {
    const all = { from: now - HOUR_MS, to: now + HOUR_MS, ...usual, ...parts[i] }
    const issuer = made.at(-1)
    const { privateKey, publicKey } = generateKeyPairSync('ec', {
      namedCurve: all.curve ?? 'P-384',
    })
    const name = all.name!
    const body = bodyOf({ issuer: issuer?.name ?? name, ...all, name }, publicKey)
    const signedWith = all.signedWith ?? issuer?.key ?? privateKey
    const signature = bitString(sign('sha384', body, signedWith))
    made.push({ der: sequence(body, ecdsaWithSha384, signature), key: privateKey, name })
  })
  const [root] = made
  const { der: certificate, key } = made.at(-1)!
  return {
    root: new X509Certificate(root!.der),
    rootPem: pem('CERTIFICATE', root!.der),
    bundle: made.slice(0, -1).map((one) => one.der),
    ...{ certificate, key },
  }
}

/** What an enclave would say at `time`, signed. */
export function makeDocument(chain: Chain, time: number, parts: DocumentParts = {}): Buffer {
  const usual: Record<string, CborValue | undefined> = {
    module_id: 'i-0123456789abcdef0-enc0123456789abcdef',
    digest: 'SHA384',
    timestamp: time,
    pcrs: registers(16),
    certificate: chain.certificate,
    cabundle: chain.bundle,
    public_key: null,
    user_data: null,
    nonce: null,
  }
  const members = Object.entries({ ...usual, ...parts.members })
  const pairs = members.filter((pair): pair is [string, CborValue] => pair[1] !== undefined)
  const payload = cbor({ pairs: [...pairs, ...(parts.more ?? [])], isOpen: parts.isOpen ?? false })
  return makeEnvelope(chain, payload, parts)
}

export function makeEnvelope(chain: Chain, payload: Uint8Array, parts: DocumentParts = {}): Buffer {
  const { header = ES384, unprotected = { pairs: [] }, key = chain.key, hash = 'sha384' } = parts
  const signed = cbor(['Signature1', header, Buffer.alloc(0), payload])
  const signature = sign(hash, signed, { key, dsaEncoding: 'ieee-p1363' })
  const tag = parts.isTagged ? head(6, 18) : Buffer.alloc(0)
  return Buffer.concat([tag, cbor([header, unprotected, payload, signature])])
}

/** So many registers, each filled with its index. */
export function registers(count: number): CborMap {
  const pairs = Array.from({ length: count }, (_, i) => [i, register(i)] as const)
  return { pairs }
}

export function register(index: number): Buffer {
  return Buffer.alloc(SHA384_BYTES, index)
}

function bodyOf(parts: CertificateParts, publicKey: KeyObject): Buffer {
  const { name = '', issuer = '', from = 0, to = 0, extensions = [] } = parts
  return sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(Buffer.from([1, 2, 3])),
    ecdsaWithSha384,
    nameOf(issuer),
    sequence(time(from), time(to)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...constraintsOf(parts), ...usageOf(parts), ...extensions)),
  )
}

function constraintsOf({ isIssuer, pathLength }: CertificateParts): Buffer[] {
  if (isIssuer === null) return []
  const says = isIssuer ? [der(0x01, Buffer.from([0xff]))] : []
  if (pathLength !== undefined) says.push(integer(Buffer.from([pathLength])))
  return [extension('551d13', sequence(...says))]
}

function usageOf({ usage }: CertificateParts): Buffer[] {
  if (usage === null || usage === undefined) return []
  return [extension('551d0f', der(0x03, Buffer.from([0, usage])))]
}

/** `hex`: its identifier. */
export function extension(hex: string, value: Uint8Array, isCritical = true): Buffer {
  const critical = isCritical ? [der(0x01, Buffer.from([0xff]))] : []
  return sequence(identifier(hex), ...critical, der(0x04, value))
}

function nameOf(text: string): Buffer {
  return sequence(der(0x31, sequence(identifier('550403'), der(0x0c, Buffer.from(text)))))
}

const ecdsaWithSha384 = sequence(identifier('2a8648ce3d040303'))
