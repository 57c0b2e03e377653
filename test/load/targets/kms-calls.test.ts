/** Calls of a load over the wire: as what they say they are signed, and what comes back is read. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ServiceCaller } from '../../../src/load/targets/endpoint/caller.js'
import { kmsCalls } from '../../../src/load/targets/endpoint/json-calls.js'
import { asked, type KmsAnswer, type KmsCalls } from '../../../src/load/targets/target.js'
import { signRequest } from '../../../src/sigv4/sign-request.js'
import { Access } from '../../../src/upstream/client/access.js'

const ACCESS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'a-secret-of-a-test' }
const START = Date.UTC(2026, 0, 31, 23, 59, 58)

interface Come {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

let come: Come[] = []
let answer = ''
const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray())
  come.push({ headers: request.headers as Come['headers'], body })
  response.end(answer)
})
let caller: ServiceCaller
let kms: KmsCalls
let now = START

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  caller = new ServiceCaller({
    name: 'kms',
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    access: new Access(ACCESS, 'a test'),
    connections: 2,
    clock: { now: () => now, elapsed: () => 0 },
  })
  kms = kmsCalls(caller, undefined)
})
beforeEach(() => {
  come = []
  answer = '{}'
  now = START
})
afterAll(async () => {
  await caller.close()
  await new Promise((resolve) => server.close(resolve))
})

const send = (request: object) => asked<KmsAnswer>((done) => kms.send(request, done))

/** The header that {@link signRequest} makes of what came. */
function signatureOf({ headers, body }: Come, at: number): string {
  const [, names = ''] = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '') ?? []
  const signed = names.split(';').filter((name) => name !== 'x-amz-date')
  const request = {
    ...{ method: 'POST', path: '/', body },
    headers: Object.fromEntries(signed.map((name) => [name, headers[name]!])),
  }
  const signer = { ...ACCESS, region: 'us-east-1', service: 'kms', now: at }
  return signRequest(request, signer).authorization!
}

describe('a call that is repeated', () => {
  it('is signed as if it were the only one, in its second, the next one and the next day', async () => {
    const request = kms.request('Encrypt', { KeyId: 'alias/a', Plaintext: Buffer.from('text') })
    const times = [START, START + 999, START + 1000, START + 2000]
    for (now of times) await send(request)
    expect(come.map((one) => one.headers.authorization)).toEqual(
      come.map((one, i) => signatureOf(one, times[i]!)),
    )
    expect(new Set(come.map(({ headers }) => headers['x-amz-date']))).toEqual(
      new Set(['20260131T235958Z', '20260131T235959Z', '20260201T000000Z']),
    )
  })

  it('has a signature of its own beside another of the same second', async () => {
    for (const KeyId of ['alias/a', 'alias/b', 'alias/a']) {
      await send(kms.request('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }))
    }
    const [a, b, again] = come.map(({ headers }) => headers.authorization)
    expect(a).not.toBe(b)
    expect(a).toBe(again)
  })
})

describe('an answer', () => {
  it('has the bytes and the claims that are in it, and no others', async () => {
    answer = JSON.stringify({ Plaintext: 'dGV4dA==', SignatureValid: true, CiphertextBlob: 7 })
    const { Plaintext, CiphertextBlob, Signature, SignatureValid } = await send(
      kms.request('Decrypt', { CiphertextBlob: Buffer.alloc(8) }),
    )
    expect(Buffer.from(Plaintext!).toString()).toBe('text')
    expect([CiphertextBlob, Signature, SignatureValid]).toEqual([undefined, undefined, true])
  })

  it.each(['', 'no JSON', 'null', '[]', '"text"'])('has nothing that is %j', async (text) => {
    answer = text
    const { Plaintext, SignatureValid } = await send(
      kms.request('Decrypt', { CiphertextBlob: Buffer.alloc(8) }),
    )
    expect([Plaintext, SignatureValid]).toEqual([undefined, undefined])
  })
})
