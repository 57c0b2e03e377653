/**
 * The operations of S3 that we ask of the upstream, below our prefix; keys here are without it.
 *
 * Bytes that are sent are signed by their SHA-256 and go with their MD5, so that nothing else is taken for them. What the
 * upstream answers is looked at; what blobs are is elsewhere. Source: the S3 API reference.
 *
 * @module
 */
import { hash } from 'node:crypto'
import type { Pair } from '../../aws/query-string.js'
import { codeOf, damagedUpstream, reasonOf, upstreamFailed } from './faults.js'
import type { Sender, TriedAnswer, UpstreamRequest } from './retries.js'
import { completeXml, deleteXml, type Element, readXml } from './xml.js'

/** Bytes to send, with what is said of them. */
export interface Sending {
  readonly bytes: Uint8Array
  /** Base64. */
  readonly md5: string
  /** Hex. */
  readonly sha256: string
}

export interface RangeRead {
  /** As many as were asked for, or all there are behind `offset`. */
  readonly bytes: Buffer
  /** Of the whole object. */
  readonly of: number
}

export interface OpenUpload {
  readonly key: string
  readonly uploadId: string
}

/** Cleaning up after something that failed does not keep anybody waiting for long. */
const ONCE = 1
export const DELETED_AT_ONCE_MAX = 1000
/** What a short answer may have, around a range or beside it. */
const SHORT_BYTES_MAX = 64 * 1024

export class UpstreamBucket {
  readonly #sender: Sender
  readonly #prefix: string

  constructor(sender: Sender, prefix: string) {
    this.#sender = sender
    this.#prefix = prefix
  }

  /**
   * Where nothing is yet: `there` when something is, which may be what an attempt before had put without an answer.
   * @throws SealtrailError `StoreFailed`
   */
  async putNew(key: string, sending: Sending): Promise<'put' | 'there'> {
    const asked = this.#asked('PutObject', key)
    const answer = await this.#sender.send({
      ...{ ...asked, method: 'PUT', ...bodyOf(sending) },
      headers: { 'content-md5': sending.md5, 'if-none-match': '*' },
    })
    if (answer.status === 412) return 'there'
    expect(asked, answer, 200)
    return 'put'
  }

  /**
   * Undefined when there is no such object.
   * @throws SealtrailError `ObjectDamaged` when it ends at `offset` or before; `StoreFailed`
   */
  async read(
    key: string,
    { offset, bytes }: { readonly offset: number; readonly bytes: number },
    signal?: AbortSignal,
  ): Promise<RangeRead | undefined> {
    const asked = this.#asked('GetObject', key)
    const answer = await this.#sender.send({
      ...{ ...asked, method: 'GET', answerBytesMax: Math.max(bytes, SHORT_BYTES_MAX) },
      headers: { range: `bytes=${offset}-${offset + bytes - 1}` },
      doubt: (answer) => doubtOfRange(answer, offset, bytes),
      ...(signal === undefined ? {} : { signal }),
    })
    const code = codeOf(answer)
    if (answer.status === 404 && (code === undefined || code === 'NoSuchKey')) return undefined
    if (answer.status === 416) throw damagedUpstream(asked.key, offset, 'the object ends before')
    expect(asked, answer, 206)
    return { bytes: answer.body, of: rangeOf(answer)!.of }
  }

  /** What cannot be deleted is left. @throws SealtrailError `StoreFailed` */
  async delete(keys: readonly string[]): Promise<void> {
    const asked = { operation: 'DeleteObjects', key: '' }
    const sending = sendingOf(deleteXml(keys.map((key) => this.#prefix + key)))
    const answer = await this.#sender.send({
      ...{ ...asked, method: 'POST', query: [['delete', '']], ...bodyOf(sending) },
      headers: { 'content-md5': sending.md5, 'content-type': 'application/xml' },
      doubt: doubtOfXml,
    })
    expect(asked, answer, 200)
    const failed = rootOf(asked, answer, 'DeleteResult').all('Error')
    if (failed.length > 0) throw upstreamFailed(asked, `${failed.length} keys were refused`)
  }

  /** Keys that begin with `start`, behind `after`, ascending: a page of at most 1000. @throws SealtrailError `StoreFailed` */
  async list(start: string, after: string): Promise<{ keys: string[]; isMore: boolean }> {
    const asked = { operation: 'ListObjectsV2', key: '' }
    const query: Pair[] = [
      ['list-type', '2'],
      ['prefix', this.#prefix + start],
    ]
    if (after !== '') query.push(['start-after', this.#prefix + after])
    const answer = await this.#sender.send({ ...asked, method: 'GET', query, doubt: doubtOfXml })
    expect(asked, answer, 200)
    const page = rootOf(asked, answer, 'ListBucketResult')
    const keys = page.all('Contents').map((item) => item.textOf('Key'))
    return { keys: keys.flatMap((key) => this.#within(key)), isMore: isTrue(page) }
  }

  /** @throws SealtrailError `StoreFailed` */
  async beginUpload(key: string): Promise<OpenUpload> {
    const asked = this.#asked('CreateMultipartUpload', key)
    const answer = await this.#sender.send({
      ...{ ...asked, method: 'POST', query: [['uploads', '']], doubt: doubtOfXml },
    })
    expect(asked, answer, 200)
    const uploadId = rootOf(asked, answer, 'InitiateMultipartUploadResult').textOf('UploadId')
    if (uploadId === '') throw upstreamFailed(asked, 'an answer without an UploadId')
    return { key, uploadId }
  }

  /** The part's ETag. @throws SealtrailError `StoreFailed` */
  async uploadPart(
    { key, uploadId }: OpenUpload,
    number: number,
    sending: Sending,
  ): Promise<string> {
    const asked = this.#asked('UploadPart', key)
    const answer = await this.#sender.send({
      ...{ ...asked, method: 'PUT', ...bodyOf(sending) },
      query: [
        ['partNumber', String(number)],
        ['uploadId', uploadId],
      ],
      headers: { 'content-md5': sending.md5 },
    })
    expect(asked, answer, 200)
    const etag = answer.header('etag')
    if (etag === undefined) throw upstreamFailed(asked, 'an answer without an ETag')
    return etag
  }

  /**
   * `gone` when there is no such upload, which may be what an attempt before has completed without an answer.
   * @throws SealtrailError `StoreFailed`
   */
  async completeUpload(
    { key, uploadId }: OpenUpload,
    etags: readonly string[],
  ): Promise<'complete' | 'gone'> {
    const asked = this.#asked('CompleteMultipartUpload', key)
    const answer = await this.#sender.send({
      ...{ ...asked, method: 'POST', query: [['uploadId', uploadId]], body: completeXml(etags) },
      headers: { 'content-type': 'application/xml' },
      // An answer that has begun well may end in an error.
      doubt: (answer) =>
        answer.status === 200 && codeOf(answer) === 'InternalError'
          ? 'InternalError'
          : doubtOfXml(answer),
    })
    if (answer.status === 404 && codeOf(answer) === 'NoSuchUpload') return 'gone'
    expect(asked, answer, 200)
    rootOf(asked, answer, 'CompleteMultipartUploadResult')
    return 'complete'
  }

  /** Tries once. @throws SealtrailError `StoreFailed` */
  async abortUpload({ key, uploadId }: OpenUpload): Promise<void> {
    const asked = this.#asked('AbortMultipartUpload', key)
    const answer = await this.#sender.send({
      ...{ ...asked, method: 'DELETE', query: [['uploadId', uploadId]], attempts: ONCE },
    })
    if (answer.status !== 404) expect(asked, answer, 204, 200)
  }

  /** The first page of what is being uploaded under `start`. @throws SealtrailError `StoreFailed` */
  async uploads(start: string): Promise<{ uploads: OpenUpload[]; isMore: boolean }> {
    const asked = { operation: 'ListMultipartUploads', key: '' }
    const query: Pair[] = [
      ['uploads', ''],
      ['prefix', this.#prefix + start],
    ]
    const answer = await this.#sender.send({ ...asked, method: 'GET', query, doubt: doubtOfXml })
    expect(asked, answer, 200)
    const page = rootOf(asked, answer, 'ListMultipartUploadsResult')
    const uploads = page
      .all('Upload')
      .flatMap((item) =>
        this.#within(item.textOf('Key')).map((key) => ({ key, uploadId: item.textOf('UploadId') })),
      )
    return { uploads, isMore: isTrue(page) }
  }

  #asked(operation: string, key: string): Pick<UpstreamRequest, 'operation' | 'key'> {
    return { operation, key: this.#prefix + key }
  }

  /** Ours, without the prefix; nothing of what is not ours, whatever was asked for. */
  #within(key: string): string[] {
    return key.startsWith(this.#prefix) ? [key.slice(this.#prefix.length)] : []
  }
}

export function sendingOf(bytes: Uint8Array): Sending {
  return { bytes, md5: hash('md5', bytes, 'base64'), sha256: hash('sha256', bytes, 'hex') }
}

function bodyOf({ bytes, sha256 }: Sending): Pick<UpstreamRequest, 'body' | 'sha256'> {
  return { body: bytes, sha256 }
}

function expect(
  asked: Pick<UpstreamRequest, 'operation' | 'key'>,
  answer: TriedAnswer,
  ...statuses: number[]
): void {
  if (!statuses.includes(answer.status)) throw upstreamFailed(asked, reasonOf(answer))
}

function rootOf(
  asked: Pick<UpstreamRequest, 'operation' | 'key'>,
  answer: TriedAnswer,
  name: string,
): Element {
  const root = readXml(answer.body)
  if (root?.name === name) return root
  throw upstreamFailed(asked, root?.name === 'Error' ? reasonOf(answer) : `no ${name}`)
}

/** An answer that is cut off may be whole the next time. */
function doubtOfXml(answer: TriedAnswerLike): string | undefined {
  if (answer.status !== 200 || readXml(answer.body) !== undefined) return undefined
  return 'an answer that is not whole'
}

function isTrue(page: Element): boolean {
  return page.textOf('IsTruncated') === 'true'
}

interface ContentRange {
  readonly first: number
  readonly last: number
  readonly of: number
}

function rangeOf(answer: { header(name: string): string | undefined }): ContentRange | undefined {
  const [, first, last, of] =
    /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(answer.header('content-range') ?? '') ?? []
  if (first === undefined) return undefined
  return { first: Number(first), last: Number(last), of: Number(of) }
}

/** A body that is not what its head says may be whole the next time. */
function doubtOfRange(answer: TriedAnswerLike, offset: number, bytes: number): string | undefined {
  if (answer.status !== 206) return answer.status === 200 ? 'ranges are not heeded' : undefined
  const range = rangeOf(answer)
  if (range === undefined || range.first !== offset) return 'another range than was asked for'
  const wanted = Math.min(bytes, range.of - offset)
  return answer.body.length === wanted ? undefined : 'a body that is not as long as it should be'
}

type TriedAnswerLike = Pick<TriedAnswer, 'status' | 'header' | 'body'>
