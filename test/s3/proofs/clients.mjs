/**
 * Clients of S3 that call, and keep what they were told (told.mjs).
 *
 * `s3` is a house's own or an SDK's: both have the same methods.
 */
import { createHash } from 'node:crypto'
import { BUCKETS, CLIENTS, openLines } from './told.mjs'

const KEYS = 4
const VERSIONS_MAX = 4
const PART_BYTES = 5 * 1024 * 1024
const SIZES = [0, 1500, 1500, 1500, 65_537, 100_000, 100_000, 1_000_000]

/** Buckets and a KMS key, when they are not there. Gives the key's ARN. */
export async function prepare({ s3, kms }) {
  const { Buckets = [] } = await s3.listBuckets({})
  const there = new Set(Buckets.map(({ Name }) => Name))
  for (const Bucket of Object.values(BUCKETS)) {
    if (!there.has(Bucket)) await s3.createBucket({ Bucket })
  }
  const VersioningConfiguration = { Status: 'Enabled' }
  await s3.putBucketVersioning({ Bucket: BUCKETS.kept, VersioningConfiguration })
  const { Keys = [] } = await kms.listKeys({ Limit: 100 })
  for (const { KeyId } of Keys) {
    const { KeyMetadata } = await kms.describeKey({ KeyId })
    if (KeyMetadata.Description === 'kills') return KeyMetadata.Arn
  }
  return (await kms.createKey({ Description: 'kills' })).KeyMetadata.Arn
}

/** All of them, until a call is refused or has no answer: that is thrown, when all have ended. */
export async function runClients({ s3, keyArn, place, told, chanceOf, seed }) {
  const ends = await Promise.allSettled(
    told.slice(0, CLIENTS).map(async (mine, client) => {
      const lines = await openLines(place, client, mine)
      const chance = chanceOf(seed * CLIENTS + client)
      const sses = [
        {},
        { ServerSideEncryption: 'AES256' },
        { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyArn },
        { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyArn, BucketKeyEnabled: true },
      ]
      const call = client === CLIENTS - 1 ? uploadInParts : callOnce
      try {
        for (;;) {
          const pick = (list) => list[Math.floor(chance() * list.length)]
          const bucket = pick(Object.values(BUCKETS))
          const key = `${client}/${Math.floor(chance() * KEYS)}`
          await call({
            s3,
            tell: lines.tell,
            told: mine,
            chance,
            pick,
            bucket,
            key,
            sse: pick(sses),
          })
        }
      } finally {
        await lines.close()
      }
    }),
  )
  throw ends.find(({ status }) => status === 'rejected').reason
}

async function callOnce({ s3, tell, told, chance, pick, bucket, key, sse }) {
  const call = told.calls + 1
  const place = { Bucket: bucket, Key: key }
  const there = told.versions({ bucket, key })
  const asked = { call, bucket, key }
  if (there.length >= VERSIONS_MAX || (there.length > 0 && chance() < 0.25)) {
    const removes =
      bucket === BUCKETS.kept && (there.length >= VERSIONS_MAX || chance() < 0.5)
        ? pick(there).versionId
        : undefined
    await tell({ ...asked, asks: 'delete', removes })
    const { VersionId } = await s3.deleteObject({ ...place, VersionId: removes })
    await tell({ call, isAnswer: true, isDone: true, versionId: VersionId })
    return
  }
  const bytes = bytesOf(`${key} ${call} ${chance()}`, pick(SIZES))
  await tell({ ...asked, asks: 'put', size: bytes.length, sha256: sha256Of(bytes) })
  const { VersionId = 'null' } = await s3.putObject({ ...place, Body: bytes, ...sse })
  await tell({ call, isAnswer: true, isDone: true, versionId: VersionId })
}

/** One object, or an upload that is aborted. */
async function uploadInParts(parts) {
  const { s3, tell, told, chance, bucket, sse } = parts
  const key = 'in parts'
  // Few, because they are large.
  const there = told.versions({ bucket, key })
  if (there.length > 1) return await callOnce({ ...parts, key, pick: (list) => list.at(-1) })
  const call = told.calls + 1
  const place = { Bucket: bucket, Key: key }
  const { UploadId } = await s3.createMultipartUpload({ ...place, ...sse })
  const upload = { bucket, key, uploadId: UploadId, parts: [] }
  await tell({ call: told.calls, upload })
  const bytes = bytesOf(`${call} ${chance()}`, PART_BYTES + 70_000)
  const halves = [bytes.subarray(0, PART_BYTES), bytes.subarray(PART_BYTES)]
  for (const [i, Body] of halves.entries()) {
    const PartNumber = i + 1
    const { ETag } = await s3.uploadPart({ ...place, UploadId, PartNumber, Body })
    upload.parts.push({ ETag, PartNumber, size: Body.length })
    await tell({ call: told.calls, upload })
  }
  const Parts = upload.parts.map(({ ETag, PartNumber }) => ({ ETag, PartNumber }))
  const sha256 = sha256Of(bytes)
  await tell({ call, asks: 'put', bucket, key, size: bytes.length, sha256, uploadId: UploadId })
  const done = await s3.completeMultipartUpload({
    ...{ ...place, UploadId, MultipartUpload: { Parts } },
  })
  await tell({ call, isAnswer: true, isDone: true, versionId: done.VersionId ?? 'null' })
}

/** No stretch of them comes twice. */
function bytesOf(text, size) {
  return createHash('shake256', { outputLength: Math.max(1, size) })
    .update(text)
    .digest()
    .subarray(0, size)
}

export function sha256Of(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}
