/**
 * Calls of S3 in path style, and log files as objects: compressed here, sealed by the endpoint under its KMS key.
 *
 * @module
 */
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { canonicalQuery, encodeUri } from '../../../aws/query-string.js'
import type { Encryption } from '../../scenario/scenario.js'
import { CUSTOMER_KEY, CUSTOMER_KEY_MD5 } from '../customer-key.js'
import { logFileOf, logName } from '../log-file.js'
import type { LogCalls, ObjectCalls } from '../target.js'
import { asked } from '../target.js'
import { ANSWER_BYTES_MAX, type ServiceCaller } from './caller.js'

export interface BucketPlace {
  readonly bucket: string
  /** Of SSE-KMS. */
  readonly keyId: string
  /** Of this run, ends in `/`. */
  readonly prefix: string
}

const [zip, unzip] = [promisify(gzip), promisify(gunzip)]
/** Packed or not: a batch has half of it at most. */
const LOG_BYTES_MAX = 64 << 20
/** A thousand keys of 1,024 characters, each of which may be written as six, and what is said of each. */
const PAGE_BYTES_MAX = 8 << 20

/** What is said of a list that is not the one that was asked for. */
const NO_PAGE = 'ListIsAnother'
/** XML's own, and characters by number. */
const ENTITY = /&(?:amp|lt|gt|quot|apos|#(x[\da-fA-F]{1,6}|\d{1,7}));/g
const ENTITIES: Readonly<Record<string, string>> = {
  ...{ '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'" },
}
const CODE_POINT_MAX = 0x10ffff

export function objectCalls(
  caller: ServiceCaller,
  { bucket, keyId, prefix }: BucketPlace,
): ObjectCalls {
  const pathOf = (key: string) => `/${bucket}/${(prefix + key).split('/').map(encodeUri).join('/')}`
  return {
    put(key, body, encryption, done) {
      const headers = sseHeaders(encryption, keyId)
      caller.send({ method: 'PUT', path: pathOf(key), headers, body }, (code) => done(code))
    },
    get(key, encryption, bytesMax, done) {
      const headers = encryption === 'SSE-C' ? sseHeaders(encryption, keyId) : {}
      // What it says when there is none may be longer.
      const answerBytesMax = Math.max(bytesMax, ANSWER_BYTES_MAX)
      const call = { method: 'GET', path: pathOf(key), headers, answerBytesMax } as const
      caller.send(call, (code, answer) => done(code, answer?.body))
    },
    list(below, after, done) {
      const query = canonicalQuery([
        ['list-type', '2'],
        ['prefix', prefix + below],
        ...(after === '' ? [] : [['start-after', prefix + after] as const]),
      ])
      const call = { method: 'GET', path: `/${bucket}`, query, headers: {} } as const
      caller.send({ ...call, answerBytesMax: PAGE_BYTES_MAX }, (code, answer) => {
        if (answer === undefined) return done(code)
        const keys = keysIn(answer.body)
        if (!isPage(keys, prefix + below, after && prefix + after)) return done(NO_PAGE)
        done(
          undefined,
          keys.map((key) => key.slice(prefix.length)),
        )
      })
    },
  }
}

/** In the order of the page. */
function keysIn(body: Buffer): string[] {
  const found = body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)
  return [...found].map(([, key]) => key!.replace(ENTITY, inText))
}

function inText(entity: string, number: string | undefined): string {
  if (number === undefined) return ENTITIES[entity]!
  const code = Number(number.replace(/^x/, '0x'))
  return code <= CODE_POINT_MAX ? String.fromCodePoint(code) : entity
}

/** Keys of what was asked for, of which the last stands behind `after`: else who asks for the next page asks for ever. */
function isPage(keys: readonly string[], below: string, after: string): boolean {
  const last = keys.at(-1)
  const isBehind = last === undefined || Buffer.compare(Buffer.from(last), Buffer.from(after)) > 0
  return isBehind && keys.every((key) => key.startsWith(below))
}

export function logCalls(objects: ObjectCalls): LogCalls {
  return {
    write(number, lines, done) {
      put(objects, number, lines).then(
        (stored) => done(undefined, stored),
        (error: { readonly code?: string }) => done(error.code ?? 'GzipFailed'),
      )
    },
    ...logsBelow(objects, 'logs/'),
  }
}

/** Log files that are there. */
export function logsBelow(objects: ObjectCalls, folder: string): Pick<LogCalls, 'list' | 'read'> {
  return {
    list: (after, done) => objects.list(folder, after, done),
    read(name, done) {
      objects.get(name, 'SSE-KMS', LOG_BYTES_MAX, (code, packed) => {
        if (packed === undefined) return done(code)
        unzip(packed, { maxOutputLength: LOG_BYTES_MAX }).then(
          (plain) => done(undefined, plain),
          () => done('GzipDamaged'),
        )
      })
    },
  }
}

async function put(objects: ObjectCalls, number: number, lines: Uint8Array): Promise<number> {
  const packed = await zip(logFileOf(lines), { level: 1 })
  await asked<void>((done) => objects.put(logName(number), packed, 'SSE-KMS', done))
  return packed.length
}

function sseHeaders(encryption: Encryption, keyId: string): Record<string, string> {
  const kms = {
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': keyId,
  }
  switch (encryption) {
    case 'none':
      return {}
    case 'SSE-S3':
      return { 'x-amz-server-side-encryption': 'AES256' }
    case 'SSE-KMS':
      return kms
    case 'SSE-KMS-bucket-key':
      return { ...kms, 'x-amz-server-side-encryption-bucket-key-enabled': 'true' }
    case 'SSE-C': {
      const name = 'x-amz-server-side-encryption-customer'
      return {
        [`${name}-algorithm`]: 'AES256',
        [`${name}-key`]: CUSTOMER_KEY,
        [`${name}-key-md5`]: CUSTOMER_KEY_MD5,
      }
    }
  }
}
