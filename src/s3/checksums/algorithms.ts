/**
 * The checksums of S3: what they are called, how long they are, and how those of parts make one of an object.
 *
 *     FULL_OBJECT   of all bytes; of an upload in parts only where it follows from the parts' (combine.ts)
 *     COMPOSITE     of the parts' digests, one behind the other, with `-N` behind it
 *
 * Source: Amazon S3 user guide, "Checking object integrity"; the members `Checksum…` of the API model.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'

export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE'

interface Facts {
  readonly bytes: number
  /** What an upload in parts may ask for; the first unless it says. */
  readonly types: readonly ChecksumType[]
}

/** In AWS's order. */
const FACTS = {
  CRC32: { bytes: 4, types: ['COMPOSITE', 'FULL_OBJECT'] },
  CRC32C: { bytes: 4, types: ['COMPOSITE', 'FULL_OBJECT'] },
  SHA1: { bytes: 20, types: ['COMPOSITE'] },
  SHA256: { bytes: 32, types: ['COMPOSITE'] },
  CRC64NVME: { bytes: 8, types: ['FULL_OBJECT'] },
  SHA512: { bytes: 64, types: ['COMPOSITE'] },
  MD5: { bytes: 16, types: ['COMPOSITE'] },
  XXHASH64: { bytes: 8, types: ['COMPOSITE'] },
  XXHASH3: { bytes: 8, types: ['COMPOSITE'] },
  XXHASH128: { bytes: 16, types: ['COMPOSITE'] },
} as const satisfies Readonly<Record<string, Facts>>

export type ChecksumAlgorithm = keyof typeof FACTS

export const CHECKSUM_ALGORITHMS = Object.keys(FACTS) as readonly ChecksumAlgorithm[]
const CHECKSUM_HEADERS: ReadonlyMap<ChecksumAlgorithm, string> = new Map(
  CHECKSUM_ALGORITHMS.map((name) => [name, `x-amz-checksum-${name.toLowerCase()}`]),
)
/** Of an object that came without one. */
export const DEFAULT_ALGORITHM: ChecksumAlgorithm = 'CRC64NVME'

/** The model's member for the checksum of `algorithm`. */
export function checksumMember<A extends ChecksumAlgorithm>(algorithm: A): `Checksum${A}` {
  return `Checksum${algorithm}`
}

/** As it stands among headers and trailers. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return CHECKSUM_HEADERS.get(algorithm)!
}

export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return Object.hasOwn(FACTS, name)
}

/** @throws SealtrailError `InvalidRequest` */
export function checksumAlgorithm(name: string): ChecksumAlgorithm {
  if (isChecksumAlgorithm(name)) return name
  const says =
    'Checksum algorithm provided is unsupported. Please try again with any of the valid types:'
  throw new SealtrailError('InvalidRequest', `${says} [${CHECKSUM_ALGORITHMS.join(', ')}]`)
}

/** Whether `text` is base64 of a digest of `algorithm`. */
export function isDigest(algorithm: ChecksumAlgorithm, text: string): boolean {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === FACTS[algorithm].bytes && bytes.toString('base64') === text
}

/**
 * How the checksum of an object in parts is made.
 * @param asked `x-amz-checksum-type`.
 * @throws SealtrailError `InvalidRequest` for a type that the algorithm does not have.
 */
export function multipartType(
  algorithm: ChecksumAlgorithm,
  asked: ChecksumType | undefined,
): ChecksumType {
  const types: readonly ChecksumType[] = FACTS[algorithm].types
  const type = asked ?? types[0]!
  if (types.includes(type)) return type
  throw new SealtrailError(
    'InvalidRequest',
    `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
  )
}
