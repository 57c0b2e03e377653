/**
 * The parts that an upload is completed with: as the writer names them, held against those that are there.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { randomText } from '../../bytes/random.js'
import { SealtrailError } from '../../errors.js'
import { type ChecksumAlgorithm, checksumMember } from '../checksums/algorithms.js'
import { compositeChecksum, fullObjectChecksum } from '../checksums/combine.js'
import type { ObjectChecksum } from '../objects/version.js'
import { invalidRequest, malformedXml } from '../refusals.js'
import type { Part, Upload } from './upload.js'

/** As CompletedPart of the model. */
export type NamedPart = {
  readonly PartNumber?: number | undefined
  readonly ETag?: string | undefined
} & { readonly [A in ChecksumAlgorithm as `Checksum${A}`]?: string | undefined }

const PART_BYTES_MIN = 5 * 1024 * 1024
const OBJECT_BYTES_MAX = 50 * 1024 ** 4
const PARTS_MAX = 10_000
const HEX = '0123456789abcdef'

/** @throws SealtrailError `MalformedXML`, `InvalidPart`, `InvalidPartOrder`, `EntityTooSmall`, `InvalidRequest` */
export function chosenParts(
  upload: Upload,
  there: readonly Part[],
  named: readonly NamedPart[],
): Part[] {
  if (named.length === 0) throw invalidRequest('You must specify at least one part')
  if (named.length > PARTS_MAX) throw malformedXml()
  const byNumber = new Map(there.map((part) => [part.number, part]))
  const chosen: Part[] = []
  let before = 0
  for (const one of named) {
    const { PartNumber: number, ETag } = one
    if (number === undefined || ETag === undefined) throw malformedXml()
    if (number <= before) {
      const says =
        'The list of parts was not in ascending order. Parts must be ordered by part number.'
      throw new SealtrailError('InvalidPartOrder', says)
    }
    before = number
    const part = byNumber.get(number)
    if (part === undefined || ETag.replace(/^"|"$/g, '') !== part.etag) {
      throw invalidPart(upload, number, ETag)
    }
    checkChecksum(upload, part, one)
    chosen.push(part)
  }
  checkSizes(chosen)
  return chosen
}

export async function checksumOfParts(
  { facts }: Upload,
  parts: readonly Part[],
): Promise<ObjectChecksum> {
  const { algorithm, type } = facts.checksum
  const value =
    type === 'COMPOSITE'
      ? await compositeChecksum(
          algorithm,
          parts.map((part) => part.facts.checksum),
        )
      : fullObjectChecksum(
          algorithm,
          parts.map(({ bytes, facts }) => ({ bytes, value: facts.checksum })),
        )
  return { algorithm, value, type }
}

/** `-N` behind the MD5 of the parts' MD5s, where those are told; else behind what tells nothing. */
export function etagOfParts(parts: readonly Part[], isMd5: boolean): string {
  if (!isMd5) return `${randomText(HEX, 32)}-${parts.length}`
  const hash = createHash('md5')
  for (const { etag } of parts) hash.update(Buffer.from(etag, 'hex'))
  return `${hash.digest('hex')}-${parts.length}`
}

function checkChecksum({ id, facts }: Upload, part: Part, named: NamedPart): void {
  const { algorithm, type, isAsked } = facts.checksum
  const given = named[checksumMember(algorithm)]
  if (given === undefined) {
    if (!isAsked || type !== 'COMPOSITE') return
    const name = algorithm.toLowerCase()
    const says = `The upload was created using a ${name} checksum. The complete request must include the checksum for each part. It was missing for part ${part.number} in the request.`
    throw new SealtrailError('InvalidRequest', says)
  }
  if (given !== part.facts.checksum) throw invalidPart({ id }, part.number, named.ETag ?? '')
}

/** @throws SealtrailError `EntityTooSmall`, `EntityTooLarge` */
function checkSizes(parts: readonly Part[]): void {
  let all = 0
  for (const [index, { bytes, number, etag }] of parts.entries()) {
    all += bytes
    if (bytes >= PART_BYTES_MIN || index === parts.length - 1) continue
    const says = 'Your proposed upload is smaller than the minimum allowed size'
    const detail = { ProposedSize: bytes, MinSizeAllowed: PART_BYTES_MIN }
    throw new SealtrailError('EntityTooSmall', says, { ...detail, PartNumber: number, ETag: etag })
  }
  if (all <= OBJECT_BYTES_MAX) return
  const says = 'Your proposed upload exceeds the maximum allowed object size.'
  throw new SealtrailError('EntityTooLarge', says, { ProposedSize: all })
}

function invalidPart({ id }: Pick<Upload, 'id'>, number: number, etag: string): SealtrailError {
  const says =
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."
  return new SealtrailError('InvalidPart', says, {
    ...{ UploadId: id, PartNumber: number, ETag: etag.slice(0, 100) },
  })
}
