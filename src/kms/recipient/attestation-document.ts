/**
 * What an attestation document says, member by member, as AWS bounds them.
 *
 *     module_id  digest  timestamp  pcrs | nitrotpm_pcrs  certificate  cabundle  public_key?  user_data?  nonce?
 *
 * An enclave's has `pcrs`, an instance's `nitrotpm_pcrs`. Those that may be left out may be null, as enclaves write
 * them. Nothing of it is believed before its chain and its signature are checked (attestation.ts). Source: AWS's
 * attestation process, §2.2 and §3.2.2; EC2 user guide, "Validate a NitroTPM Attestation Document". The first says of
 * user_data 512 bytes in one place and 1,024 in another: documents of AWS have more than 512.
 *
 * @module
 */
import { bytesIn, CborReader, type Lengths, textIn, uintIn } from './cbor-reader.js'
import { invalidDocument } from './invalid-document.js'

export type Platform = 'NitroEnclave' | 'NitroTPM'

export interface AttestationDocument {
  readonly moduleId: string
  /** When it was made; milliseconds since the epoch. */
  readonly timestamp: number
  readonly platform: Platform
  /** By index. */
  readonly pcrs: ReadonlyMap<number, Uint8Array>
  /** DER: whose key signed the document. */
  readonly certificate: Uint8Array
  /** DER: the root, and then each that the one before it issued. */
  readonly bundle: readonly Uint8Array[]
  /** DER: to which answers are encrypted. */
  readonly publicKey: Uint8Array | undefined
}

const DIGEST = 'SHA384'
const CERTIFICATE: Lengths = { least: 1, most: 1024 }
const PUBLIC_KEY: Lengths = { least: 1, most: 1024 }
const FREE: Lengths = { least: 0, most: 1024 }
const PCR: Lengths = { least: 32, most: 64 }
const PCR_BYTES = [32, 48, 64]
const PCRS_MAX = 32

const MEMBERS = {
  module_id: (cbor: CborReader) => cbor.text(),
  digest: (cbor: CborReader) => cbor.text(),
  timestamp: (cbor: CborReader) => cbor.uint(),
  pcrs: pcrsIn,
  nitrotpm_pcrs: pcrsIn,
  certificate: (cbor: CborReader) => cbor.bytes(CERTIFICATE),
  cabundle: bundleIn,
  public_key: (cbor: CborReader) => cbor.bytesOrNull(PUBLIC_KEY),
  user_data: (cbor: CborReader) => cbor.bytesOrNull(FREE),
  nonce: (cbor: CborReader) => cbor.bytesOrNull(FREE),
} as const

type Members = { [Name in keyof typeof MEMBERS]?: ReturnType<(typeof MEMBERS)[Name]> }

/** @throws SealtrailError `ValidationException` */
export function readDocument(payload: Uint8Array): AttestationDocument {
  try {
    return documentOf(membersIn(payload))
  } catch (cause) {
    throw invalidDocument('its content is not that of an attestation document', cause)
  }
}

function membersIn(payload: Uint8Array): Members {
  const members: Record<string, unknown> = Object.create(null)
  const cbor = new CborReader(payload)
  cbor.each('map', (key) => {
    const name = textIn(key)
    if (!Object.hasOwn(MEMBERS, name)) throw new Error('a member that documents do not have')
    if (name in members) throw new Error(`${name} is there twice`)
    members[name] = MEMBERS[name as keyof typeof MEMBERS](cbor)
  })
  cbor.end()
  return members
}

function documentOf(members: Members): AttestationDocument {
  const { module_id, digest, timestamp, certificate, cabundle, public_key } = members
  if (!module_id || !timestamp || digest !== DIGEST || !certificate || !cabundle) {
    throw new Error('a member is missing, or empty')
  }
  const { pcrs: enclave, nitrotpm_pcrs: instance } = members
  const pcrs = enclave ?? instance
  if (pcrs === undefined || (enclave !== undefined && instance !== undefined)) {
    throw new Error('registers of an enclave or of an instance, and of one of them')
  }
  return {
    ...{ moduleId: module_id, timestamp, pcrs, certificate, bundle: cabundle },
    platform: enclave === undefined ? 'NitroTPM' : 'NitroEnclave',
    publicKey: public_key,
  }
}

function pcrsIn(cbor: CborReader): Map<number, Uint8Array> {
  const pcrs = new Map<number, Uint8Array>()
  cbor.each('map', (key) => {
    const index = uintIn(key)
    if (index >= PCRS_MAX || pcrs.has(index)) throw new Error(`register ${index}`)
    const value = cbor.bytes(PCR)
    if (!PCR_BYTES.includes(value.length)) throw new Error('a register of another length')
    pcrs.set(index, value)
  })
  if (pcrs.size === 0) throw new Error('no register')
  return pcrs
}

function bundleIn(cbor: CborReader): Uint8Array[] {
  const bundle: Uint8Array[] = []
  cbor.each('array', (item) => bundle.push(bytesIn(item, CERTIFICATE)))
  if (bundle.length === 0) throw new Error('no certificate of an issuer')
  return bundle
}
