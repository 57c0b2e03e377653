/**
 * Answers that may take long: so that nobody takes the connection for dead, blanks are sent until the document is there.
 *
 *     200, Content-Length: 65536
 *     <?xml version="1.0" encoding="UTF-8"?>
 *     ␠ ␠ ␠ … <CopyObjectResult>…</CopyObjectResult> or <Error>…</Error>, and blanks to the end
 *
 * What is there in time is answered like anything else, with its own status. Source: Amazon S3 API reference, CopyObject
 * and CompleteMultipartUpload: "a 200 OK response can contain either a success or an error".
 *
 * @module
 */
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { XML_HEAD } from '../../aws/forms/rest-xml/xml-document.js'
import { isTold } from '../../errors.js'
import { invariant } from '../../invariant.js'
import type { Answer } from '../received.js'

const LATE_OPERATIONS: ReadonlySet<string> = new Set([
  'CompleteMultipartUpload',
  'CopyObject',
  'UploadPartCopy',
])
/** More than a key, all of it escapes, and what stands around it. */
const LATE_BYTES = 64 * 1024
const NOTHING = Symbol('nothing yet')

export function mayBeLate(operation: string): boolean {
  return LATE_OPERATIONS.has(operation)
}

export interface LateRules {
  /** After so long, and then every so often, a blank is sent. */
  readonly lateMs: number
  /** Of the answer that has begun. */
  readonly headers: readonly string[]
  /** What is told instead of `work`'s document when it failed. */
  readonly faultDocument: (error: unknown) => string
}

/** What `work` answers, or how the answer begins that waits for it. */
export async function lateAnswer(work: Promise<Answer>, rules: LateRules): Promise<Answer> {
  const first = await within(work, rules.lateMs)
  if (first !== NOTHING) return first
  const headers = [...rules.headers, 'Content-Length', String(LATE_BYTES)]
  return { status: 200, headers, body: Readable.from(pieces(work, rules)) }
}

async function* pieces(work: Promise<Answer>, rules: LateRules): AsyncGenerator<Buffer> {
  yield Buffer.from(XML_HEAD)
  let left = LATE_BYTES - XML_HEAD.length
  let document: string | undefined
  while (document === undefined) {
    yield Buffer.from(' ')
    left--
    document = await documentOf(work, rules)
  }
  const bytes = Buffer.from(document.replace(XML_HEAD, ''))
  invariant(bytes.length <= left, 'a document that is late has its bound')
  yield Buffer.concat([bytes, Buffer.alloc(left - bytes.length, ' ')])
}

/** Undefined: not yet. What is nobody's to know breaks the answer off, and is logged. */
async function documentOf(
  work: Promise<Answer>,
  { lateMs, faultDocument }: LateRules,
): Promise<string | undefined> {
  try {
    const answer = await within(work, lateMs)
    return answer === NOTHING ? undefined : String(answer.body)
  } catch (error) {
    if (isTold(error)) return faultDocument(error)
    throw error
  }
}

async function within(work: Promise<Answer>, ms: number): Promise<Answer | typeof NOTHING> {
  const stopping = new AbortController()
  // Whoever still waits for it is told; nobody may.
  work.catch(() => undefined)
  try {
    const late = delay(ms, NOTHING, { signal: stopping.signal }).catch(() => NOTHING)
    return await Promise.race([work, late as Promise<typeof NOTHING>])
  } finally {
    stopping.abort()
  }
}
