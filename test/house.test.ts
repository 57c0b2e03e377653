/**
 * The rooms import one way, and each outside thing has one door.
 *
 * The table is the architecture: changing it means changing ARCHITECTURE.md in the same commit.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOMS = [
  ['errors', 'invariant', 'excerpt', 'clock', 'config', 'config-fields', 'given'],
  ['bytes'],
  ['aws'],
  ['engine'],
  ['gzip'],
  ['message'],
  ['pool'],
  ['store'],
  ['root'],
  ['audit'],
  ['proofs'],
  ['policy'],
  ['service'],
  ['sigv4'],
  ['wire'],
  ['iam'],
  ['upstream'],
  ['kms'],
  ['s3'],
  ['trail'],
  ['seed', 'explain'],
  ['faults'],
  ['http'],
  ['sealed-objects', 'doors', 'listen', 'sealtrail', 'index'],
  ['load'],
  ['bench'],
  ['cli'],
]

/**
 * Files and folders of a room, which import themselves and what stands on a line above theirs. Those of one line do
 * not know each other, unless a comma joins them.
 */
const SUB_ROOMS: Readonly<Record<string, readonly string[]>> = {
  aws: ['streaming arn query-string', 'model', 'models typed shown constraints', 'take', 'forms'],
  engine: [
    'engine,private-keys',
    'frames ticket key-handles pkcs8',
    'openssl',
    'body',
    'message',
    'compose',
    'native wasm node',
    'self-test hand-over',
    'choose',
  ],
  store: [
    'files keep view/schema damage',
    'change blobs',
    'journal',
    'shreds view',
    'thread',
    'fsck',
    'commit-queue read-queue scribe',
    'store',
  ],
  proofs: [
    'texts tree log-row',
    'note edge',
    'checkpoint log-key tiles',
    'check-proof kept-log',
    'proof check-log write-tiles',
    'merkle-log',
    'proofs',
  ],
  service: [
    'policies schedule set-aside,due-rows page canonical-user over-quota',
    'caller tags seen-time',
    'deciding',
    'calls',
    'gate',
    'service',
  ],
  iam: [
    'ids ini model',
    'credentials-file principals',
    'facts',
    'parts lookup page',
    'tags views',
    'simulation',
    'operations',
    'iam sts',
  ],
  policy: [
    'values request',
    'grammar',
    'operators resources principals',
    'checks condition context-keys',
    'statement',
    'policy',
    'decide public',
    'matched',
  ],
  upstream: [
    'keys known',
    'client',
    'whole remover readers part owner probe',
    'packing upload sweep',
    'give-back',
    'open-upstream',
    'configured',
  ],
  kms: [
    'model refusals',
    'specs',
    'grants xks',
    'keys',
    'stores',
    'blob records quotas imports',
    'recipient',
    'parts',
    'use',
    'operations proxy',
    'batch handles managed',
    'keyring closed-keys',
    'kms',
  ],
  s3: [
    'model refusals',
    'buckets checksums',
    'objects',
    'lifecycle/rules',
    'lifecycle/due',
    'encryption lifecycle/shown',
    'records',
    'parts',
    'lifecycle/progress',
    'listing/text-range',
    'multipart',
    'contents',
    'listing versions use',
    'lifecycle fsck',
    'operations',
    's3',
  ],
  trail: [
    'model refusals usage',
    'selectors',
    'trails',
    'channels digests/signing-keys',
    'parts',
    'delivery',
    'digests ingest',
    'audit-events',
    'operations turns validation',
    'reading',
    'compaction',
    'trail',
  ],
  seed: [
    'schema check material yaml-text',
    'unique differences',
    'seed-file draft',
    'plan',
    'principals keys',
    'seed',
  ],
  faults: ['schema', 'faults-file', 'faults'],
  explain: ['facts principal question remedy', 'iam', 'explain'],
  http: [
    'log-output',
    'native-signer',
    'received loopback admission log client-gone',
    'protocols authenticate bodies peers cors forms',
    'doors health metrics',
    'serve',
    'front',
  ],
  load: [
    'data',
    'report',
    'live scenario',
    'shape recording',
    'targets',
    'work',
    'running',
    'coordination',
  ],
  bench: [
    'contest log-files machine user alone',
    'question',
    'disk engines peers sealing served',
    'questions',
    'report/report',
    'thresholds compare',
    'report',
    'asking',
  ],
}

const DOORS: ReadonlyArray<{ thing: string; pattern: RegExp; only: RegExp }> = [
  {
    thing: 'the environment',
    pattern: /process\.env|process\.argv/,
    only: /^(config|cli\/.*)\.ts$/,
  },
  { thing: 'standard output', pattern: /process\.std(out|err)|\bconsole\.\w+\(/, only: /^cli\// },
  { thing: 'the wall clock', pattern: /Date\.now\(|new Date\(\)/, only: /^clock\.ts$/ },
  {
    thing: 'randomness',
    pattern: /\b(randomBytes|randomFillSync|randomInt|randomUUID|getRandomValues|Math\.random)\b/,
    only: /^((engine|bytes)\/|bench\/(alone|questions\/wrap|served\/plain)\.ts$)/,
  },
  {
    thing: 'the network',
    pattern: /from '(node:(http|https|net|tls)|undici)'/,
    only: /^(http\/front\/|wire\/|bench\/served\/|load\/coordination\/tls\.ts$)/,
  },
  { thing: 'threads', pattern: /from '(node:worker_threads|piscina)'/, only: /^pool\// },
  { thing: 'the database', pattern: /from '@photostructure\/sqlite'/, only: /^store\/view\// },
  {
    thing: 'the disk',
    pattern: /from 'node:fs(\/promises)?'/,
    only: /^(store\/(files\/.*|view\/(database|lock))|root\/key-file|iam\/credentials-file|sealed-objects|config|bench\/(disk|questions\/journal)|http\/log-output|load\/(data\/log-files|recording\/machine|running\/raw-log|targets\/(house|place))|cli\/.*|engine\/(native\/addon|node\/features|wasm\/wasm))\.ts$/,
  },
  {
    thing: 'compiled code',
    pattern: /process\.dlopen|WebAssembly\.(Module|Instance|compile|instantiate)/,
    only: /^engine\/wasm\/wasm\.ts$/,
  },
  {
    thing: 'modules that are required, the addon one of them',
    pattern: /createRequire/,
    only: /^engine\/(native\/addon|openssl\/noble)\.ts$/,
  },
  {
    thing: 'the bytes of a key',
    pattern: /\.export(Key)?\(/,
    only: /^(engine\/|bench\/questions\/private-keys\.ts$|store\/journal\/loan\.ts$|kms\/operations\/private-keys\/data-key-pairs\.ts$)/,
  },
]

/** What waits for everything that it imports, and that in turn: which packages are among it. All others are for who needs them. */
const STARTS: Readonly<Record<string, readonly string[]>> = {
  'cli/main': ['cli-progress', 'commander'],
  sealtrail: ['cborg', 'kysely'],
  listen: ['pino'],
  doors: ['saxes'],
  'pool/worker': ['piscina'],
  'store/thread/store-thread': ['@photostructure/sqlite'],
}

/** Where secrets pass as bytes. What holds handles only is not here. */
const SECRET_PLACES = [
  'aws/forms/json.ts',
  'aws/forms/values.ts',
  'engine/hand-over.ts',
  'engine/pkcs8.ts',
  'message/raw-aes-keyring.ts',
  'store/files/private-file.ts',
  'root/key-file.ts',
  'root/root.ts',
  'root/wrapped-ascii.ts',
  'root/wrapping-key.ts',
  'iam/principals/secret.ts',
  's3/encryption/customer-key.ts',
  'proofs/log-key.ts',
  'trail/digests/signing-keys.ts',
  'seed/material.ts',
  'load/coordination/secret.ts',
  'seed/seed-file.ts',
  'kms/batch.ts',
  'kms/blob/ciphertext-blob.ts',
  'kms/blob/wrapping.ts',
  'kms/imports/given-material.ts',
  'kms/imports/transport.ts',
  'cli/keys/import.ts',
  'kms/operations/crypto.ts',
  'kms/operations/data-keys.ts',
  'kms/operations/private-keys/data-key-pairs.ts',
  'kms/operations/private-keys/macs.ts',
  'kms/operations/private-keys/shared-secret.ts',
  'kms/operations/random.ts',
  'kms/recipient/recipient.ts',
  'kms/recipient/seal.ts',
  'kms/use/encryption-key.ts',
  'kms/proxy/cipher.ts',
  'kms/stores/credential.ts',
  'http/bodies/body.ts',
  'http/front/answers.ts',
  'http/front/tls/certificate.ts',
  'http/doors/service-door.ts',
]

/**
 * What makes bytes that begin in V8's heap, which leaves copies of them there, or in memory with others' bytes in
 * it. Views are no new bytes; literals and the slices of these names are no secrets.
 */
const NOT_FOR_SECRETS = [
  /new Uint8Array\(/,
  /Uint8Array\.(from|of)\(/,
  /Buffer\.(alloc\w*|concat|copyBytesFrom)\(/,
  /Buffer\.from\((?!['`]|(\w+\.)?buffer\b)/,
  /(?<!\b(blobs|hex|keyId|keySpec|spec|target|userAgent))\.slice\(/,
  /randomBytes|structuredClone/,
]

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(join('src', file), 'utf8') }))

function roomOf(file: string): number {
  const room = file.includes('/') ? file.split('/')[0]! : file.replace(/\.ts$/, '')
  return ROOMS.findIndex((rooms) => rooms.includes(room))
}

/** The line of the room's table, and what on it, that `file` belongs to; the longest name that fits. */
function subRoomOf(file: string): { readonly line: number; readonly name: string } | undefined {
  const [room = '', ...rest] = file.replace(/\.ts$/, '').split('/')
  const path = rest.join('/')
  const found = (SUB_ROOMS[room] ?? []).flatMap((names, line) =>
    names
      .split(' ')
      .flatMap((name) => name.split(',').map((part) => ({ line, name, part })))
      .filter(({ part }) => path === part || path.startsWith(`${part}/`)),
  )
  return found.sort((a, b) => b.part.length - a.part.length)[0]
}

function importsOf(file: string, text: string): string[] {
  const folder = file.split('/').slice(0, -1)
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, source]) => {
    const path = [...folder]
    for (const step of source!.split('/')) {
      if (step === '..') path.pop()
      else if (step !== '.') path.push(step)
    }
    return path.join('/').replace(/\.js$/, '.ts')
  })
}

/** What a compiled file imports before it runs. */
function loadedBy(file: string): string[] {
  const imports = /^(?:import|export)\s(?:[^'"]*?\sfrom\s)?['"]([^'"]+)['"]/gm
  return [...readFileSync(file, 'utf8').matchAll(imports)].map(([, source]) => source!)
}

describe('a room', () => {
  it.each(files.map(({ file }) => file))('is known: %s', (file) => {
    expect(roomOf(file)).toBeGreaterThanOrEqual(0)
  })

  it.each(files)('of $file imports itself and rooms to its left only', ({ file, text }) => {
    const toTheRight = importsOf(file, text).filter((source) => roomOf(source) > roomOf(file))
    expect(toTheRight).toEqual([])
  })
})

describe('a start', () => {
  it.each(Object.entries(STARTS))('of %s loads these packages only: %j', (entry, packages) => {
    const own = new Set([`dist/${entry}.js`])
    const loaded = new Set<string>()
    for (const file of own) {
      for (const source of loadedBy(file)) {
        if (source.startsWith('.')) own.add(join(file, '..', source))
        else if (!source.startsWith('node:')) loaded.add(source)
      }
    }
    expect([...loaded].sort()).toEqual(packages)
  })

  it('of the command line loads no house', () => {
    expect(loadedBy('dist/cli/terminal/settings.js')).not.toContain('../../sealtrail.js')
  })
})

describe('a comment', () => {
  it.each(files)('of $file names only files that are there', ({ file, text }) => {
    const folders = file.split('/').map((_, i, steps) => steps.slice(0, i).join('/'))
    const isThere = (name: string) =>
      folders.some((folder) => existsSync(join('src', folder, name))) || existsSync(name)
    const comments = text.match(/\/\*\*[\s\S]*?\*\/|\/\/.*/g) ?? []
    const names = comments.join('\n').match(/(?<![\w.*/-])(?:[\w-]+\/)*[\w-]+\.(?:ts|rs|mjs)\b/g)
    expect(names?.filter((name) => !isThere(name)) ?? []).toEqual([])
  })
})

describe('a sub-room', () => {
  const inside = files.filter(({ file }) => file.split('/')[0]! in SUB_ROOMS)

  it.each(inside.map(({ file }) => file))('is known: %s', (file) => {
    expect(subRoomOf(file)).toBeDefined()
  })

  it.each(inside)('of $file imports itself and those above it only', ({ file, text }) => {
    const own = subRoomOf(file)!
    const others = importsOf(file, text).filter((source) => {
      if (source.split('/')[0] !== file.split('/')[0]) return false
      const { line, name } = subRoomOf(source)!
      return name !== own.name && line >= own.line
    })
    expect(others).toEqual([])
  })

  it.each(
    Object.entries(SUB_ROOMS).flatMap(([room, lines]) =>
      lines.flatMap((line) => line.split(/[ ,]/).map((name) => `${room}/${name}`)),
    ),
  )('is there: %s', (path) => {
    expect(files.some(({ file }) => file === `${path}.ts` || file.startsWith(`${path}/`))).toBe(
      true,
    )
  })
})

describe('a door', () => {
  it.each(DOORS)('to $thing is one that somebody uses', ({ pattern, only }) => {
    expect(files.some(({ file, text }) => pattern.test(text) && only.test(file))).toBe(true)
  })

  it.each(DOORS)('is the only way to $thing', ({ pattern, only }) => {
    const intruders = files.filter(({ file, text }) => pattern.test(text) && !only.test(file))
    expect(intruders.map(({ file }) => file)).toEqual([])
  })
})

describe('a secret', () => {
  it.each(SECRET_PLACES)('is made in room of its own outside the heap: %s', (place) => {
    const text = files.find(({ file }) => file === place)?.text
    expect(text).toBeDefined()
    const found = NOT_FOR_SECRETS.map((pattern) => pattern.exec(text!)?.[0])
    expect(found.filter((match) => match !== undefined)).toEqual([])
  })

  it.each([
    'Buffer.alloc(32)',
    'Buffer.allocUnsafe(32)',
    'Buffer.concat([a, b])',
    'Buffer.from(key)',
    'Buffer.from(text, encoding)',
    'new Uint8Array(KEY_BYTES)',
    'Uint8Array.from(key)',
    'blobText(scratch).slice()',
    'blobs.bytes.slice(0, 32)',
  ])('is not made by %s', (code) => {
    expect(NOT_FOR_SECRETS.some((pattern) => pattern.test(code))).toBe(true)
  })
})
