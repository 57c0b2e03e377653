/**
 * A house in this process as a target: its library is called, no network in between.
 *
 * `embedded`: KMS, S3, and log files by the way of CloudTrail's ingest. `directory`: log files sealed into files, by nobody's
 * service, as a program does that has sealed objects only.
 *
 * @module
 */
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { isSealtrailError } from '../../errors.js'
import { gunzip } from '../../gzip/gunzip.js'
import type { Sealtrail } from '../../sealtrail.js'
import { writeWholeFile } from '../../store/files/whole-file.js'
import type { Encryption } from '../scenario/scenario.js'
import { CUSTOMER_KEY, CUSTOMER_KEY_MD5 } from './customer-key.js'
import { logFileOf, logName } from './log-file.js'
import type { Done, KmsAnswer, KmsCalls, LogCalls, ObjectCalls } from './target.js'

const GZIP_LEVEL = 1
const UNPACKED = { bytesMax: 64 << 20, ratioMax: 1032 }
const BATCH_BYTES_MAX = 32 << 20

export function houseKmsCalls({ kms }: Sealtrail): KmsCalls {
  type Answering = () => Promise<KmsAnswer>
  return {
    request(operation, input): Answering {
      const whole = input as never
      if (operation === 'GenerateDataKey') return () => kms.generateDataKey(whole)
      if (operation === 'Encrypt') return () => kms.encrypt(whole)
      if (operation === 'Sign') return () => kms.sign(whole)
      if (operation === 'Verify') return () => kms.verify(whole)
      return () => kms.decrypt(whole)
    },
    send(request, done) {
      settle((request as Answering)(), done)
    },
  }
}

export function houseObjectCalls({ s3 }: Sealtrail, Bucket: string, keyId: string): ObjectCalls {
  return {
    put(Key, Body, encryption, done) {
      const put = s3.putObject({ Bucket, Key, Body, ...sseMembers(encryption, keyId) })
      settle(put as Promise<unknown>, (code) => done(code))
    },
    get(Key, encryption, _, done) {
      const customer = encryption === 'SSE-C' ? sseMembers(encryption, keyId) : {}
      settle(s3.getObject({ Bucket, Key, ...customer }).then(bodyOf), done)
    },
    list(Prefix, StartAfter, done) {
      const page = s3.listObjectsV2({
        Bucket,
        Prefix,
        ...(StartAfter === '' ? {} : { StartAfter }),
      })
      settle(page.then(keysOf), done)
    },
  }
}

/** By ingest into a trail's bucket. */
export function trailLogCalls(
  { cloudtrail, s3 }: Sealtrail,
  trail: string,
  Bucket: string,
): LogCalls {
  return {
    write(_, lines, done) {
      const batch = { batchBytes: BATCH_BYTES_MAX }
      settle(
        cloudtrail.ingest(trail, [lines], batch).then(() => undefined),
        done,
      )
    },
    list(StartAfter, done) {
      const after = StartAfter === '' ? {} : { StartAfter }
      const page = s3.listObjectsV2({ Bucket, Prefix: 'AWSLogs/', ...after })
      settle(
        page.then(keysOf).then((keys) => keys.filter((key) => key.endsWith('.json.gz'))),
        done,
      )
    },
    read(Key, done) {
      settle(
        s3
          .getObject({ Bucket, Key })
          .then(async (answer) => gunzip(await bodyOf(answer), UNPACKED)),
        done,
      )
    },
  }
}

export function directoryLogCalls(house: Sealtrail, folder: string, keyId: string): LogCalls {
  const contextOf = (name: string) => ({ 'sealtrail:file': name })
  const write = async (name: string, lines: Uint8Array): Promise<number> => {
    const options = { keyId, encryptionContext: contextOf(name), gzip: GZIP_LEVEL }
    const sealed = await house.seal(logFileOf(lines), options)
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    return await writeWholeFile(path, [sealed])
  }
  const read = async (name: string): Promise<Uint8Array> => {
    const sealed = await readFile(join(folder, name))
    return await house.open(sealed, { encryptionContext: contextOf(name), gunzip: UNPACKED })
  }
  const list = async (after: string): Promise<string[]> => {
    const files = await readdir(join(folder, dirname(logName(0)))).catch(() => [])
    const names = files.map((file) => join(dirname(logName(0)), file))
    return names.filter((name) => name > after).sort()
  }
  return {
    write: (number, lines, done) => settle(write(logName(number), lines), done),
    list: (after, done) => settle(list(after), done),
    read: (name, done) => settle(read(name), done),
  }
}

function settle<Answer>(promise: Promise<Answer>, done: Done<Answer>): void {
  promise.then(
    (answer) => done(undefined, answer),
    (error: unknown) => done(codeOf(error)),
  )
}

function codeOf(error: unknown): string {
  if (isSealtrailError(error)) return error.code
  const { code, name } = error as NodeJS.ErrnoException
  return code ?? name ?? 'Error'
}

async function bodyOf(answer: unknown): Promise<Uint8Array> {
  const { Body } = answer as { readonly Body: Uint8Array | Readable }
  return Body instanceof Uint8Array ? Body : await buffer(Body)
}

function keysOf(answer: unknown): string[] {
  const { Contents = [] } = answer as { readonly Contents?: ReadonlyArray<{ Key: string }> }
  return Contents.map(({ Key }) => Key)
}

function sseMembers(encryption: Encryption, keyId: string) {
  const kms = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyId } as const
  switch (encryption) {
    case 'none':
      return {}
    case 'SSE-S3':
      return { ServerSideEncryption: 'AES256' } as const
    case 'SSE-KMS':
      return kms
    case 'SSE-KMS-bucket-key':
      return { ...kms, BucketKeyEnabled: true }
    case 'SSE-C':
      return {
        ...{ SSECustomerAlgorithm: 'AES256', SSECustomerKey: CUSTOMER_KEY },
        SSECustomerKeyMD5: CUSTOMER_KEY_MD5,
      }
  }
}
