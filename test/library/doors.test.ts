/**
 * Every public function, wherever it takes something, with every kind of value that it does not take.
 *
 * The table says what is right; the walk puts each wrong kind in each place, one at a time. A function that is
 * not in the table fails the test of the table: so does a new operation of the key service.
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { Duplex, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Shape } from '../../src/aws/model.js'
import * as api from '../../src/index.js'
import { openSealtrail, rawAesKeyring, type Sealtrail } from '../../src/index.js'
import { KMS_API } from '../../src/kms/model/kms.js'
import { OPERATIONS } from '../../src/kms/operations.js'
import { LISTEN_SETTINGS } from '../../src/listen.js'
import { KIND_NAMES, KINDS, type Kind } from '../support/kinds.js'
import { temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('doors')
const at = (name: string) => `${folder.path}/${name}`
const plain = Buffer.from('{"eventName":"Decrypt"}\n'.repeat(1000))
const [TRAIL, LOGS] = ['Default', 'logs-of-doors']
const SETTLED_MS = 20_000
/** Of docs/FORMAT.md §12. */
const VERIFIER_KEY =
  'sealtrail/000102030405060708090a0b0c0d0e0f+dc505934+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4'

let house: Sealtrail
let keyId: string
let sealed: Uint8Array
let mine: ReturnType<typeof rawAesKeyring>
beforeAll(async () => {
  house = await openSealtrail({ dataDir: at('data') })
  keyId = (await house.kms.createKey({})).KeyMetadata.KeyId
  sealed = await house.seal(plain, { keyId, gzip: 1 })
  await house.s3.createBucket({ Bucket: LOGS })
  const { bucketPolicy } = house.cloudtrail.trailPolicies(TRAIL, LOGS)
  await house.s3.putBucketPolicy({ Bucket: LOGS, Policy: JSON.stringify(bucketPolicy) })
  await house.cloudtrail.createTrail({ Name: TRAIL, S3BucketName: LOGS })
  await house.cloudtrail.startLogging({ Name: TRAIL })
  writeFileSync(at('plain'), plain)
  writeFileSync(at('sealed'), sealed)
  mine = rawAesKeyring({ namespace: 'mine', name: 'one', key: Buffer.alloc(32, 7) })
})
afterAll(async () => {
  await house.close()
  folder.remove()
})

/** Puts a value in one place of one function, with everything else right. */
interface Place {
  readonly put: (value: never) => unknown
  /** Kinds that are right there, or that Node itself has an error for. */
  readonly takes?: readonly Kind[]
  /** How the refusal must be called; any code of ours unless said. */
  readonly code?: string
}
type Door = Readonly<Record<string, Place>>

const TEXT = ['a string', 'an empty string'] as const
const PLAIN = ['{}', 'an array-like', 'an object of symbols'] as const
/** For options that are all optional; those that nobody knows are passed over. */
/** For inputs of operations: members that the model does not know are not looked at. */
const UNREAD = [...PLAIN, 'an object that throws'] as const
const LEFT_OUT = ['undefined', ...PLAIN] as const
/** A promise for one rejects by itself, before anybody has seen it. */
const REVOKED = ['a revoked Proxy'] as const

const sealOptions = (call: (options: never) => unknown): Door => {
  const put = (options: object) => call(options as never)
  const ring = (keyring: unknown) => put({ keyring })
  const gives = (answer: unknown) => ring({ ...ringOf(), generateDataKey: async () => answer })
  const givesWrap = (change: object) =>
    ring({
      ...ringOf(),
      async generateDataKey(...given: Parameters<typeof mine.generateDataKey>) {
        const { dataKey, encryptedDataKeys } = await mine.generateDataKey(...given)
        return { dataKey, encryptedDataKeys: [{ ...encryptedDataKeys[0]!, ...change }] }
      },
    })
  return {
    options: { put: call },
    keyId: { put: (value) => put({ keyId: value }) },
    keyring: { put: ring },
    encryptionContext: {
      put: (value) => put({ keyId, encryptionContext: value }),
      takes: ['undefined', '{}'],
      code: 'InputInvalid',
    },
    'a value of encryptionContext': {
      put: (value) => put({ keyId, encryptionContext: { tenant: value } }),
      takes: TEXT,
    },
    frameBytes: { put: (value) => put({ keyId, frameBytes: value }), takes: ['undefined'] },
    'what a keyring gives': { put: gives, takes: REVOKED },
    'the data key of a keyring': {
      put: (dataKey) => gives({ dataKey, encryptedDataKeys: wrapsOf() }),
    },
    'the wraps of a keyring': {
      put: (wraps) =>
        ring({
          ...ringOf(),
          async generateDataKey(...given: Parameters<typeof mine.generateDataKey>) {
            return { ...(await mine.generateDataKey(...given)), encryptedDataKeys: wraps }
          },
        }),
    },
    'a wrap of a keyring': {
      put: (wrap) =>
        ring({
          ...ringOf(),
          async generateDataKey(...given: Parameters<typeof mine.generateDataKey>) {
            return { ...(await mine.generateDataKey(...given)), encryptedDataKeys: [wrap] }
          },
        }),
    },
    'the providerId of a wrap': {
      put: (providerId) => givesWrap({ providerId }),
      takes: TEXT,
    },
    'the providerInfo of a wrap': {
      put: (providerInfo) => givesWrap({ providerInfo }),
      takes: ['a Uint8Array'],
    },
    'the ciphertext of a wrap': {
      put: (ciphertext) => givesWrap({ ciphertext }),
      takes: ['a Uint8Array'],
    },
  }
}
const explain = (part: object) => {
  const question = { principal: 'logs.amazonaws.com', action: 'kms:ListKeys', ...part }
  return house.explain(question as never)
}
/** What reads events is refused before it begins. */
function eventFilter(call: (filter: never) => unknown): Door {
  const member = (name: string, ...takes: readonly Kind[]) => ({
    [name]: {
      put: (value: unknown) => call({ [name]: value } as never),
      takes: [...takes, 'undefined'] as const,
      code: 'InputInvalid',
    },
  })
  return {
    filter: { put: call, takes: LEFT_OUT, code: 'InputInvalid' },
    ...member('from', 'a Date'),
    ...member('eventName', 'a string'),
    ...member('eventSource', 'a string'),
    ...member('keyArn', 'a string'),
    ...member('principal', 'a string'),
    ...member('errorCode', 'a string'),
    ...member('readOnly', 'true', 'false'),
    ...member('signal'),
  }
}
const gzip = (call: (options: never) => unknown): Door => ({
  gzip: {
    put: (value) => call({ keyId, gzip: value } as never),
    takes: ['undefined', 'a number'],
  },
})
const openOptions = (call: (options: never) => unknown): Door => {
  const put = (options: object) => call(options as never)
  return {
    // What throws is no option of ours, and is not looked at.
    options: { put: call, takes: ['undefined', ...UNREAD] },
    keyring: { put: (keyring) => put({ keyring }), takes: ['undefined'] },
    encryptionContext: {
      put: (value) => put({ encryptionContext: value }),
      takes: ['undefined', '{}'],
      code: 'InputInvalid',
    },
    'a value of encryptionContext': {
      put: (value) => put({ encryptionContext: { a: value } }),
      takes: TEXT,
      code: 'InputInvalid',
    },
    'what a keyring gives': {
      put: (answer) => put({ keyring: { ...ringOf(), decryptDataKey: async () => answer } }),
      takes: REVOKED,
    },
  }
}
const gunzip = (call: (options: never) => unknown): Door => ({
  gunzip: { put: (value) => call({ gunzip: value } as never), takes: ['undefined'] },
  'bytesMax of gunzip': { put: (bytesMax) => call({ gunzip: { bytesMax } } as never) },
  'ratioMax of gunzip': {
    put: (ratioMax) => call({ gunzip: { bytesMax: 1e6, ratioMax } } as never),
    takes: ['undefined', 'a number'],
  },
})
const ringOf = () => ({
  generateDataKey: mine.generateDataKey.bind(mine),
  decryptDataKey: mine.decryptDataKey.bind(mine),
})
const wrapsOf = () => [
  { providerId: 'mine', providerInfo: Buffer.from('one'), ciphertext: Buffer.alloc(48) },
]
const keyringDoors = (name: string, ring: () => api.Keyring) => {
  const engine = () => house.engines.bulk
  const wrap = (change: object) =>
    ring().decryptDataKey(engine(), [{ ...wrapsOf()[0]!, ...change }], {})
  const doors: Record<string, Door> = {
    [`${name}.generateDataKey`]: {
      engine: { put: (value) => ring().generateDataKey(value, {}) },
      context: {
        put: (value) => ring().generateDataKey(engine(), value),
        takes: ['{}'],
        code: 'InputInvalid',
      },
      'a value of the context': {
        put: (value) => ring().generateDataKey(engine(), { a: value }),
        takes: TEXT,
      },
    },
    [`${name}.decryptDataKey`]: {
      engine: { put: (value) => ring().decryptDataKey(value, wrapsOf(), {}) },
      wraps: { put: (value) => ring().decryptDataKey(engine(), value, {}) },
      'a wrap': { put: (value) => ring().decryptDataKey(engine(), [value], {}) },
      providerId: { put: (providerId) => wrap({ providerId }) },
      providerInfo: { put: (providerInfo) => wrap({ providerInfo }) },
      ciphertext: { put: (ciphertext) => wrap({ ciphertext }) },
      context: {
        put: (value) => ring().decryptDataKey(engine(), wrapsOf(), value),
        takes: ['{}'],
        code: 'InputInvalid',
      },
    },
  }
  return doors
}
const caller = (call: (caller: never) => unknown): Door => {
  const change = (members: object) => call({ ...house.caller, ...members } as never)
  const identity = (members: object) =>
    change({ identity: { ...house.caller.identity, ...members } })
  return {
    caller: { put: call },
    'its account': { put: (account) => change({ account }) },
    'its region': { put: (region) => change({ region }), takes: ['a string'] },
    'its accessKeyId': {
      put: (accessKeyId) => change({ accessKeyId }),
      takes: [...TEXT, 'undefined'],
    },
    'its identity': { put: (value) => change({ identity: value }) },
    "its identity's type": { put: (type) => identity({ type }) },
    "its identity's userName": {
      put: (userName) => identity({ userName }),
      takes: [...TEXT, 'undefined'],
    },
    "its identity's sessionContext": {
      put: (sessionContext) => identity({ sessionContext }),
      takes: ['undefined'],
    },
  }
}
const range = (source: object, part: object, options = {}) =>
  house.openRange(source as never, part as never, options)
const source = () => ({
  size: sealed.length,
  read: async (offset: number, bytes: number) => sealed.subarray(offset, offset + bytes),
})
const opening = (options: object) => openSealtrail({ dataDir: at('never'), ...options })

/** By the path that a caller writes. */
const DOORS: Record<string, Door> = {
  openSealtrail: {
    options: { put: (value) => openSealtrail(value) },
    dataDir: { put: (dataDir) => openSealtrail({ dataDir }), takes: ['a string'] },
    rootKeyFile: { put: (rootKeyFile) => opening({ rootKeyFile }), takes: [...TEXT, 'undefined'] },
    engine: { put: (engine) => opening({ engine }), takes: ['undefined'] },
    threads: { put: (threads) => opening({ threads }), takes: ['undefined', 'a number'] },
    account: { put: (account) => opening({ account }), takes: ['undefined'] },
    region: { put: (region) => opening({ region }), takes: ['undefined', 'a string'] },
  },
  rawAesKeyring: {
    options: { put: (value) => rawAesKeyring(value) },
    namespace: {
      put: (namespace) => rawAesKeyring({ namespace, name: 'n', key: Buffer.alloc(32) }),
      takes: ['a string'],
    },
    name: {
      put: (name) => rawAesKeyring({ namespace: 'n', name, key: Buffer.alloc(32) }),
      takes: ['a string'],
    },
    key: { put: (key) => rawAesKeyring({ namespace: 'n', name: 'n', key }) },
  },
  ...keyringDoors('rawAesKeyring', () => mine),
  'rawAesKeyring.release': {},
  seal: {
    plain: { put: (value) => house.seal(value, { keyId }), takes: ['a Uint8Array'] },
    'plain, compressed': {
      put: (value) => house.seal(value, { keyId, gzip: 1 }),
      takes: ['a Uint8Array'],
    },
    ...sealOptions((options) => house.seal(plain, options)),
    ...gzip((options) => house.seal(plain, options)),
  },
  open: {
    sealed: { put: (value) => house.open(value) },
    ...openOptions((options) => house.open(sealed, options)),
    ...gunzip((options) => house.open(sealed, options)),
  },
  openRange: {
    source: { put: (value) => range(value, { offset: 0 }) },
    'its size': { put: (size) => range({ ...source(), size }, { offset: 0 }) },
    'its read': { put: (read) => range({ ...source(), read }, { offset: 0 }) },
    'what it reads': {
      put: (bytes) => range({ ...source(), read: async () => bytes }, { offset: 0 }),
      takes: REVOKED,
    },
    range: { put: (value) => range(source(), value) },
    offset: { put: (offset) => range(source(), { offset }), takes: ['a number'] },
    bytes: {
      put: (bytes) => range(source(), { offset: 0, bytes }),
      takes: ['a number', 'undefined'],
    },
    ...openOptions((options) => house.openRange(source(), { offset: 0 }, options)),
  },
  sealStream: {
    ...sealOptions((options) => house.sealStream(options)),
    ...gzip((options) => house.sealStream(options)),
  },
  openStream: {
    ...openOptions((options) => house.openStream(options)),
    ...gunzip((options) => house.openStream(options)),
  },
  sealWebStream: sealOptions((options) => house.sealWebStream(options)),
  openWebStream: openOptions((options) => house.openWebStream(options)),
  sealFile: {
    source: { put: (value) => house.sealFile(value, at('never'), { keyId }), takes: ['a string'] },
    target: { put: (value) => house.sealFile(at('plain'), value, { keyId }), takes: ['a string'] },
    ...sealOptions((options) => house.sealFile(at('plain'), at('never'), options)),
    ...gzip((options) => house.sealFile(at('plain'), at('never'), options)),
    onProgress: {
      put: (onProgress) => house.sealFile(at('plain'), at('never'), { keyId, onProgress } as never),
      takes: ['undefined', 'a function'],
    },
  },
  openFile: {
    source: { put: (value) => house.openFile(value, at('never')), takes: ['a string'] },
    target: { put: (value) => house.openFile(at('sealed'), value), takes: ['a string'] },
    ...openOptions((options) => house.openFile(at('sealed'), at('never'), options)),
    ...gunzip((options) => house.openFile(at('sealed'), at('never'), options)),
    onProgress: {
      put: (onProgress) => house.openFile(at('sealed'), at('never'), { onProgress } as never),
      takes: ['undefined', 'a function'],
    },
  },
  as: caller((value) => house.as(value)),
  records: {
    filter: { put: (value) => house.records(value), takes: LEFT_OUT },
    ...Object.fromEntries(
      ['region', 'eventSource', 'eventName', 'eventId'].map((name) => [
        name,
        {
          put: (value: unknown) => house.records({ [name]: value }),
          takes: [...TEXT, 'undefined'],
        },
      ]),
    ),
    afterSeq: {
      put: (afterSeq) => house.records({ afterSeq }),
      takes: ['a number', 'undefined'],
    },
    limit: { put: (limit) => house.records({ limit }), takes: ['a number', 'undefined'] },
  },
  close: {},
  explain: {
    question: { put: (question: never) => house.explain(question) },
    principal: { put: (principal) => explain({ principal }) },
    action: { put: (action) => explain({ action }) },
    resource: { put: (resource) => explain({ resource }), takes: ['undefined'] },
    encryptionContext: {
      put: (encryptionContext) => explain({ encryptionContext }),
      takes: ['undefined', '{}'],
    },
    facts: {
      put: (facts) => explain({ facts }),
      takes: ['undefined', '{}', 'an object of symbols'],
    },
    'a fact': {
      put: (fact) => explain({ facts: { 'aws:SourceIp': fact } }),
      takes: [...TEXT, '[]'],
    },
  },
  confirmClock: {},
  syncs: {},
  listen: {
    options: { put: (value) => listening(value), takes: LEFT_OUT },
    ...Object.fromEntries(
      [...LISTEN_SETTINGS, 'logger', 'find'].map((name) => [
        name,
        {
          put: (value: unknown) => listening({ port: 0, [name]: value } as never),
          takes: [
            'undefined',
            ...(name === 'find' ? (['a function'] as const) : []),
            ...(name === 'host' ? (['a string'] as const) : []),
            ...(/M(ax|in|s)$/.test(name) || name === 'port' ? (['a number'] as const) : []),
            ...(name === 'accessLog' ? (['true', 'false'] as const) : []),
          ],
        },
      ]),
    ),
  },
  'kms.generateDataKeys': {
    ...operationDoor('GenerateDataKey', (input) => house.kms.generateDataKeys(input)),
    NumberOfKeys: {
      put: (NumberOfKeys) =>
        house.kms.generateDataKeys({ KeyId: keyId, KeySpec: 'AES_256', NumberOfKeys }),
      takes: ['a number'],
    },
  },
  'kms.decryptMany': {
    inputs: { put: decryptAll, takes: ['[]'] },
    ...operationDoor('Decrypt', (input) => decryptAll([input] as never)),
  },
  usage: {
    asked: { put: (value) => house.usage(value), takes: LEFT_OUT },
    from: { put: (from) => house.usage({ from }), takes: ['undefined'] },
    until: { put: (until) => house.usage({ until }), takes: ['undefined'] },
  },
  'cloudtrail.subscribe': {
    ...eventFilter((filter) => house.cloudtrail.subscribe(filter)),
    afterSeq: {
      put: (afterSeq) => house.cloudtrail.subscribe({ afterSeq }),
      takes: ['a number', 'undefined'],
    },
  },
  'cloudtrail.query': {
    ...eventFilter((filter) => house.cloudtrail.query(filter)),
    until: {
      put: (until) => house.cloudtrail.query({ until }),
      takes: ['a Date', 'undefined'],
      code: 'InputInvalid',
    },
    trail: {
      put: (trail) => house.cloudtrail.query({ trail }),
      takes: ['a string', 'undefined'],
      code: 'InputInvalid',
    },
  },
  'cloudtrail.compact': {
    name: { put: (name) => house.cloudtrail.compact(name) },
    day: {
      put: (day) => house.cloudtrail.compact('Default', day),
      takes: ['undefined'],
      code: 'InputInvalid',
    },
  },
  'cloudtrail.ingest': {
    name: { put: (name) => house.cloudtrail.ingest(name, '') },
    events: {
      put: (events) => house.cloudtrail.ingest(TRAIL, events),
      takes: ['an empty string', '[]'],
    },
    'a piece of events': {
      put: (piece) => house.cloudtrail.ingest(TRAIL, [piece]),
      takes: ['an empty string'],
    },
    options: { put: (options) => house.cloudtrail.ingest(TRAIL, '', options), takes: LEFT_OUT },
    batchBytes: {
      put: (batchBytes) => house.cloudtrail.ingest(TRAIL, '', { batchBytes }),
      takes: ['undefined'],
    },
    batchAgeMs: {
      put: (batchAgeMs) => house.cloudtrail.ingest(TRAIL, '', { batchAgeMs }),
      takes: ['undefined', 'a number'],
    },
    onProgress: {
      put: (onProgress) => house.cloudtrail.ingest(TRAIL, '', { onProgress }),
      takes: ['undefined', 'a function'],
    },
  },
  verifyInclusion: {
    proof: { put: (value) => api.verifyInclusion(value, VERIFIER_KEY) },
    key: { put: (value) => api.verifyInclusion('proof\n\n', value), code: 'InputInvalid' },
  },
  verifyConsistency: {
    proof: { put: (value) => api.verifyConsistency(value, 'old', VERIFIER_KEY) },
    'the older checkpoint': {
      put: (value) => api.verifyConsistency('old 1\n\n', value, VERIFIER_KEY),
    },
    key: { put: (value) => api.verifyConsistency('old 1\n\n', 'old', value), code: 'InputInvalid' },
  },
  'proofs.key': {},
  'proofs.checkpoint': {},
  'proofs.inclusion': { eventId: { put: (value) => house.proofs.inclusion(value) } },
  'proofs.consistency': { checkpoint: { put: (value) => house.proofs.consistency(value) } },
  'proofs.check': {
    checkpoint: { put: (value) => house.proofs.check(value), takes: [...TEXT, 'undefined'] },
  },
  'proofs.writeTo': {
    directory: { put: (value) => house.proofs.writeTo(value), takes: ['a string'] },
  },
  'kms.keyring': {
    options: { put: (value) => house.kms.keyring(value), takes: LEFT_OUT },
    keyId: { put: (value) => house.kms.keyring({ keyId: value }).generateDataKey(engineOf(), {}) },
  },
  ...keyringDoors('kms.keyring', () => house.kms.keyring({ keyId })),
  'kms.everyKey': {},
  'kms.everyAlias': {},
}
for (const name of Object.keys(OPERATIONS) as Array<keyof typeof OPERATIONS>) {
  const method = lowerFirst(name)
  DOORS[`kms.${method}`] = operationDoor(name, (input) => {
    const call: (input: never) => Promise<unknown> = house.kms[method]
    return call(input)
  })
}

/** Every member that the API model names, with every kind that is not of its type. */
function operationDoor(
  name: keyof typeof OPERATIONS,
  call: (input: never) => Promise<unknown>,
): Door {
  const members = KMS_API.operation(name)!.input?.members ?? []
  return {
    input: { put: call, takes: ['undefined', ...UNREAD] },
    ...Object.fromEntries(
      members.map((member) => [
        member.name,
        {
          put: (value: unknown) => call({ [member.name]: value } as never),
          // Null is absent, as in AWS's JSON.
          takes: [...typesOf(member.shape), 'null', 'undefined'],
          code: 'SerializationException',
        },
      ]),
    ),
  }
}

function typesOf({ type }: Shape): readonly Kind[] {
  const right: Readonly<Record<Shape['type'], readonly Kind[]>> = {
    string: TEXT,
    integer: ['a number'],
    boolean: ['true', 'false'],
    blob: ['a Uint8Array'],
    timestamp: ['a Date'],
    stream: [],
    list: ['[]'],
    map: ['{}'],
    structure: UNREAD,
  }
  return right[type]
}

/** A server that took its options is closed at once. */
async function listening(options: never): Promise<unknown> {
  const { url, close } = await house.listen(options)
  await close()
  return url
}

/** One refusal, or what was opened. */
async function decryptAll(inputs: never): Promise<unknown> {
  const outcomes = await house.kms.decryptMany(inputs)
  const refusals = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  if (refusals.length > 0) throw refusals[0]
  return outcomes
}

function engineOf() {
  return house.engines.bulk
}

function lowerFirst<Name extends string>(name: Name): Uncapitalize<Name> {
  return (name[0]!.toLowerCase() + name.slice(1)) as Uncapitalize<Name>
}

/** What became of a call: its value or its error, however it says so. */
async function outcomeOf(call: () => unknown): Promise<{ value?: unknown; error?: unknown }> {
  try {
    const result = call()
    if (result instanceof Duplex) return { value: await buffer(feed(result)) }
    if (isWebPair(result)) return { value: await buffer(feedWeb(result)) }
    return { value: await result }
  } catch (error) {
    return { error }
  }
}

function feed(stream: Duplex): Duplex {
  Readable.from([sealed]).pipe(stream)
  return stream
}

function isWebPair(result: unknown): result is TransformStream<Uint8Array, Uint8Array> {
  return typeof result === 'object' && result !== null && 'writable' in result
}

function feedWeb(pair: TransformStream<Uint8Array, Uint8Array>) {
  return new Blob([sealed]).stream().pipeThrough(pair)
}

async function settled<T>(promise: Promise<T>): Promise<T | { error: string }> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<{ error: string }>((resolve) => {
    timer = setTimeout(() => resolve({ error: 'it hangs' }), SETTLED_MS)
  })
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

function functionsOf(object: object, prefix: string): string[] {
  const prototype = Object.getPrototypeOf(object)
  const isPlain = prototype === null || prototype === Object.prototype
  const inherited = isPlain ? [] : Object.getOwnPropertyNames(prototype)
  return [...Object.keys(object), ...inherited]
    .filter((name) => name !== 'constructor')
    .filter((name) => typeof object[name as keyof typeof object] === 'function')
    .map((name) => prefix + name)
}

/** Success stories: what must not come to be by a wrong value. */
async function effects(): Promise<unknown> {
  const names = ['CreateKey', 'CreateAlias', 'Encrypt', 'GenerateDataKey', 'GenerateRandom']
  const records = await Promise.all(
    names.map((eventName) => house.records({ eventName, limit: 1000 })),
  )
  const successes = records.map((list) =>
    list.filter(({ record }) => JSON.parse(record).errorCode === undefined),
  )
  return [successes.map((list) => list.length), readdirSync(folder.path).sort()]
}

const rows = Object.entries(DOORS).flatMap(([name, door]) =>
  Object.entries(door).map(([place, { put, takes = [], code }]) => {
    const kinds = KIND_NAMES.filter((kind) => !takes.includes(kind))
    return { name, place, put, kinds, wanted: code }
  }),
)
const total = rows.reduce((sum, { kinds }) => sum + kinds.length, 0)
const size = `${Object.keys(DOORS).length} functions, ${rows.length} places, ${KIND_NAMES.length} kinds of values`

const READERS = new Set(['cloudtrail.subscribe', 'cloudtrail.query', 'cloudtrail.compact'])

describe('the table of public functions', () => {
  it('has all of them', () => {
    const ring = house.kms.keyring({ keyId })
    const there = [
      ...functionsOf(api, '').filter((name) => !/sealtrailerror/i.test(name)),
      ...functionsOf(mine, 'rawAesKeyring.'),
      ...functionsOf(house, ''),
      ...functionsOf(house.kms, 'kms.'),
      ...functionsOf(house.proofs, 'proofs.'),
      ...functionsOf(ring, 'kms.keyring.'),
      // Those that read; operations are AWS's, and checked against its model.
      ...functionsOf(house.cloudtrail, 'cloudtrail.').filter((name) => READERS.has(name)),
      'cloudtrail.ingest',
    ]
    expect(Object.keys(DOORS).sort()).toEqual(there.sort())
  })
})

describe(`${size}: ${total} wrong values`, () => {
  let before: unknown
  beforeAll(async () => {
    before = await effects()
  })

  it.each(rows)('are refused by $name as $place', async ({ put, kinds, wanted }) => {
    const faults = await Promise.all(
      kinds.map(async (kind) => {
        const value = KINDS[kind]()
        const { error, value: made } = (await settled(outcomeOf(() => put(value as never)))) as {
          error?: unknown
          value?: unknown
        }
        if (error === undefined) return `${kind} is taken for ${typeof made}`
        const { name, code, message } = error as { name: string; code: string; message: string }
        const isRefusal =
          name === 'SealtrailError' && code !== undefined && (wanted ?? code) === code
        return isRefusal ? undefined : `${kind}: ${name} ${code} ${message ?? String(error)}`
      }),
    )
    expect(faults.filter((fault) => fault !== undefined)).toEqual([])
  })

  it('leave nothing behind', async () => {
    expect(await effects()).toEqual(before)
    expect(existsSync(at('never'))).toBe(false)
  })

  it('disturb nobody', async () => {
    const large = Buffer.alloc(6 << 20, 'a line of a log\n')
    for (const options of [{ keyId }, { keyId, gzip: 1 }]) {
      for (const whole of [plain, large]) {
        const object = await house.seal(whole, options)
        const opened = await house.open(
          object,
          'gzip' in options ? { gunzip: { bytesMax: 1e8 } } : {},
        )
        expect(Buffer.compare(opened, whole)).toBe(0)
      }
    }
    const many = { KeyId: keyId, KeySpec: 'AES_256', NumberOfKeys: 2000 } as const
    const keys = await house.kms.generateDataKeys(many)
    const opened = await house.kms.decryptMany(
      keys.map(({ CiphertextBlob }) => ({ CiphertextBlob })),
    )
    expect(opened.every(({ status }) => status === 'fulfilled')).toBe(true)
    const other = await openSealtrail({ dataDir: at('other') })
    await other.close()
    await house.close()
    house = await openSealtrail({ dataDir: at('data') })
    expect(Buffer.compare(await house.open(sealed, { gunzip: { bytesMax: 1e6 } }), plain)).toBe(0)
  })
})
