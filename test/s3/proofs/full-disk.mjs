/**
 * A disk that is full for a while: whoever puts is told so, what was there can be read meanwhile, and when there is room
 * again the same process goes on. Nothing that was refused is visible afterwards.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { inspect } from '../../../dist/store/fsck/fsck.js'
import { clientsOf, startServe } from './served.mjs'

const Bucket = 'full-disk'
const SIZES = [1500, 100_000, 1_000_000, 12_000_000]
const PART_BYTES = 5 * 1024 * 1024
/** What is left before the puts that find no room: none; some for a piece of an object; enough for all but the last. */
const LEFT_BYTES = [0, 300_000, 4_000_000]
/** Whose keys are S3's own: they are read without a record, for which there may be no room. */
const FREE = 'SSE-S3'
const FRONTS = ['auto', 'node', 'native']

/**
 * @param wanted { folder: an empty directory to mount on; rounds; megabytes: of the disk; onState }
 * @returns { states: rounds; refused, answers: writes that were, and how; reads, written; findings }
 */
export async function fillDisk({ folder, rounds, megabytes, onState }) {
  const report = { states: 0, refused: 0, answers: {}, reads: 0, written: 0, findings: [] }
  for (; report.states < rounds; report.states++) {
    const place = join(folder, String(report.states))
    mkdirSync(place)
    must('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'none', place])
    try {
      await fillOnce(place, FRONTS[report.states % FRONTS.length], report)
    } finally {
      must('umount', ['-l', place])
    }
    onState?.(report, rounds)
  }
  return report
}

function must(command, args) {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error ?? stderr}`)
}

async function fillOnce(place, front, report) {
  const find = (...findings) => report.findings.push({ round: report.states, front, findings })
  const dataDir = join(place, 'data')
  const lives = []
  const serve = async () => {
    const served = startServe(dataDir, { front })
    lives.push(served)
    return { ...served, ...clientsOf(await served.url, dataDir) }
  }
  try {
    await fillUnder(serve, { place, dataDir, report, find })
  } catch (error) {
    find(error.stack)
  } finally {
    for (const { child, gone } of lives) {
      child.kill('SIGKILL')
      const { said } = await gone
      if (report.findings.length > 0) process.stderr.write(said)
    }
  }
}

async function fillUnder(serve, { place, dataDir, report, find }) {
  const { s3, kms, destroy, child, gone } = await serve()
  const { KeyMetadata } = await kms.createKey({})
  const sse = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KeyMetadata.Arn }
  await s3.createBucket({ Bucket })
  const wanted = new Map()
  const put = async (Key, size, asStream = false, more = sse) => {
    const bytes = bytesOf(Key, size)
    const Body = asStream ? Readable.from(piecesOf(bytes)) : bytes
    await s3.putObject({ Bucket, Key, Body, ContentLength: size, ...more })
    wanted.set(Key, bytes)
  }
  for (const size of SIZES) {
    await put(`before/${size}`, size)
    await put(`before/${FREE}/${size}`, size, false, {})
  }
  const { UploadId } = await s3.createMultipartUpload({ Bucket, Key: 'in parts', ...sse })
  const part = (PartNumber) => {
    const Body = bytesOf(`part ${PartNumber}`, PART_BYTES)
    return s3.uploadPart({ Bucket, Key: 'in parts', UploadId, PartNumber, Body })
  }
  const parts = [{ ...(await part(1)), PartNumber: 1 }]

  for (const leftBytes of LEFT_BYTES) {
    const filler = join(place, 'filler')
    fill(place, filler, leftBytes)
    const writes = [
      ...SIZES.map((size) => () => put(`full/${leftBytes}/${size}`, size)),
      () => put(`before/${SIZES[0]}`, SIZES[3]),
      () => put(`full/${leftBytes}/stream`, SIZES[3], true),
      () => part(2),
    ]
    let refused = 0
    for (const write of writes) {
      // What found room makes room for nothing else.
      fill(place, `${filler}-${refused}`, leftBytes)
      try {
        await write()
      } catch (error) {
        refused++
        const status = error.$metadata?.httpStatusCode
        const answer = `${status} ${error.name}`
        report.answers[answer] = (report.answers[answer] ?? 0) + 1
        if (status !== 500 && status !== 503) find(`a write was answered with ${error.stack}`)
      }
      unlinkQuietly(`${filler}-${refused}`)
    }
    report.refused += refused
    if (refused === 0) find(`with ${leftBytes} bytes left nothing was refused`)
    report.reads += await lookAt(s3, wanted, find, true)
    for (let i = 0; i < writes.length; i++) unlinkQuietly(`${filler}-${i}`)
    unlinkSync(filler)
    for (const size of SIZES) {
      await put(`after/${leftBytes}/${size}`, size).then(
        () => report.written++,
        (error) => find(`with room again, a put is answered with ${error.stack}`),
      )
    }
    await lookAt(s3, wanted, find)
    // The disk is small.
    for (const Key of [...wanted.keys()].filter((key) => !key.startsWith('before/'))) {
      await s3.deleteObject({ Bucket, Key })
      wanted.delete(Key)
    }
  }
  parts.push({ ...(await part(2)), PartNumber: 2 })
  const Parts = parts.map(({ ETag, PartNumber }) => ({ ETag, PartNumber }))
  await s3.completeMultipartUpload({
    Bucket,
    Key: 'in parts',
    UploadId,
    MultipartUpload: { Parts },
  })
  wanted.set('in parts', Buffer.concat([1, 2].map((one) => bytesOf(`part ${one}`, PART_BYTES))))
  await lookAt(s3, wanted, find)
  destroy()
  child.kill('SIGTERM')
  const { how, said } = await gone
  if (how !== 0) find(`it ended with ${how}: ${said}`)

  const again = await serve()
  await lookAt(again.s3, wanted, find)
  again.destroy()
  again.child.kill('SIGTERM')
  await again.gone
  const { damage, blobs } = inspect(dataDir)
  const harm = [...damage, ...(blobs?.damage ?? [])]
  if (harm.length > 0) find(JSON.stringify(harm))
}

/**
 * All that was acknowledged, and nothing else. Gives how many were read.
 *
 * @param isFull what is under a key of KMS may be refused: no record, no answer
 */
async function lookAt(s3, wanted, find, isFull = false) {
  const { Contents = [] } = await s3.listObjectsV2({ Bucket })
  const keys = Contents.map(({ Key }) => Key).join()
  const should = [...wanted.keys()].sort().join()
  if (keys !== should) find(`there are ${keys}, and should be ${should}`)
  let read = 0
  for (const [Key, bytes] of wanted) {
    try {
      const digest = createHash('sha256')
      for await (const piece of (await s3.getObject({ Bucket, Key })).Body) digest.update(piece)
      if (digest.digest('hex') !== createHash('sha256').update(bytes).digest('hex')) {
        find(`${Key} has other bytes`)
      }
      read++
    } catch (error) {
      const isOwed = isFull && !Key.includes(FREE) && error.name === 'InternalError'
      if (!isOwed) find(`${Key} cannot be read: ${error.stack}`)
    }
  }
  return read
}

/** Leaves so many bytes free. */
function fill(place, path, leftBytes) {
  const { bavail, bsize } = statfsSync(place)
  const bytes = bavail * bsize - leftBytes
  if (bytes > 0) writeFileSync(path, Buffer.alloc(bytes))
}

function unlinkQuietly(path) {
  try {
    unlinkSync(path)
  } catch {}
}

function bytesOf(text, size) {
  return createHash('shake256', { outputLength: size }).update(text).digest()
}

function* piecesOf(bytes) {
  for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000)
}
