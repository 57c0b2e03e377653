/**
 * Where do the microseconds of a signed Decrypt go?
 *
 * Each stage's own code in a loop, and the whole from the parsed head to the answer with 64 calls at once, all on one
 * core and the real store: time of the main thread (what waits for the disk costs nothing here). What is between the
 * whole and a call over HTTP is node:http and the sockets; `npm run bench -- peers` has that.
 */
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { JSON_VALUES, writeJson } from '../../src/aws/forms/json.js'
import { take } from '../../src/aws/take.js'
import { randomId } from '../../src/bytes/random.js'
import { Admission } from '../../src/http/admission.js'
import { createAuthenticator } from '../../src/http/authenticate.js'
import { Bodies } from '../../src/http/bodies/body.js'
import { kmsDoor } from '../../src/http/doors/kms.js'
import { readTarget } from '../../src/http/front/request-target.js'
import { Health } from '../../src/http/health.js'
import { logRequest, openLog, silentLogger } from '../../src/http/log.js'
import { parseJson } from '../../src/http/protocols/json-text.js'
import type { Received } from '../../src/http/received.js'
import { requestHandler } from '../../src/http/serve.js'
import { contextBytes, unwrapText } from '../../src/kms/blob/wrapping.js'
import { ImportedExpiry } from '../../src/kms/imports/expiry.js'
import { keepAliases } from '../../src/kms/keys/aliases.js'
import { AutomaticRotation } from '../../src/kms/keys/automatic-rotation.js'
import { FreshKeys } from '../../src/kms/keys/fresh.js'
import { Keys } from '../../src/kms/keys/keys.js'
import { type InputOf, KMS_API } from '../../src/kms/model/kms.js'
import { decrypted } from '../../src/kms/operations/crypto.js'
import { TrustedChains } from '../../src/kms/recipient/trusted-chains.js'
import { Stores } from '../../src/kms/stores/stores.js'
import { useKey } from '../../src/kms/use/use-key.js'
import { Proxies } from '../../src/kms/xks/proxies.js'
import { Call } from '../../src/service/calls/call.js'
import { Schedule } from '../../src/service/schedule.js'
import { openSeenTime } from '../../src/service/seen-time.js'
import { collectHeaders } from '../../src/sigv4/canonical-request.js'
import { Locks } from '../../src/store/keep/locks.js'
import { find, signedHeaders } from '../../test/support/http.js'
import { openTestKms, caller as somebody } from '../../test/support/kms.js'
import { stayOnOneCore } from '../support/machine.js'
import { table } from '../support/report.js'

const IS_SHORT = process.env.SEALTRAIL_BENCH_SHORT !== undefined
const ROUNDS = IS_SHORT ? 5 : 11
const ROUND_MS = IS_SHORT ? 50 : 150
const AT_ONCE = 64
const URL_OF_SERVER = 'http://127.0.0.1:4599'
const CONTEXT = { tenant: 'acme', 'aws:s3:arn': 'arn:aws:s3:::sealtrail-bench-logs/AWSLogs/1' }

stayOnOneCore()
const house = await openTestKms()
const folder = mkdtempSync(join(tmpdir(), 'sealtrail-stages-'))
try {
  await measure()
} finally {
  await house.remove()
  rmSync(folder, { recursive: true })
}

async function measure(): Promise<void> {
  const { store, clock, engines, service } = house
  const account = { ...somebody, account: '111122223333', region: 'eu-central-1' }
  const kms = service.as(account)
  const { KeyMetadata } = await kms.createKey({})
  const made = await kms.generateDataKey({
    KeyId: KeyMetadata.KeyId,
    KeySpec: 'AES_256',
    EncryptionContext: CONTEXT,
  })
  const blob = Buffer.from(made.CiphertextBlob)
  const json = { CiphertextBlob: blob.toString('base64'), EncryptionContext: CONTEXT }
  const body = Buffer.from(JSON.stringify(json))
  const call = { operation: 'Decrypt', body, now: clock.now() }
  const rawHeaders = [
    ...Object.entries({ ...signedHeaders(URL_OF_SERVER, call), 'user-agent': 'bench/1' }),
    ...[['content-length', `${body.length}`]],
  ].flat()

  const receive = (): Received => {
    const { path, query } = readTarget('/')
    const headers = collectHeaders(rawHeaders)
    const stream = new Readable({ read() {} })
    stream.push(Buffer.from(body))
    stream.push(null)
    return {
      ...{ requestId: randomId(), method: 'POST', path, query, headers, body: stream },
      ...{ isGone: () => false, invite: undefined, sourceIpAddress: '127.0.0.1' },
    }
  }
  const received = receive()
  const admission = new Admission({ inflightMax: 256, queueMax: 4096 })
  const limits = {
    bodyBytesMax: 1 << 16,
    bodyBytesPerSecondMin: 1024,
    requestTimeoutMs: 30_000,
    streamsMax: 1,
    roomBytes: 1 << 24,
    clock,
  }
  const bodies = new Bodies(limits)
  const authenticator = createAuthenticator({ auth: 'sigv4', account: '' }, find, clock)
  const door = kmsDoor(service)
  const operation = KMS_API.operation('Decrypt')!
  const { input, shown } = take(operation.input, parseJson(body), JSON_VALUES)
  const { CiphertextBlob, EncryptionContext } = input as InputOf<'Decrypt'>
  const context = { caller: account, requestId: randomId(), sourceIpAddress: '', userAgent: '' }
  const facts = {
    eventSource: 'kms.amazonaws.com',
    internalFault: '',
    operation,
    isGlobal: false,
    isReadOnly: true,
  }
  const locks = new Locks()
  const aliases = keepAliases(store, locks, 16)
  const { root } = house
  const recordDeletion = () => {
    throw new Error('nothing is deleted here')
  }
  const keys = new Keys({ store, root, locks, aliases, keysMax: 16, recordDeletion })
  const seenTime = await openSeenTime(store, clock)
  const schedule = new Schedule(seenTime)
  const rotations = new AutomaticRotation({ ...house, keys, recordsOf: () => [] })
  const proxies = new Proxies({ clock })
  const stores = await Stores.open({ store, root, locks, proxies })
  const expiry = new ImportedExpiry({ ...house, keys, recordOf: () => '' })
  const parts = {
    ...house,
    keys,
    aliases,
    rotations,
    expiry,
    freshKeys: new FreshKeys(engines.small),
    seenTime,
    schedule,
    attestationChains: new TrustedChains([]),
    proxies,
    stores,
    principals: {
      isThere: () => true,
      idOf: () => undefined,
      nameOf: (_: string, arn: string) => arn,
    },
  }
  const newCall = () => {
    const one = new Call(facts, context, parts)
    one.show(shown)
    return one
  }
  const used = newCall()
  const lease = await useKey(parts, used, { blob: CiphertextBlob! })
  const aad = contextBytes(EncryptionContext)
  const record = () => used.successRecords()[0]!
  const key = { lease, context: aad, algorithm: 'SYMMETRIC_DEFAULT' } as const
  const decryption = { key, blob: undefined, recipient: undefined }
  const output = () => decrypted(parts, used, decryption, Buffer.alloc(32))
  const log = openLog('info', openSync(join(folder, 'log'), 'w'))
  const line = { requestId: randomId(), operation: 'Decrypt', caller: 'arn', status: 200, ms: 1 }
  const serve = requestHandler({
    ...{ doors: [door], admission, authenticator, clock, bodies, accessLog: false },
    ...{ health: new Health(clock, engines.small), logger: silentLogger },
  })
  const whole = async () => {
    const answer = await serve(receive())
    if (answer?.status !== 200) throw new Error(`a Decrypt is answered with ${answer?.status}`)
  }

  const rows = [
    ['parse: head read, request id', await each(() => receive())],
    [
      'body: read, wiped',
      (await each(async () => bodies.done(await bodies.read(receive())))) -
        (await each(() => receive())),
    ],
    [
      'admission',
      await each(() => {
        admission.checkRoom()
        void admission.enter()
        admission.leave()
      }),
    ],
    ['signature', await each(() => authenticator.checkHead(received, door.rules).callerOf(body))],
    ['JSON: scanned, parsed', await each(() => parseJson(body))],
    ['input: taken, checked, shown', await each(() => take(operation.input, json, JSON_VALUES))],
    [
      'key: call, found, may, lease',
      await each(async () => (await useKey(parts, newCall(), { blob: CiphertextBlob! })).release()),
    ],
    [
      'unwrap, with context',
      await each(() => {
        contextBytes(EncryptionContext)
        unwrapText(engines.small, lease, CiphertextBlob!, aad)
      }),
    ],
    ['record', await each(record)],
    [
      'commit',
      (await many(() => store.commit({ changes: [], records: [record()] }))) - (await each(record)),
    ],
    [
      'answer: written, wiped',
      await each(() => (writeJson(operation.output!, output()) as Buffer).fill(0)),
    ],
    ['log line, when asked for', await each(() => logRequest(log.logger, line, undefined))],
    [`whole, ${AT_ONCE} at once`, await many(whole)],
  ] as const
  console.log('\na signed Decrypt, main thread')
  console.log(table([['', 'us'], ...rows.map(([name, us]) => [name, us.toFixed(2)])]))
  log.flush()
  authenticator.close()
  bodies.close()
  lease.release()
  keys.close()
}

/** Microseconds of a run, one after the other: the median of the rounds. */
async function each(run: () => unknown): Promise<number> {
  return await rounds(async () => {
    let runs = 0
    for (const begun = performance.now(); performance.now() - begun < ROUND_MS; runs += 100) {
      for (let i = 0; i < 100; i++) {
        const pending = run()
        if (pending instanceof Promise) await pending
      }
    }
    return runs
  })
}

/** As {@link each}, {@link AT_ONCE} at a time, for what waits. */
async function many(run: () => Promise<unknown>): Promise<number> {
  return await rounds(async () => {
    let runs = 0
    const begun = performance.now()
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (; performance.now() - begun < ROUND_MS * 2; runs++) await run()
      }),
    )
    return runs
  })
}

async function rounds(work: () => Promise<number>): Promise<number> {
  const all: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const before = mainThreadMicroseconds()
    const runs = await work()
    all.push((mainThreadMicroseconds() - before) / runs)
  }
  // The first is for the compiler.
  const sorted = all.slice(1).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** On a CPU; where the system does not say, busy. */
function mainThreadMicroseconds(): number {
  try {
    const text = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8')
    return Number(text.split(' ')[0]) / 1000
  } catch {
    return performance.eventLoopUtilization().active * 1000
  }
}
