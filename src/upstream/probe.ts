/**
 * Whether the upstream does what blobs need, tried out at every start, with objects that are removed again.
 *
 *     put · conditional put refused, nothing written over · range · listing · upload in parts, listed, completed · removal
 *
 * Some gateways take a condition without a word and write over what is there; others know no uploads in parts. What does
 * not hold is refused by name, with what needs it.
 *
 * @module
 */
import { isSealtrailError, SealtrailError } from '../errors.js'
import { newFileId } from '../store/blobs/ref.js'
import { sendingOf, type UpstreamBucket } from './client/bucket.js'
import { PROBES } from './keys.js'

interface Trial {
  /** What it is that does not hold. */
  readonly what: string
  readonly neededFor: string
  /** Undefined when it holds, or what came instead. */
  readonly run: () => Promise<string | undefined>
}

const FIRST = Buffer.from('0123456789abcdef')
const SECOND = Buffer.from('fedcba9876543210')

/** @throws SealtrailError `ConfigInvalid`, naming all that does not hold; `StoreFailed` when it cannot be asked */
export async function probe(bucket: UpstreamBucket): Promise<void> {
  const key = PROBES + newFileId()
  const uploadKey = PROBES + newFileId()
  await reach(bucket, key)
  const wrong: string[] = []
  for (const { what, neededFor, run } of trials(bucket, key, uploadKey)) {
    const reason = await run().catch((error: unknown) => {
      if (isSealtrailError(error)) return error.message
      throw error
    })
    if (reason !== undefined) wrong.push(`${what}, needed for ${neededFor} (${reason})`)
  }
  if (wrong.length === 0) return
  await bucket.delete([key, uploadKey]).catch(() => undefined)
  const says = `s3Upstream: it does not have ${wrong.join('; ')}`
  throw new SealtrailError('ConfigInvalid', says)
}

/** An upstream that is not there is no wrong setting; one that refuses us is. */
async function reach(bucket: UpstreamBucket, key: string): Promise<void> {
  const put = await bucket.putNew(key, sendingOf(FIRST)).catch((error: SealtrailError) => {
    if (!/status 4\d\d$/.test(error.message)) throw error
    throw new SealtrailError('ConfigInvalid', `s3Upstream: ${error.message}`, {}, { cause: error })
  })
  if (put === 'put') return
  throw new SealtrailError('ConfigInvalid', 's3Upstream: it refuses to put what is not there')
}

function trials(bucket: UpstreamBucket, key: string, uploadKey: string): Trial[] {
  return [
    {
      what: 'conditional puts (If-None-Match: *)',
      neededFor: 'having one owner, and for never writing over a blob',
      run: async () =>
        (await bucket.putNew(key, sendingOf(SECOND))) === 'there' ? undefined : 'it wrote over',
    },
    {
      what: 'range reads',
      neededFor: 'reading blobs',
      run: async () => {
        const read = await bucket.read(key, { offset: 10, bytes: 4 })
        return isRead(read, FIRST.subarray(10, 14)) || isRead(read, SECOND.subarray(10, 14))
          ? undefined
          : 'other bytes came'
      },
    },
    {
      what: 'listings by prefix',
      neededFor: 'sweeping what a crash left',
      run: async () => {
        const before = key.slice(0, -1)
        const { keys } = await bucket.list(PROBES, before)
        return keys.includes(key) ? undefined : 'what was just put is not in it'
      },
    },
    {
      what: 'uploads in parts',
      neededFor: 'large blobs',
      run: () => tryUpload(bucket, uploadKey),
    },
    {
      what: 'removal of several objects (DeleteObjects)',
      neededFor: 'giving room back',
      run: async () => {
        await bucket.delete([key, uploadKey])
        const left = await bucket.read(key, { offset: 0, bytes: FIRST.length })
        return left === undefined ? undefined : 'what was removed is there'
      },
    },
  ]
}

async function tryUpload(bucket: UpstreamBucket, key: string): Promise<string | undefined> {
  const aborted = await bucket.beginUpload(key)
  const upload = await bucket.beginUpload(key)
  await bucket.abortUpload(aborted)
  const etag = await bucket.uploadPart(upload, 1, sendingOf(FIRST))
  const { uploads } = await bucket.uploads(PROBES)
  const isListed = uploads.some(({ uploadId }) => uploadId === upload.uploadId)
  if (uploads.some(({ uploadId }) => uploadId === aborted.uploadId)) return 'one does not end'
  if ((await bucket.completeUpload(upload, [etag])) !== 'complete') return 'it was lost'
  if (!isListed) return 'one that is open is not listed'
  const read = await bucket.read(key, { offset: 0, bytes: FIRST.length })
  return isRead(read, FIRST) ? undefined : 'other bytes came'
}

function isRead(read: { readonly bytes: Buffer; readonly of: number } | undefined, bytes: Buffer) {
  return read !== undefined && read.of === FIRST.length && read.bytes.equals(bytes)
}
