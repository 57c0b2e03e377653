/**
 * GetObject and HeadObject.
 *
 * @module
 */
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import type { Bucket } from '../../buckets/bucket.js'
import { lyingOf } from '../../contents/lying.js'
import { answerBody, headerOf, type OpenContent, openContent } from '../../contents/open.js'
import { untilFound } from '../../contents/until-found.js'
import { readKeyOf } from '../../encryption/shown-key.js'
import { expirationMember } from '../../lifecycle/shown.js'
import type { InputOf } from '../../model.js'
import { checkRead } from '../../objects/conditions.js'
import { type ByteRange, rangeOf } from '../../objects/range.js'
import { wrapsOf } from '../../objects/rewrapped.js'
import type { ObjectVersion } from '../../objects/version.js'
import type { S3Parts } from '../../parts.js'
import { showSent } from '../../records/answer.js'
import { invalidRequest } from '../../refusals.js'
import { bucketNamed } from '../../use/find-bucket.js'
import { versionFor } from './find-version.js'
import { checksumMembers, headMembers, versionMember } from './members.js'

type ReadInput = InputOf<'GetObject'> & InputOf<'HeadObject'>

export async function getObject(parts: S3Parts, call: Call, input: InputOf<'GetObject'>) {
  const bucket = await bucketNamed(parts, call, input)
  return await untilFound(async () => {
    const version = await versionFor(parts, call, bucket, input)
    const customerKey = readKeyOf(version.facts.sse!, input)
    try {
      checkRead(version, input, versionMember(bucket, version).VersionId)
      const { range, members } = viewOf(bucket, version, input, await partOf(parts, version, input))
      const lying = await lyingOf(parts, version)
      const content = await openContent(parts, call, bucket, version, lying, range, customerKey)
      return { ...members, Body: await bodyOf(call, content) }
    } finally {
      customerKey?.fill(0)
    }
  })
}

async function bodyOf(call: Call, content: OpenContent) {
  try {
    showSent(call, content.bytes)
    await call.succeed()
    return await answerBody(content)
  } catch (error) {
    await content.close()
    throw error
  }
}

/** As GetObject, but for the bytes: a key is used only for the checksum, which tells something of them. */
export async function headObject(parts: S3Parts, call: Call, input: InputOf<'HeadObject'>) {
  const bucket = await bucketNamed(parts, call, input)
  return await untilFound(async () => {
    const version = await versionFor(parts, call, bucket, input)
    readKeyOf(version.facts.sse!, input)?.fill(0)
    checkRead(version, input, versionMember(bucket, version).VersionId)
    const { members } = viewOf(bucket, version, input, await partOf(parts, version, input))
    if (input.ChecksumMode === 'ENABLED') await mayDecrypt(parts, call, bucket, version)
    await call.succeed()
    return members
  })
}

/** Of what lies under a KMS key. @throws SealtrailError as ObjectKeys.open @throws ContentGone */
async function mayDecrypt(parts: S3Parts, call: Call, bucket: Bucket, version: ObjectVersion) {
  const { key, facts } = version
  if (!('keyArn' in facts.sse!)) return
  const wraps =
    facts.wraps === undefined
      ? await headerOf(parts.blobs, await lyingOf(parts, version))
      : wrapsOf(facts.wraps)
  const dataKey = await parts.keys.open(call, bucket, key, { sse: facts.sse!, ...wraps })
  dataKey.release()
}

/** What is answered, and of which bytes. @throws SealtrailError `InvalidRange` */
function viewOf(
  bucket: Bucket,
  version: ObjectVersion,
  input: ReadInput,
  part: ByteRange | undefined,
) {
  const { bytes, facts } = version
  const { Range, PartNumber } = input
  const range = part ?? rangeOf(Range, bytes)
  const isWhole = range === undefined || range.bytes === bytes
  const { checksum } = facts
  const isShown = input.ChecksumMode === 'ENABLED' && checksum !== undefined && isWhole
  const count = PartNumber !== undefined && facts.parts !== undefined
  const members = {
    ...headMembers(bucket, version),
    ...expirationMember(bucket, version),
    ...overrides(input),
    ContentLength: range?.bytes ?? bytes,
    ...(range === undefined || (part !== undefined && bytes === 0)
      ? {}
      : { ContentRange: rangeText(range, bytes) }),
    ...(isShown ? checksumMembers(checksum) : {}),
    ...(count ? { PartsCount: facts.parts } : {}),
  }
  return { range: range ?? { offset: 0, bytes }, members }
}

/**
 * The part that is asked for, if one is.
 * @throws SealtrailError `InvalidRequest`, `InvalidPartNumber`
 * @throws ContentGone
 */
async function partOf(
  parts: S3Parts,
  version: ObjectVersion,
  { PartNumber: number, Range }: ReadInput,
): Promise<ByteRange | undefined> {
  if (number === undefined) return undefined
  if (Range !== undefined) {
    throw invalidRequest('Cannot specify both Range header and partNumber query parameter')
  }
  const count = version.facts.parts ?? 1
  if (number < 1 || number > count) {
    const says = 'The requested partnumber is not satisfiable'
    throw new SealtrailError('InvalidPartNumber', says, {
      PartNumberRequested: number,
      ActualPartCount: count,
    })
  }
  const lying = await lyingOf(parts, version)
  try {
    return await lying.part(number - 1)
  } finally {
    lying.release()
  }
}

function rangeText({ offset, bytes }: ByteRange, all: number): string {
  return `bytes ${offset}-${offset + bytes - 1}/${all}`
}

function overrides(input: ReadInput): object {
  return Object.fromEntries(
    (
      [
        ['CacheControl', input.ResponseCacheControl],
        ['ContentDisposition', input.ResponseContentDisposition],
        ['ContentEncoding', input.ResponseContentEncoding],
        ['ContentLanguage', input.ResponseContentLanguage],
        ['ContentType', input.ResponseContentType],
        ['Expires', input.ResponseExpires],
      ] as const
    ).filter(([, value]) => value !== undefined),
  )
}
