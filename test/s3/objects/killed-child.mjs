/**
 * Puts objects of many kinds into a house, says what it was told is safe, a line each, and goes on until it is killed.
 */
import { createHash } from 'node:crypto'
import { openSealtrail } from '../../../dist/index.js'

const [dataDir, rootKeyFile, round] = process.argv.slice(2)
const region = 'eu-west-1'
const house = await openSealtrail({ dataDir, rootKeyFile, region, threads: 1 })
const Bucket = 'killed'
await house.s3
  .createBucket({ Bucket, CreateBucketConfiguration: { LocationConstraint: region } })
  .catch(() => undefined)

const bodyOf = (size, seed) => Buffer.alloc(size, `${round}/${seed}/`)
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)
const said = (Key, Body) => tell({ Key, hash: createHash('sha256').update(Body).digest('hex') })
const sse = { ServerSideEncryption: 'aws:kms', BucketKeyEnabled: true }

async function puts(writer) {
  for (let i = 0; ; i++) {
    const Key = `${round}/${writer}/${i}`
    const Body = bodyOf([0, 900, 70_000, 300_000][i % 4], i)
    await house.s3.putObject({ Bucket, Key, Body, ...(i % 2 ? sse : {}) })
    said(Key, Body)
    if (i % 3 !== 2) continue
    // From here on it may be gone before that is said.
    tell({ Key })
    await house.s3.deleteObject({ Bucket, Key })
    tell({ Key, hash: '' })
  }
}

async function uploads() {
  for (let i = 0; ; i++) {
    const Key = `${round}/upload/${i}`
    const { UploadId } = await house.s3.createMultipartUpload({ Bucket, Key, ...sse })
    const bodies = [bodyOf(5 * 2 ** 20, i), bodyOf(1000, i + 1)]
    const Parts = []
    for (const [index, Body] of bodies.entries()) {
      const PartNumber = index + 1
      const { ETag } = await house.s3.uploadPart({ Bucket, Key, UploadId, PartNumber, Body })
      Parts.push({ PartNumber, ETag })
    }
    await house.s3.completeMultipartUpload({ Bucket, Key, UploadId, MultipartUpload: { Parts } })
    said(Key, Buffer.concat(bodies))
  }
}

await Promise.all([puts('one'), puts('two'), puts('three'), uploads()])
