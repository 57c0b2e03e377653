/** A server on any free port of this machine, a client that signs, and one that writes raw bytes. */
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Agent, fetch as fetchBy } from 'undici'
import { type Clock, systemClock } from '../../src/clock.js'
import { readConfig } from '../../src/config.js'
import { SealtrailError } from '../../src/errors.js'
import type { Door } from '../../src/http/doors/door.js'
import { kmsDoor } from '../../src/http/doors/kms.js'
import { stsDoor } from '../../src/http/doors/sts.js'
import { type RunningServer, type ServerOptions, startServer } from '../../src/http/front/server.js'
import type { Logger } from '../../src/http/log.js'
import type { Principals } from '../../src/iam/principals/principals.js'
import type { Sessions } from '../../src/iam/sts/sessions.js'
import { createSts } from '../../src/iam/sts/sts.js'
import { KMS_API } from '../../src/kms/model/kms.js'
import { rootIdentity } from '../../src/service/caller.js'
import type { CallContext } from '../../src/service/calls/call-context.js'
import type { AwsService } from '../../src/service/service.js'
import { Credential, type FindCredential } from '../../src/sigv4/credential.js'
import { signRequest } from '../../src/sigv4/sign-request.js'
import type { Store } from '../../src/store/store.js'

export const ACCOUNT = '111122223333'
export const REGION = 'eu-central-1'
export const ACCESS_KEY = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}

const credential = new Credential({
  ...ACCESS_KEY,
  account: ACCOUNT,
  identity: (region: string) => rootIdentity(ACCOUNT, region, ACCESS_KEY.accessKeyId),
})

export const find: FindCredential = (id) => (id === credential.accessKeyId ? credential : undefined)

export type TestServerOptions = Partial<ServerOptions> & {
  readonly clock?: Clock
  /** Besides {@link ACCESS_KEY} nobody is known unless this says so. */
  readonly credentials?: { readonly find: FindCredential }
  /** Asked before those of the services. */
  readonly doors?: readonly Door[]
  /** Where STS leaves its records; nowhere unless given. */
  readonly store?: Store
  /** Instead of {@link TestServer.lines}. */
  readonly logger?: Logger
  /** Its keys are locked unless this says otherwise. */
  readonly engine?: { readonly isLocked: boolean }
}

interface LogLine {
  readonly level: 'info' | 'debug' | 'error'
  readonly message: string
  readonly detail: Readonly<Record<string, unknown>>
}

export interface TestServer extends RunningServer {
  readonly port: number
  readonly lines: LogLine[]
}

const LOCKED = { isLocked: true }
/**
 * Suites are run for the other front by test/http/native-front.test.ts, and over TLS by test/http/tls-front.test.ts,
 * which names the two files.
 */
const front = process.env.TEST_FRONT === 'native' ? 'native' : 'node'
const [tlsCert = '', tlsKey = ''] = process.env.TEST_TLS?.split(':') ?? []
const tls = tlsCert === '' ? {} : { tlsCert, tlsKey }

/** A request may wait for its turn as long as on a machine that has others to run. */
const USUAL = { port: 0, front, accessLog: true, queueMsMax: 600_000 } as const

export async function startTestServer(
  kms: AwsService,
  options: TestServerOptions = {},
): Promise<TestServer> {
  const { clock = systemClock, credentials = { find }, ...others } = options
  const lines: LogLine[] = []
  const write = (level: LogLine['level']) => (detail: object, message: string) => {
    lines.push({ level, message, detail: { ...detail } })
  }
  const remembering = { info: write('info'), debug: write('debug'), error: write('error') }
  const { store = FORGETFUL, engine = LOCKED, logger = remembering, ...more } = others
  const { doors: first = [], ...given } = more
  const config = readConfig({ ...USUAL, ...tls, ...given })
  const doors = [...first, kmsDoor(kms), stsDoor(createSts({ ...NOBODY, store, clock }))]
  const parts = { doors, find: credentials.find, engine, config, logger, clock }
  const server = await startServer(parts)
  return { ...server, port: Number(new URL(server.url).port), lines }
}

/** There are no roles, so there are no sessions. */
const NOBODY = {
  principals: undefined as unknown as Principals,
  sessions: undefined as unknown as Sessions,
}

/** Keeps no record: for tests of the way to a service. */
const FORGETFUL = { commit: async () => undefined } as unknown as Store

/** A key service of one answer, which remembers what it was asked. */
export interface FakeKms extends AwsService {
  readonly calls: Array<{ operation: string; input: object; context: CallContext }>
}

export function fakeKms(
  answer: (operation: string, input: object) => Promise<object | undefined> | object | undefined,
): FakeKms {
  const calls: FakeKms['calls'] = []
  return {
    calls,
    api: KMS_API,
    async call(operation, read, context) {
      const served = KMS_API.operation(operation)
      if (served === undefined) throw new SealtrailError('UnknownOperationException', '')
      const { input } = read(served)
      calls.push({ operation, input, context })
      return (await answer(operation, input)) ?? {}
    },
  }
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; undefined when it is none. */
  readonly json: Record<string, unknown> | undefined
}

export interface SignedCall {
  readonly operation?: string
  readonly body?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  readonly service?: string
  readonly now?: number
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
}

/** Headers of a signed KMS call of `operation`. */
export function signedHeaders(url: string, call: SignedCall = {}): Record<string, string> {
  return signRequest(
    {
      method: 'POST',
      path: '/',
      headers: {
        host: new URL(url).host,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `TrentService.${call.operation ?? 'ListKeys'}`,
        ...call.headers,
      },
      body: Buffer.from(call.body ?? '{}'),
    },
    {
      accessKeyId: call.accessKeyId ?? ACCESS_KEY.accessKeyId,
      secretAccessKey: call.secretAccessKey ?? ACCESS_KEY.secretAccessKey,
      region: REGION,
      service: call.service ?? 'kms',
      now: call.now ?? Date.now(),
    },
  )
}

/** To connect may take as long as a busy machine takes; Node's own `fetch` gives up after ten seconds. */
const patient = new Agent({ connect: { timeout: 300_000 } })

export async function callSigned(url: string, call: SignedCall = {}): Promise<Reply> {
  const { host: _, ...headers } = signedHeaders(url, call)
  const body = Buffer.from(call.body ?? '{}')
  return replyOf(await fetchBy(url, { method: 'POST', headers, body, dispatcher: patient }))
}

export async function replyOf(
  response: Pick<Response, 'status' | 'headers' | 'text'>,
): Promise<Reply> {
  const text = await response.text()
  let json: Reply['json']
  try {
    json = JSON.parse(text)
  } catch {}
  return { status: response.status, headers: response.headers, text, json }
}

/** A connection that writes what it is told; `until` waits for a pattern in what came back. */
export class RawClient {
  readonly socket: Socket
  /** The same, or what is under its TLS. */
  readonly #plain: Socket
  received = ''
  isClosed = false
  readonly #waiting: Array<() => void> = []

  constructor(port: number) {
    const socket = connect(port, '127.0.0.1')
    this.#plain = socket
    this.socket =
      tlsCert === '' ? socket : connectTls({ socket, host: '127.0.0.1', ca: readFileSync(tlsCert) })
    this.socket.setEncoding('latin1').on('data', (text: string) => {
      this.received += text
      this.#wake()
    })
    // A reset is one way of being refused; the close that follows is what tests wait for.
    this.socket.on('error', () => undefined)
    this.socket.on('close', () => {
      this.isClosed = true
      this.#wake()
    })
  }

  write(text: string | Uint8Array): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
  }

  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.received)) {
      if (this.isClosed) throw new Error(`closed before ${pattern}: ${this.received}`)
      await this.#more()
    }
    return this.received
  }

  async untilBytes(count: number): Promise<void> {
    while (this.received.length < count) {
      if (this.isClosed) throw new Error(`closed after ${this.received.length} of ${count} bytes`)
      await this.#more()
    }
  }

  async closed(): Promise<string> {
    while (!this.isClosed) await this.#more()
    return this.received
  }

  close(): void {
    this.socket.destroy()
  }

  /** Closes it by a reset. */
  reset(): void {
    this.#plain.resetAndDestroy()
  }

  #more(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

/** A request as text, for RawClient. */
export function requestText(
  headers: Readonly<Record<string, string>>,
  body = '{}',
  first = 'POST / HTTP/1.1',
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return [first, ...lines, `content-length: ${Buffer.byteLength(body)}`, '', body].join('\r\n')
}
