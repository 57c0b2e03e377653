/** Whose calls the addon repeats: those of who signed the first, and nobody else's. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadAddon } from '../../src/engine/native/addon.js'
import { Lane } from '../../src/http/front/lane.js'
import { openSealtrail, type Sealtrail } from '../../src/index.js'
import type { Listening } from '../../src/listen.js'
import { signRequest } from '../../src/sigv4/sign-request.js'

const REGION = 'eu-central-1'
const [ALICE, MALLORY, BORROWED] = [
  {
    accessKeyId: 'AKIAALICEALICEALICE1',
    secretAccessKey: 'alicealicealicealice',
    account: '111111111111',
  },
  {
    accessKeyId: 'AKIAMALLORYMALLORY11',
    secretAccessKey: 'mallorymallorymallory',
    account: '222222222222',
  },
  {
    accessKeyId: 'ASIABORROWEDBORROWED',
    secretAccessKey: 'borrowedborrowedborro',
    account: '111111111111',
    sessionToken: 'a-token-that-must-be-there',
  },
] as const

type Who = (typeof ALICE | typeof MALLORY | typeof BORROWED) & { readonly sessionToken?: string }

describe.runIf(loadAddon() !== undefined)('a lane', () => {
  let folder: string
  let house: Sealtrail
  let server: Listening
  let heard: number

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sealtrail-signers-'))
    const dataDir = join(folder, 'data')
    mkdirSync(dataDir, { mode: 0o700 })
    const sections = [ALICE, MALLORY, BORROWED].map((who: Who) =>
      [
        `[${who.accessKeyId}]`,
        `aws_access_key_id = ${who.accessKeyId}`,
        `aws_secret_access_key = ${who.secretAccessKey}`,
        ...(who.sessionToken === undefined ? [] : [`aws_session_token = ${who.sessionToken}`]),
        `sealtrail_account = ${who.account}`,
      ].join('\n'),
    )
    writeFileSync(join(dataDir, 'credentials'), `${sections.join('\n')}\n`, { mode: 0o600 })
    house = await openSealtrail({ dataDir, engine: 'native' })
    server = await house.listen({ port: 0, front: 'native' })
    heard = 0
    const listener = Lane.prototype.listener
    vi.spyOn(Lane.prototype, 'listener').mockImplementation(function (this: Lane) {
      heard++
      return listener.call(this)
    })
  })

  afterEach(async () => {
    vi.restoreAllMocks()
    await server.close()
    await house.close()
    rmSync(folder, { recursive: true })
  })

  async function call(
    who: Who,
    operation: string,
    input: object,
    change: (headers: Record<string, string>) => void = () => undefined,
    { withToken = true } = {},
  ): Promise<{ status: number; json: Record<string, string> }> {
    const body = JSON.stringify(input)
    const { accessKeyId, secretAccessKey } = who
    const token = who.sessionToken !== undefined && withToken
    const signed = signRequest(
      {
        method: 'POST',
        path: '/',
        headers: {
          host: new URL(server.url).host,
          'x-amz-target': `TrentService.${operation}`,
          ...(token ? { 'x-amz-security-token': who.sessionToken! } : {}),
        },
        body: Buffer.from(body),
      },
      { accessKeyId, secretAccessKey, region: REGION, service: 'kms', now: Date.now() },
    )
    const { host: _, ...headers } = { ...signed }
    change(headers)
    const response = await fetch(server.url, { method: 'POST', headers, body })
    const text = await response.text()
    return { status: response.status, json: text === '' ? {} : JSON.parse(text) }
  }

  async function keyOf(who: Who): Promise<string> {
    const { json } = await call(who, 'CreateKey', {})
    await new Promise((resolve) => setTimeout(resolve, 5))
    return (json.KeyMetadata as unknown as { KeyId: string }).KeyId
  }

  it('files nothing under a name that its signer did not sign with', async () => {
    const aliceKey = await keyOf(ALICE)
    const malloryKey = await keyOf(MALLORY)
    for (const [who, key] of [
      [ALICE, aliceKey],
      [MALLORY, malloryKey],
    ] as const) {
      await call(who, 'CreateAlias', { AliasName: 'alias/app', TargetKeyId: key })
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
    const input = { KeyId: 'alias/app', KeySpec: 'AES_256' }
    for (let i = 0; i < 3; i++) await call(ALICE, 'GenerateDataKey', input)
    const scope = (headers: Record<string, string>) =>
      /Credential=[^/]+\/([^,]+),/.exec(headers.authorization!)![1]!
    for (let i = 0; i < 3; i++) {
      await call(MALLORY, 'GenerateDataKey', input, (headers) => {
        const claimed = `Xredential=${ALICE.accessKeyId}/${scope(headers)}`
        headers.authorization = headers.authorization!.replace(
          'AWS4-HMAC-SHA256 ',
          `AWS4-HMAC-SHA256 ${claimed}, `,
        )
      })
    }
    const { json } = await call(ALICE, 'GenerateDataKey', input)
    expect(json.KeyId).toContain(`:${ALICE.account}:key/${aliceKey}`)
  })

  it('repeats no call of a session, with its token or without', async () => {
    const KeyId = await keyOf(ALICE)
    const input = { KeyId, KeySpec: 'AES_256' }
    for (let i = 0; i < 3; i++) {
      expect((await call(BORROWED, 'GenerateDataKey', input)).status).toBe(200)
    }
    heard = 0
    const without = await call(BORROWED, 'GenerateDataKey', input, undefined, { withToken: false })
    expect(without.status).toBe(400)
    expect((await call(BORROWED, 'GenerateDataKey', input)).status).toBe(200)
    expect(heard).toBe(2)
  })

  it('that opens while a fact changes admits nothing until it has changed', async () => {
    const KeyId = await keyOf(ALICE)
    const input = { KeyId, KeySpec: 'AES_256' }
    const as = house.as({ account: ALICE.account, region: REGION, identity: { type: 'Root' } })
    await server.close()
    for (let i = 0; i < 20; i++) {
      const disabling = as.kms.disableKey({ KeyId })
      server = await house.listen({ port: 0, front: 'native' })
      const calls = Array.from({ length: 4 }, () => call(ALICE, 'GenerateDataKey', input))
      await disabling
      await Promise.all(calls)
      for (let n = 0; n < 3; n++) {
        expect((await call(ALICE, 'GenerateDataKey', input)).status).toBe(400)
      }
      await as.kms.enableKey({ KeyId })
      await server.close()
    }
    server = await house.listen({ port: 0, front: 'native' })
  })

  it('ends with the thread that opened it, while it is under load, and nothing else does', async () => {
    const index = JSON.stringify(new URL('../../dist/index.js', import.meta.url))
    const script = `
      import { parentPort, workerData } from 'node:worker_threads'
      const { openSealtrail } = await import(${index})
      const house = await openSealtrail({ dataDir: workerData, engine: 'native' })
      await house.listen({ port: 0, front: 'native' })
      const { KeyId } = (await house.kms.createKey()).KeyMetadata
      parentPort.postMessage('open')
      for (;;) await Promise.all(Array.from({ length: 50 }, () => house.kms.generateDataKey({ KeyId, KeySpec: 'AES_256' })))`
    const url = new URL(`data:text/javascript,${encodeURIComponent(script)}`)
    for (let i = 0; i < 3; i++) {
      const worker = new Worker(url, { workerData: join(folder, `worker-${i}`) })
      await new Promise((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
      })
      await new Promise((resolve) => setTimeout(resolve, 30))
      await worker.terminate()
    }
    expect((await call(ALICE, 'ListKeys', {})).status).toBe(200)
  })
})
