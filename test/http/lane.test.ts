/**
 * Calls that the addon answers by itself, beside the same calls answered by JavaScript: one house with two ports, of
 * which one has a lane.
 */
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import * as fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadAddon } from '../../src/engine/native/addon.js'
import { Lane } from '../../src/http/front/lane.js'
import { loadCredentials } from '../../src/iam/credentials-file.js'
import { openSealtrail, type Sealtrail } from '../../src/index.js'
import type { Listening } from '../../src/listen.js'
import { signRequest } from '../../src/sigv4/sign-request.js'
import { formatTimestamp } from '../../src/sigv4/timestamp.js'
import { fuzz } from '../support/fuzz.js'
import { RawClient, requestText } from '../support/http.js'
import { readCredentials } from '../support/serve.js'

const REGION = 'eu-central-1'
const CONTEXT = { tenant: 'acme', 'aws:s3:arn': 'arn:aws:s3:::logs/1' }

interface Access {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

interface Call {
  readonly operation: string
  /** As it goes out. */
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  readonly now?: number
  readonly spoil?: (headers: Record<string, string>) => void
}

interface Reply {
  readonly status: number
  readonly head: readonly string[]
  readonly text: string
  readonly json: Readonly<Record<string, string>>
}

function signed(port: number, access: Access, call: Call): Record<string, string> {
  const { operation, body, now = Date.now(), spoil } = call
  const headers = signRequest(
    {
      method: 'POST',
      path: '/',
      headers: {
        host: `127.0.0.1:${port}`,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `TrentService.${operation}`,
        'user-agent': 'a client/1.0',
        ...call.headers,
      },
      body: Buffer.from(body),
    },
    { ...access, region: REGION, service: 'kms', now },
  )
  const own = { ...headers }
  spoil?.(own)
  return own
}

async function ask(client: RawClient, port: number, access: Access, call: Call): Promise<Reply> {
  client.received = ''
  client.write(Buffer.from(requestText(signed(port, access, call), call.body)))
  const text = await client.until(/\r\n\r\n/)
  const [head = ''] = text.split('\r\n\r\n')
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1])
  while (client.received.length < head.length + 4 + length) await client.until(/$/).then(pause)
  const body = client.received.slice(head.length + 4)
  const [status = '', ...lines] = head.split('\r\n')
  return {
    status: Number(status.split(' ')[1]),
    head: lines,
    text: body,
    json: body === '' ? {} : JSON.parse(body),
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1))
}

/** What may be another in two answers that are alike. */
function sameOf({ status, head, json }: Reply): object {
  const lines = head.map((line) => line.replace(/^(x-amzn-RequestId|Date): .*/i, '$1'))
  const made = Object.fromEntries(
    Object.entries(json).map(([name, value]) => [
      name,
      name === 'CiphertextBlob' ? value.length : value,
    ]),
  )
  return { status, lines, made }
}

function idOf({ head }: Reply): string {
  return head.find((line) => /^x-amzn-requestid/i.test(line))!.slice(18)
}

if (loadAddon() === undefined) {
  process.stderr.write('not tested: the lane, for want of an addon\n')
} else {
  let folder: string
  let house: Sealtrail
  let laned: Listening
  let plain: Listening
  let access: Access
  let keyId: string
  let clients: Array<{ client: RawClient; port: number }>
  /** Requests that came to JavaScript on the port with the lane. */
  let heard: number

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sealtrail-lane-'))
    house = await openSealtrail({ dataDir: join(folder, 'data'), engine: 'native' })
    laned = await house.listen({ port: 0, front: 'native', bodyBytesMax: 5000 })
    const credentials = await loadCredentials(join(folder, 'data'), '000000000000')
    plain = await house.listen({
      ...{ port: 0, front: 'native', bodyBytesMax: 5000 },
      find: credentials.find,
    })
    access = readCredentials(join(folder, 'data'))
    const listener = Lane.prototype.listener
    vi.spyOn(Lane.prototype, 'listener').mockImplementation(function (this: Lane) {
      heard++
      return listener.call(this)
    })
  })

  afterAll(async () => {
    vi.restoreAllMocks()
    await laned.close()
    await plain.close()
    await house.close()
    rmSync(folder, { recursive: true })
  })

  beforeEach(async () => {
    heard = 0
    clients = [laned, plain].map(({ url }) => {
      const port = Number(new URL(url).port)
      return { client: new RawClient(port), port }
    })
    const reply = await byJavaScript({ operation: 'CreateKey', body: '{}' })
    keyId = (reply.json.KeyMetadata as unknown as { KeyId: string }).KeyId
    await settled()
  })

  afterEach(() => {
    for (const { client } of clients) client.close()
  })

  /** Facts that have changed are taken in a moment later. */
  async function settled(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }

  function byLane(call: Call): Promise<Reply> {
    return ask(clients[0]!.client, clients[0]!.port, access, call)
  }

  function byJavaScript(call: Call): Promise<Reply> {
    return ask(clients[1]!.client, clients[1]!.port, access, call)
  }

  async function blobOf(context: object | undefined): Promise<string> {
    const EncryptionContext = context === undefined ? {} : { EncryptionContext: context }
    const body = JSON.stringify({ KeyId: keyId, KeySpec: 'AES_256', ...EncryptionContext })
    return (await byJavaScript({ operation: 'GenerateDataKey', body })).json.CiphertextBlob!
  }

  async function recordOf(reply: Reply): Promise<Record<string, unknown>> {
    const id = idOf(reply)
    const all = await house.as({ ...house.caller, region: REGION }).records({ limit: 20 })
    const own = all.filter(({ record }) => record.includes(id))
    expect(own).toHaveLength(1)
    const { eventID, eventTime, requestID, ...same } = JSON.parse(own[0]!.record)
    expect(eventID).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(Math.abs(Date.parse(eventTime) - Date.now())).toBeLessThan(30_000)
    expect(requestID).toBe(id)
    // Their order counts, too.
    return { text: JSON.stringify(same), names: Object.keys(JSON.parse(own[0]!.record)) }
  }

  /** The answer of the lane, if it gives one: now and then it is cleared, and JavaScript answers first. */
  async function repeated(call: Call): Promise<{ heard: number; reply: Reply }> {
    for (let tries = 0; ; tries++) {
      heard = 0
      const reply = await byLane(call)
      if (heard === 0 || tries === 4) return { heard, reply }
    }
  }

  /** Answers and records of both ports are alike; says whether JavaScript heard of it on the one with the lane. */
  async function compare(call: Call): Promise<{ heard: number; reply: Reply }> {
    const { heard, reply } = await repeated(call)
    const beside = await byJavaScript(call)
    expect(sameOf(reply)).toEqual(sameOf(beside))
    expect(await recordOf(reply)).toEqual(await recordOf(beside))
    return { heard, reply }
  }

  describe('a call that repeats another', () => {
    it.each([
      ['without a context', undefined],
      ['with an empty context', {}],
      ['with a context', CONTEXT],
      ['with a context that is not in order', { z: '1', a: '2', B: '3' }],
    ])('of Decrypt %s is answered and recorded as by JavaScript', async (_what, context) => {
      const CiphertextBlob = await blobOf(context)
      const body = { CiphertextBlob, ...(context && { EncryptionContext: context }) }
      const { heard, reply } = await compare({ operation: 'Decrypt', body: JSON.stringify(body) })
      expect(heard).toBe(0)
      expect(reply.json.Plaintext).toHaveLength(44)
    })

    it.each(['its id', 'its ARN', 'an alias'])(
      'of Decrypt may name the key by %s',
      async (what) => {
        const CiphertextBlob = await blobOf(undefined)
        const arn = `arn:aws:kms:${REGION}:000000000000:key/${keyId}`
        const alias = `alias/a-${keyId}`
        const body = JSON.stringify({ AliasName: alias, TargetKeyId: keyId })
        await byJavaScript({ operation: 'CreateAlias', body })
        await settled()
        const KeyId = what === 'its id' ? keyId : what === 'its ARN' ? arn : alias
        const call = { operation: 'Decrypt', body: JSON.stringify({ KeyId, CiphertextBlob }) }
        expect((await compare(call)).heard).toBe(0)
      },
    )

    it.each(['AES_256', 'AES_128'])('of GenerateDataKey makes another key, %s', async (KeySpec) => {
      const body = JSON.stringify({ KeyId: keyId, KeySpec, EncryptionContext: CONTEXT })
      const call = { operation: 'GenerateDataKey', body }
      const first = await repeated(call)
      const { heard, reply } = await repeated(call)
      const [other, beside] = [await byLane(call), await byJavaScript(call)]
      expect([first.heard, heard]).toEqual([0, 0])
      expect({ ...(sameOf(reply) as { made: object }).made, Plaintext: 0 }).toEqual({
        ...(sameOf(beside) as { made: object }).made,
        Plaintext: 0,
      })
      expect(await recordOf(reply)).toEqual(await recordOf(beside))
      const keys = new Set([first.reply, reply, other].map(({ json }) => json.Plaintext))
      expect(keys.size).toBe(3)
      for (const { json } of [reply, other]) {
        const { CiphertextBlob, Plaintext } = json
        const opening = JSON.stringify({ CiphertextBlob, EncryptionContext: CONTEXT })
        const opened = await byJavaScript({ operation: 'Decrypt', body: opening })
        expect(opened.json.Plaintext).toBe(Plaintext)
      }
    })

    it('may have blanks between its members, as boto3 writes them', async () => {
      const CiphertextBlob = await blobOf({ a: 'b' })
      const body = `{"CiphertextBlob": "${CiphertextBlob}", "EncryptionContext": {"a": "b"}}\n`
      expect((await compare({ operation: 'Decrypt', body })).heard).toBe(0)
    })

    it('ends its connection when that was asked for', async () => {
      const CiphertextBlob = await blobOf(undefined)
      const body = JSON.stringify({ CiphertextBlob })
      const spoil = (own: object) => Object.assign(own, { connection: 'close' })
      await repeated({ operation: 'Decrypt', body })
      heard = 0
      const reply = await byLane({ operation: 'Decrypt', body, spoil })
      expect(heard).toBeLessThanOrEqual(1)
      expect(reply.head).toContain('Connection: close')
      await clients[0]!.client.closed()
    })

    it('leaves a record for each answer, however many come at once', async () => {
      const CiphertextBlob = await blobOf(CONTEXT)
      const body = JSON.stringify({ CiphertextBlob, EncryptionContext: CONTEXT })
      await byLane({ operation: 'Decrypt', body })
      const port = clients[0]!.port
      const ids = new Set<string>()
      const rounds = Array.from({ length: 16 }, async () => {
        const client = new RawClient(port)
        for (let i = 0; i < 40; i++) {
          const reply = await ask(client, port, access, { operation: 'Decrypt', body })
          expect(reply.status).toBe(200)
          ids.add(idOf(reply))
        }
        client.close()
      })
      await Promise.all(rounds)
      expect(ids.size).toBe(640)
      const own = house.as({ ...house.caller, region: REGION })
      const records = await own.records({ limit: 1000, eventName: 'Decrypt' })
      const recorded = records.map(({ record }) => JSON.parse(record).requestID as string)
      expect(recorded.filter((id) => ids.has(id))).toHaveLength(640)
    })
  })

  describe('a call that is not the same', () => {
    const spoiled: ReadonlyArray<[string, Omit<Call, 'operation' | 'body'>]> = [
      [
        'with a wrong signature',
        {
          spoil: (own) => {
            own.authorization = own.authorization!.replace(/.$/, (c) => (c === '0' ? '1' : '0'))
          },
        },
      ],
      ['of an hour ago', { now: Date.now() - 3_600_000 }],
      ['of the day before', { now: Date.now() - 86_400_000 }],
      [
        'whose date was changed',
        {
          spoil: (own) => {
            own['x-amz-date'] = formatTimestamp(Date.now() - 60_000)
          },
        },
      ],
      [
        'of an access key that nobody has',
        {
          spoil: (own) => {
            own.authorization = own.authorization!.replace(/AKIA\w+/, 'AKIAIOSFODNN7EXAMPLE')
          },
        },
      ],
      ['with a session token', { headers: { 'x-amz-security-token': 'x' } }],
      [
        'with an x-amz header that is not signed',
        {
          spoil: (own) => {
            own['x-amz-more'] = 'x'
          },
        },
      ],
      ['of more than a quarter of an hour ago', { now: Date.now() - 900_600 }],
      ['with the hash of another body', { headers: { 'x-amz-content-sha256': '0'.repeat(64) } }],
    ]

    it('of temporary credentials is always JavaScript’s, and refused without its token', async () => {
      const { url } = laned
      const sts = new STSClient({ endpoint: url, region: REGION, credentials: access })
      const { Credentials } = await sts.send(new GetSessionTokenCommand({}))
      const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!
      const session = { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey! }
      const body = JSON.stringify({ CiphertextBlob: await blobOf(undefined) })
      const call = { operation: 'Decrypt', body }
      const askAs = (who: Access & { sessionToken?: string }) =>
        ask(clients[0]!.client, clients[0]!.port, who, call)
      heard = 0
      for (let i = 1; i <= 3; i++) {
        const reply = await askAs({ ...session, sessionToken: SessionToken! })
        expect([reply.status, heard]).toEqual([200, i])
      }
      const refused = await askAs(session)
      expect(refused.json).toMatchObject({ __type: 'UnrecognizedClientException' })
    })

    it.each(spoiled)('%s is refused as JavaScript refuses it', async (_what, change) => {
      const CiphertextBlob = await blobOf(undefined)
      const call = { operation: 'Decrypt', body: JSON.stringify({ CiphertextBlob }) }
      expect((await byLane(call)).status).toBe(200)
      heard = 0
      const [reply, beside] = [
        await byLane({ ...call, ...change }),
        await byJavaScript({ ...call, ...change }),
      ]
      expect(heard).toBe(1)
      expect(reply.status).toBeGreaterThanOrEqual(400)
      expect(sameOf(reply)).toEqual(sameOf(beside))
    })

    it.each<[string, (blob: string) => string]>([
      ['in another context', (b) => `{"CiphertextBlob":"${b}","EncryptionContext":{"a":"c"}}`],
      [
        'in a context twice over',
        (b) => `{"CiphertextBlob":"${b}","EncryptionContext":{"a":"b","a":"b"}}`,
      ],
      [
        'with the blob twice',
        (b) => `{"CiphertextBlob":"${b}","CiphertextBlob":"${b}","EncryptionContext":{"a":"b"}}`,
      ],
      [
        'with the context twice',
        (b) =>
          `{"CiphertextBlob":"${b}","EncryptionContext":{"a":"b"},"EncryptionContext":{"a":"b"}}`,
      ],
      [
        'with a flipped bit',
        (b) =>
          `{"CiphertextBlob":"${b.slice(0, 90)}${b[90] === 'A' ? 'B' : 'A'}${b.slice(91)}","EncryptionContext":{"a":"b"}}`,
      ],
      ['cut short', (b) => `{"CiphertextBlob":"${b.slice(0, -8)}","EncryptionContext":{"a":"b"}}`],
      [
        'in no base64',
        (b) => `{"CiphertextBlob":"${b.slice(0, -1)}!","EncryptionContext":{"a":"b"}}`,
      ],
      ['that is no object', (b) => `["${b}"]`],
      [
        'with something behind it',
        (b) => `{"CiphertextBlob":"${b}","EncryptionContext":{"a":"b"}}x`,
      ],
      ['that ends too early', (b) => `{"CiphertextBlob":"${b}","EncryptionContext":{"a":"b"}`],
      [
        'as a dry run',
        (b) => `{"CiphertextBlob":"${b}","EncryptionContext":{"a":"b"},"DryRun":true}`,
      ],
      [
        'with a grant token',
        (b) => `{"CiphertextBlob":"${b}","EncryptionContext":{"a":"b"},"GrantTokens":["x"]}`,
      ],
      [
        'for another key',
        (b) =>
          `{"CiphertextBlob":"${b}","EncryptionContext":{"a":"b"},"KeyId":"1234abcd-12ab-34cd-56ef-1234567890ab"}`,
      ],
      [
        'with a form feed between its members',
        (b) => `{\f"CiphertextBlob":"${b}","EncryptionContext":{"a":"b"}}`,
      ],
      [
        'longer than bodies may be',
        (b) => `{"CiphertextBlob":"${b}",${' '.repeat(6000)}"EncryptionContext":{"a":"b"}}`,
      ],
      [
        'of a key spec',
        (b) => `{"CiphertextBlob":"${b}","EncryptionContext":{"a":"b"},"KeySpec":"AES_256"}`,
      ],
    ])("of Decrypt %s is JavaScript's", async (_what, bodyOf) => {
      const blob = await blobOf({ a: 'b' })
      const good = `{"CiphertextBlob":"${blob}","EncryptionContext":{"a":"b"}}`
      expect((await byLane({ operation: 'Decrypt', body: good })).status).toBe(200)
      heard = 0
      const call = { operation: 'Decrypt', body: bodyOf(blob) }
      const [reply, beside] = [await byLane(call), await byJavaScript(call)]
      expect(heard).toBe(1)
      expect(sameOf(reply)).toEqual(sameOf(beside))
    })

    it.each<[string, string]>([
      ['an escape', '{"a":"\\u0062"}'],
      ['letters that are not ASCII', '{"ä":"🙂"}'],
      ['a name that is a number', '{"10":"x","9":"y"}'],
      ['__proto__', '{"__proto__":"x"}'],
    ])("of Decrypt with %s in its context is JavaScript's, and served", async (_what, context) => {
      const made = {
        operation: 'GenerateDataKey',
        body: `{"KeyId":"${keyId}","KeySpec":"AES_256","EncryptionContext":${context}}`,
      }
      const blob = (await byJavaScript(made)).json.CiphertextBlob
      const call = {
        operation: 'Decrypt',
        body: `{"CiphertextBlob":"${blob}","EncryptionContext":${context}}`,
      }
      const { heard, reply } = await compare(call)
      expect(heard).toBe(1)
      expect(reply.status).toBe(200)
    })

    const text = fc.string({
      unit: fc.constantFrom('a', 'b', '1', ' ', '"', '\\', '\t', 'é', '{', ':', ','),
    })
    const alike = fc.record({
      context: fc.dictionary(text, text, { maxKeys: 3 }),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      put: fc.constantFrom('', '"', '{', '}', ',', ' ', 'a', '\\', ':', '\u0001'),
      without: fc.nat(2),
      isSpoiled: fc.boolean(),
    })
    fuzz(
      alike,
      'is answered as JavaScript answers it',
      async ({ context, at, put, without, isSpoiled }) => {
        const blob = await blobOf(context)
        const good = JSON.stringify({ CiphertextBlob: blob, EncryptionContext: context })
        await byLane({ operation: 'Decrypt', body: good })
        const place = Math.floor(at * good.length)
        const body = isSpoiled ? good.slice(0, place) + put + good.slice(place + without) : good
        const call = { operation: 'Decrypt', body }
        expect(sameOf(await byLane(call))).toEqual(sameOf(await byJavaScript(call)))
      },
    )
  })

  describe('a fact that changes', () => {
    it('is seen by every call that begins after it was told', async () => {
      const CiphertextBlob = await blobOf(undefined)
      const decrypt = { operation: 'Decrypt', body: JSON.stringify({ CiphertextBlob }) }
      const switching = { body: JSON.stringify({ KeyId: keyId }) }
      const port = clients[0]!.port
      let isOver = false
      let served = 0
      const others = Array.from({ length: 6 }, async () => {
        const client = new RawClient(port)
        while (!isOver) {
          if ((await ask(client, port, access, decrypt)).status === 200) served++
        }
        client.close()
      })
      for (let i = 0; i < 60; i++) {
        expect((await byJavaScript({ operation: 'DisableKey', ...switching })).status).toBe(200)
        const refused = await Promise.all([byLane(decrypt), byJavaScript(decrypt)])
        for (const reply of refused) expect(reply.text).toContain('DisabledException')
        expect((await byJavaScript({ operation: 'EnableKey', ...switching })).status).toBe(200)
        expect((await byLane(decrypt)).status).toBe(200)
        await settled()
      }
      isOver = true
      await Promise.all(others)
      expect(served).toBeGreaterThan(60)
    })

    it('ends what was admitted, and the next call is admitted again', async () => {
      const CiphertextBlob = await blobOf(undefined)
      const decrypt = { operation: 'Decrypt', body: JSON.stringify({ CiphertextBlob }) }
      expect((await repeated(decrypt)).heard).toBe(0)
      await byJavaScript({ operation: 'CreateKey', body: '{}' })
      await settled()
      heard = 0
      await byLane(decrypt)
      expect(heard).toBe(1)
      expect((await repeated(decrypt)).heard).toBe(0)
    })
  })
}

/** A house with a lane that repeats `call`, in a folder of its own. */
async function repeatingHouse() {
  const folder = mkdtempSync(join(tmpdir(), 'sealtrail-lane-'))
  const dataDir = join(folder, 'data')
  const house = await openSealtrail({ dataDir, engine: 'native' })
  const server = await house.listen({ port: 0, front: 'native' })
  const port = Number(new URL(server.url).port)
  const access = readCredentials(dataDir)
  const client = new RawClient(port)
  const answer = (call: Call) => ask(client, port, access, call)
  const created = await answer({ operation: 'CreateKey', body: '{}' })
  const { KeyId } = created.json.KeyMetadata as unknown as { KeyId: string }
  const body = JSON.stringify({ KeyId, KeySpec: 'AES_256' })
  const call = { operation: 'GenerateDataKey', body }
  await pause()
  for (let i = 0; i < 5; i++) expect((await answer(call)).status).toBe(200)
  const close = async () => {
    client.close()
    await server.close()
    await house.close()
  }
  return { folder, dataDir, answer, call, close }
}

describe.runIf(loadAddon() !== undefined)('a house whose directory is gone', () => {
  it('answers nothing more by its lane either', async () => {
    const { folder, dataDir, answer, call, close } = await repeatingHouse()
    renameSync(dataDir, join(folder, 'elsewhere'))
    const reply = await answer(call)
    expect(reply.status).toBe(500)
    expect(reply.json).not.toHaveProperty('Plaintext')
    expect(readdirSync(folder)).not.toContain('data')
    await close()
    rmSync(folder, { recursive: true })
  })

  it('lets go of every key when it is closed', async () => {
    const before = loadAddon()!.keysInUse()
    const { folder, close } = await repeatingHouse()
    await close()
    await expect.poll(() => loadAddon()!.keysInUse()).toBe(before)
    rmSync(folder, { recursive: true })
  })
})
