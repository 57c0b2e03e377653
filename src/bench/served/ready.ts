/**
 * A server that is started and has what is asked of it: a key, and data keys under it; and whether it answers as it should.
 *
 * @module
 */
import { type AccessKey, BENCH_KEY_ID, BENCH_REGION } from '../user.js'
import { Connection } from './connection.js'
import { type Addressee, requestText } from './requests.js'
import { type ServerWanted, type StartedServer, startServer } from './servers.js'

export const CONTEXT = { tenant: 'acme', 'aws:s3:arn': 'arn:aws:s3:::logs/AWSLogs/1' }
const YES = Buffer.from('answered as it should be')
/** Different data keys, which are asked for in turns. */
const DATA_KEYS = 64

export interface Ready extends Pick<StartedServer, 'newestRecord'> {
  readonly name: string
  readonly kind: ServerWanted['kind']
  readonly addressee: Addressee
  readonly keyId: string
  readonly blobs: readonly string[]
}

/** @throws Error when it does not start, or does not answer. */
export async function ready(
  name: string,
  wanted: ServerWanted,
  accessKey: AccessKey,
  closers: Array<() => unknown>,
): Promise<Ready> {
  const { url, newestRecord, stop } = await startServer(wanted)
  closers.push(stop)
  const { kind } = wanted
  const addressee = { url, region: BENCH_REGION, ...accessKey }
  const server = { name, kind, addressee, newestRecord }
  if (kind === 'echo') return { ...server, keyId: BENCH_KEY_ID, blobs: blobsOfNobody() }
  return await once(addressee, async (call) => {
    const keyId = kind === 'plain' ? await madeKey(call) : BENCH_KEY_ID
    const blobs: string[] = []
    for (let i = 0; i < DATA_KEYS; i++) {
      const input = { KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: CONTEXT }
      const { CiphertextBlob } = await call('GenerateDataKey', input)
      blobs.push(String(CiphertextBlob))
    }
    return { ...server, keyId, blobs }
  })
}

async function madeKey(call: Call): Promise<string> {
  const { KeyMetadata } = await call('CreateKey', {})
  return (KeyMetadata as { readonly KeyId: string }).KeyId
}

/** As long as ours. */
function blobsOfNobody(): string[] {
  return Array.from({ length: DATA_KEYS }, (_, i) => Buffer.alloc(128, i).toString('base64'))
}

/** What was wrapped comes back, and the call that brought it is on record; of node:http alone, what was sent. */
export async function checked(server: Ready): Promise<Uint8Array> {
  const { kind, addressee, keyId, newestRecord } = server
  return await once(addressee, async (call) => {
    const input = { KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: CONTEXT }
    const made = await call('GenerateDataKey', input)
    if (kind === 'echo') return isAlike(made, input) ? YES : Buffer.from('not what was sent')
    const opened = await call('Decrypt', {
      CiphertextBlob: made.CiphertextBlob,
      EncryptionContext: CONTEXT,
    })
    if (typeof made.Plaintext !== 'string' || opened.Plaintext !== made.Plaintext) {
      return Buffer.from('not what was wrapped')
    }
    if (kind === 'plain') return YES
    const record = await newestRecord()
    return record.includes('"eventName":"Decrypt"') ? YES : Buffer.from('not recorded')
  })
}

function isAlike(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

type Call = (operation: string, input: object) => Promise<Readonly<Record<string, unknown>>>

/** @throws Error when a call is not answered well. */
async function once<T>(addressee: Addressee, work: (call: Call) => Promise<T>): Promise<T> {
  const connection = await Connection.open(portOf(addressee))
  try {
    return await work(async (operation, input) => {
      const request = Buffer.from(requestText(addressee, operation, input), 'latin1')
      const { status, body } = await connection.ask(request)
      if (status !== '200') throw new Error(`${operation} is answered with ${status}: ${body}`)
      return JSON.parse(body) as Readonly<Record<string, unknown>>
    })
  } finally {
    connection.close()
  }
}

export function portOf({ url }: Addressee): number {
  return Number(new URL(url).port)
}
