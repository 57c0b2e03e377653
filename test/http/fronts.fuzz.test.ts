/**
 * What no good client sends, to both fronts: the native one serves nothing that node:http refuses, and nothing in
 * another way.
 *
 * Refusing more is allowed, as a request that is in doubt is better refused: then its answer and all that follow are
 * one 400, or one 431.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { loadAddon } from '../../src/engine/native/addon.js'
import { bytesNear, fuzz } from '../support/fuzz.js'
import { fakeKms, RawClient, startTestServer, type TestServer } from '../support/http.js'

const AUTHORIZATION =
  'authorization: AWS4-HMAC-SHA256 Credential=111122223333/20260102/eu-central-1/kms/aws4_request, SignedHeaders=host;x-amz-date, Signature=0\r\nx-amz-date: 20260102T030405Z\r\n'
const TARGET = 'x-amz-target: TrentService.ListKeys\r\n'
const HEAD = `POST / HTTP/1.1\r\nhost: localhost\r\n${TARGET}${AUTHORIZATION}`
const GET = 'GET /_sealtrail/health/live HTTP/1.1\r\nhost: localhost\r\n'
const valid = [
  `${GET}\r\n`,
  `${GET}a: b\r\n\r\n${GET}connection: close\r\n\r\n`,
  `${HEAD}content-length: 13\r\n\r\n{"Limit": 123}${GET}\r\n`,
  `${HEAD}transfer-encoding: chunked\r\n\r\n8\r\n{"Limit"\r\n5;x=y\r\n: 12}\r\n0\r\n\r\n${GET}\r\n`,
  `${HEAD}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\na: b\r\n\r\n`,
  `${HEAD}expect: 100-continue\r\ncontent-length: 2\r\n\r\n{}`,
  `POST http://localhost/ HTTP/1.0\r\n${TARGET}${AUTHORIZATION}content-length: 2\r\n\r\n{}`,
].map((text) => Buffer.from(text))
/** How often two fronts are looked at before they count as telling another thing: a busy machine takes its time. */
const LOOKS_MAX = 300

interface Asked {
  readonly server: TestServer
  /** What the key service was asked. */
  readonly inputs: unknown[]
}

interface Told {
  readonly statuses: readonly string[]
  readonly inputs: readonly unknown[]
}

/** The status of each answer so far, and what the key service was asked. */
function toldBy({ received }: RawClient, { inputs }: Asked): Told {
  return { statuses: received.match(/(?<=HTTP\/1\.1 )[2-5]\d\d(?= [A-Z])/g) ?? [], inputs }
}

const REFUSAL = /^4(00|31)$/

/** What is wrong with `native` beside `node`. */
function faultOf(native: Told, node: Told): string | undefined {
  const isSameAsked = isDeepStrictEqual(native.inputs, node.inputs)
  // node:http gives up what is in flight when it refuses what comes behind.
  const isGivenUp = node.statuses.join() === '400' && native.statuses.length > 0
  if (isGivenUp && (isSameAsked || REFUSAL.test(native.statuses.at(-1)!))) return undefined
  const refusedAt = native.statuses.findIndex((status, i) => status !== node.statuses[i])
  if (refusedAt === -1) {
    // node:http does not wait for the end of what can become no request.
    const isWaiting = node.statuses.slice(native.statuses.length).join() === '400'
    if (native.statuses.length < node.statuses.length && !isWaiting) return 'it answers less'
    return isSameAsked ? undefined : 'it asks another thing'
  }
  if (!REFUSAL.test(native.statuses.slice(refusedAt).join())) return 'it answers otherwise'
  const before = node.inputs.slice(0, native.inputs.length)
  return isDeepStrictEqual(native.inputs, before) ? undefined : 'it asks another thing before'
}

/** What was sent to a server before, on whatever connection, has come to it after this. */
async function roundTrip({ server }: Asked): Promise<void> {
  await (await fetch(`${server.url}/_sealtrail/health/live`)).text()
  await delay(1)
}

async function ask(front: 'native' | 'node'): Promise<Asked> {
  const inputs: unknown[] = []
  const kms = fakeKms((_operation, input) => {
    inputs.push({ ...input })
    return { Keys: [], Truncated: false }
  })
  const options = { front, auth: 'trust', headersTimeoutMs: 2000, bodyBytesMax: 1024 } as const
  return { server: await startTestServer(kms, options), inputs }
}

if (loadAddon() === undefined) {
  process.stderr.write('not tested: the native front, for want of an addon\n')
} else {
  let node: Asked
  let native: Asked

  beforeAll(async () => {
    node = await ask('node')
    native = await ask('native')
  })

  afterAll(async () => {
    await node.server.close()
    await native.server.close()
  })

  describe('both fronts', () => {
    fuzz(bytesNear(valid), 'serve the same, or the native one refuses', async (bytes) => {
      const asked = [native, node] as const
      const clients = asked.map(({ server, inputs }) => {
        inputs.length = 0
        return new RawClient(server.port)
      })
      for (const client of clients) client.write(bytes)
      let fault: string | undefined
      for (let looks = 0; looks === 0 || (fault !== undefined && looks < LOOKS_MAX); looks++) {
        await Promise.all(asked.map(roundTrip))
        const [by, beside] = clients.map((client, i) => toldBy(client, asked[i]!))
        fault = faultOf(by!, beside!)
      }
      for (const client of clients) client.close()
      expect(fault, clients.map(({ received }) => received).join('\n---\n')).toBeUndefined()
    })
  })
}
