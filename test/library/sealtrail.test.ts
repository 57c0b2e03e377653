import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openSealtrail, rawAesKeyring, type Sealtrail } from '../../src/index.js'
import { temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('library')
const at = (name: string) => `${folder.path}/${name}`
const encryptionContext = JSON.parse('{"tenant": "acme", "__proto__": "just a key"}')
const log = Buffer.from('{"eventName":"Decrypt","awsRegion":"us-east-1"}\n'.repeat(50_000))
const refused = (code: string) => expect.objectContaining({ name: 'SealtrailError', code })

let sealtrail: Sealtrail
let keyId: string
beforeAll(async () => {
  sealtrail = await openSealtrail({ dataDir: at('data') })
  keyId = (await sealtrail.kms.createKey({})).KeyMetadata.KeyId
})
afterAll(async () => {
  await sealtrail.close()
  folder.remove()
})

describe('an object', () => {
  it.each([0, 1, 65_535, 65_536, 65_537, log.length])('of %i bytes comes back', async (bytes) => {
    const plain = log.subarray(0, bytes)
    const sealed = await sealtrail.seal(plain, { keyId, encryptionContext })
    expect(Buffer.from(await sealtrail.open(sealed, { encryptionContext })).equals(plain)).toBe(
      true,
    )
  })

  it('is compressed inside, as one member, when that is asked for', async () => {
    const sealed = await sealtrail.seal(log, { keyId, gzip: 6 })
    expect(sealed.length).toBeLessThan(log.length / 20)
    expect(gunzipSync(await sealtrail.open(sealed)).equals(log)).toBe(true)
    const opened = await sealtrail.open(sealed, { gunzip: { bytesMax: log.length } })
    expect(Buffer.from(opened).equals(log)).toBe(true)
  })

  it('that would unpack beyond its bound is refused', async () => {
    const sealed = await sealtrail.seal(log, { keyId, gzip: 6 })
    const opening = sealtrail.open(sealed, { gunzip: { bytesMax: log.length - 1 } })
    await expect(opening).rejects.toThrow(refused('OutputTooLarge'))
  })

  it.each([[{ tenant: 'other' }], [{ Tenant: 'acme' }], [{ tenant: 'acme', more: '' }]])(
    'is not opened for the context %o',
    async (wrong) => {
      const sealed = await sealtrail.seal(log, { keyId, encryptionContext: { tenant: 'acme' } })
      const opening = sealtrail.open(sealed, { encryptionContext: wrong })
      await expect(opening).rejects.toThrow(refused('InvalidCiphertextException'))
    },
  )

  it.each([
    ['the very pairs', encryptionContext, true],
    ['a pair too few', { tenant: 'acme' }, false],
    ['a pair too many', { ...encryptionContext, more: '' }, false],
    ['names of every object', { tenant: 'acme', toString: 'just a key' }, false],
    ['no pairs', undefined, false],
  ])('is opened for its exact context only: %s', async (_, given, fits) => {
    const sealed = await sealtrail.seal(log, { keyId, encryptionContext })
    const options = { encryptionContext: given, exactContext: true }
    const read = async (at: number, bytes: number) => sealed.slice(at, at + bytes)
    const range = { offset: 0, bytes: log.length }
    const ways = {
      open: () => sealtrail.open(sealed, options),
      stream: () => buffer(Readable.from([sealed]).compose(sealtrail.openStream(options))),
      range: async () =>
        (await sealtrail.openRange({ size: sealed.length, read }, range, options)).plain,
    }
    for (const [way, work] of Object.entries(ways)) {
      const outcome = await work().then(
        (opened) => Buffer.compare(opened, log),
        ({ code }: { code: string }) => code,
      )
      expect([way, outcome]).toEqual([way, fits ? 0 : 'InvalidCiphertextException'])
    }
  })

  it('is opened for an exact context of nothing when it has none', async () => {
    const sealed = await sealtrail.seal(log, { keyId })
    expect(Buffer.compare(await sealtrail.open(sealed, { exactContext: true }), log)).toBe(0)
  })

  it('is not opened by a caller of another account', async () => {
    const account = '999999999999'
    const identity = {
      type: 'Root',
      accountId: account,
      arn: `arn:aws:iam::${account}:root`,
    } as const
    const stranger = sealtrail.as({ account, region: 'us-east-1', identity })
    const sealed = await sealtrail.seal(log, { keyId })
    await expect(stranger.open(sealed)).rejects.toThrow(refused('InvalidCiphertextException'))
  })

  it('is not opened while its key is disabled', async () => {
    const { KeyId } = (await sealtrail.kms.createKey({})).KeyMetadata
    const sealed = await sealtrail.seal(log, { keyId: KeyId })
    await sealtrail.kms.disableKey({ KeyId })
    await expect(sealtrail.open(sealed)).rejects.toThrow(refused('DisabledException'))
    await sealtrail.kms.enableKey({ KeyId })
    expect(Buffer.from(await sealtrail.open(sealed)).equals(log)).toBe(true)
  })

  it.each([
    ['nothing', Buffer.alloc(0), 'ObjectDamaged'],
    ['text', Buffer.from('hello'), 'ObjectDamaged'],
    [
      '65,535 wrapped keys',
      Buffer.from(`020478${'00'.repeat(32)}0000ffff`, 'hex'),
      'InputTooLarge',
    ],
  ])('that is %s is refused', async (_, bytes, code) => {
    await expect(sealtrail.open(bytes)).rejects.toThrow(refused(code))
  })

  it.each([
    ['neither key nor keyring', {}, 'InputInvalid'],
    ['a key that is not there', { keyId: 'alias/nobody' }, 'NotFoundException'],
    [
      'a context of 9,000 characters',
      { keyId: 'k', encryptionContext: { k: 'v'.repeat(8_999) } },
      'ValidationException',
    ],
    ['a lone surrogate', { keyId: 'k', encryptionContext: { k: '\ud800' } }, 'ValidationException'],
    [
      'a reserved key',
      { keyId: 'k', encryptionContext: { 'aws-crypto-x': '' } },
      'ValidationException',
    ],
    ['a level that is none', { keyId: 'k', gzip: 13 }, 'InputInvalid'],
    ['frames that are too small', { keyId: 'k', frameBytes: 100 }, 'InputInvalid'],
  ])('is not sealed with %s', async (_, options, code) => {
    const known = 'keyId' in options && options.keyId === 'k' ? { ...options, keyId } : options
    await expect(sealtrail.seal(log, known)).rejects.toThrow(refused(code))
  })

  it('may have a key that is not ours', async () => {
    const keyring = rawAesKeyring({ namespace: 'mine', name: 'one', key: Buffer.alloc(32, 7) })
    const sealed = await sealtrail.seal(log, { keyring, encryptionContext })
    expect(Buffer.from(await sealtrail.open(sealed, { keyring })).equals(log)).toBe(true)
    await expect(sealtrail.open(sealed)).rejects.toThrow(refused('InvalidCiphertextException'))
  })
})

describe('a range of an object', () => {
  it.each([
    [0, 10],
    [65_530, 12],
    [1_000_000, 300_000],
    [-100, undefined],
    [2_399_999, 5],
  ])('from %i on, %s bytes, is what the object holds there', async (offset, bytes) => {
    const sealed = await sealtrail.seal(log, { keyId, encryptionContext })
    let readBytes = 0
    const read = async (at: number, count: number) => {
      readBytes += count
      return sealed.slice(at, at + count)
    }
    const range = bytes === undefined ? { offset } : { offset, bytes }
    const source = { size: sealed.length, read }
    const part = await sealtrail.openRange(source, range, { encryptionContext })
    const end = bytes === undefined ? undefined : offset + bytes
    expect(Buffer.from(part.plain).equals(log.subarray(offset, end))).toBe(true)
    expect(part.plainBytes).toBe(log.length)
    expect(readBytes).toBeLessThan(part.plain.length + 5 * 65_600)
  })
})

describe('streams', () => {
  it('seal what buffers open, and the other way round', async () => {
    const sealed = await buffer(Readable.from([log]).pipe(sealtrail.sealStream({ keyId })))
    expect(Buffer.from(await sealtrail.open(sealed)).equals(log)).toBe(true)
    const again = Readable.from([await sealtrail.seal(log, { keyId })])
    expect((await buffer(again.pipe(sealtrail.openStream()))).equals(log)).toBe(true)
  })

  it('compress and unpack on the way', async () => {
    const sealing = Readable.from([log]).pipe(sealtrail.sealStream({ keyId, gzip: 6 }))
    const sealed = await buffer(sealing)
    expect(sealed.length).toBeLessThan(log.length / 20)
    const opening = sealtrail.openStream({ gunzip: { bytesMax: log.length } })
    expect((await buffer(Readable.from([sealed]).pipe(opening))).equals(log)).toBe(true)
  })

  it.each([undefined, { bytesMax: 1e9 }])(
    'end in an error, not cleanly, at damage (gunzip %o)',
    async (gunzip) => {
      const sealed = Buffer.from(await sealtrail.seal(log, gunzip ? { keyId, gzip: 6 } : { keyId }))
      sealed[sealed.length - 1]! ^= 1
      const passing = pipeline(Readable.from([sealed]), sealtrail.openStream({ gunzip }), buffer)
      await expect(passing).rejects.toThrow(refused('ObjectDamaged'))
    },
  )

  it('end in the error of the key service', async () => {
    const stream = sealtrail.sealStream({ keyId: 'alias/nobody', gzip: 1 })
    const passing = pipeline(Readable.from([log]), stream, buffer)
    await expect(passing).rejects.toThrow(refused('NotFoundException'))
  })

  it('are there for the Web too', async () => {
    const sealed = new Blob([log])
      .stream()
      .pipeThrough(sealtrail.sealWebStream({ keyId, encryptionContext }))
      .pipeThrough(sealtrail.openWebStream({ encryptionContext }))
    expect((await buffer(sealed)).equals(log)).toBe(true)
  })
})

describe('files', () => {
  it('are sealed and opened', async () => {
    writeFileSync(at('log'), log)
    const options = { keyId, encryptionContext, gzip: 6 }
    const size = await sealtrail.sealFile(at('log'), at('log.sealed'), options)
    expect(readFileSync(at('log.sealed')).length).toBe(size)
    await sealtrail.openFile(at('log.sealed'), at('log.opened'), { gunzip: { bytesMax: 1e9 } })
    expect(readFileSync(at('log.opened')).equals(log)).toBe(true)
  })

  it('say how much of them has been read, while they are, and end where that is refused', async () => {
    const source = Buffer.alloc(3_000_000, 'a line of a log')
    writeFileSync(at('log'), source)
    const read: number[] = []
    const onProgress = (bytes: number) => void read.push(bytes)
    const size = await sealtrail.sealFile(at('log'), at('log.sealed'), { keyId, onProgress })
    expect(read.length).toBeGreaterThan(1)
    expect(read.at(-1)).toBe(source.length)
    expect(read).toEqual([...new Set(read)].sort((a, b) => a - b))
    read.length = 0
    await sealtrail.openFile(at('log.sealed'), at('log.opened'), { onProgress })
    expect(read.at(-1)).toBe(size)
    const refuse = () => {
      throw new Error('not this one')
    }
    const refusing = sealtrail.openFile(at('log.sealed'), at('never'), { onProgress: refuse })
    await expect(refusing).rejects.toThrow('not this one')
    expect(existsSync(at('never'))).toBe(false)
  })

  it('do not appear when their source is damaged or not there', async () => {
    const sealed = Buffer.from(await sealtrail.seal(log, { keyId }))
    writeFileSync(at('cut'), sealed.subarray(0, -70_000))
    await expect(sealtrail.openFile(at('cut'), at('never'))).rejects.toThrow(
      refused('ObjectDamaged'),
    )
    await expect(sealtrail.openFile(at('nowhere'), at('never'))).rejects.toThrow('ENOENT')
    expect(existsSync(at('never'))).toBe(false)
  })

  it('that cannot be read or made are refused, and nothing is left behind', async () => {
    const isOpen = () =>
      existsSync('/proc/self/fd') &&
      readdirSync('/proc/self/fd').some((fd) => linkOf(`/proc/self/fd/${fd}`) === at('log'))
    writeFileSync(at('log'), log)
    for (let i = 0; i < 10; i++) {
      const nowhere = at('no/such/folder')
      const outcomes = await Promise.allSettled([
        sealtrail.sealFile(at('log'), nowhere, { keyId, gzip: 1 }),
        sealtrail.openFile(at('nowhere'), at('never')),
        sealtrail.openFile(at('nowhere'), nowhere),
      ])
      const refusal = { status: 'rejected', reason: { code: 'ENOENT' } }
      expect(outcomes).toMatchObject([refusal, refusal, refusal])
    }
    await expect.poll(isOpen).toBe(false)
  })
})

describe('a house', () => {
  let other: Sealtrail | undefined
  afterEach(async () => other?.close())

  it('records each key use, whoever makes it', async () => {
    const service = sealtrail.as({
      ...sealtrail.caller,
      identity: { type: 'AWSService', invokedBy: 'logs.amazonaws.com' },
    })
    const Statement = [{ AWS: sealtrail.caller.account }, { Service: 'logs.amazonaws.com' }].map(
      (Principal) => ({ Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' }),
    )
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    await sealtrail.kms.putKeyPolicy({ KeyId: keyId, Policy })
    await service.open(await sealtrail.seal(log, { keyId, encryptionContext: { who: 'both' } }))
    const [read, write] = await sealtrail.records({ limit: 2 })
    expect(JSON.parse(write!.record)).toMatchObject({
      eventName: 'GenerateDataKey',
      userIdentity: { type: 'Root' },
    })
    expect(JSON.parse(read!.record)).toMatchObject({
      eventName: 'Decrypt',
      userIdentity: { type: 'AWSService', invokedBy: 'logs.amazonaws.com' },
      requestParameters: { encryptionContext: { who: 'both' } },
    })
  })

  it('has all its keys when it is opened again, with whatever engine', async () => {
    const options = { dataDir: at('again') }
    other = await openSealtrail(options)
    const key = (await other.kms.createKey({})).KeyMetadata.KeyId
    const sealed = await other.seal(log, { keyId: key })
    await other.close()
    for (const engine of ['node', 'wasm', 'auto'] as const) {
      other = await openSealtrail({ ...options, engine })
      expect(Buffer.from(await other.open(sealed)).equals(log)).toBe(true)
      await other.close()
    }
  })

  it('is one process at a time for its data directory', async () => {
    await expect(openSealtrail({ dataDir: at('data') })).rejects.toThrow(refused('StoreInUse'))
  })

  it('is not opened with another root key, or without its own', async () => {
    const options = { dataDir: at('bound'), rootKeyFile: at('bound.root-key') }
    await (await openSealtrail(options)).close()
    const wrong = openSealtrail({ ...options, rootKeyFile: at('data.root-key') })
    await expect(wrong).rejects.toThrow(refused('RootKeyUnusable'))
    const missing = openSealtrail({ ...options, rootKeyFile: at('lost.root-key') })
    await expect(missing).rejects.toThrow(refused('RootKeyUnusable'))
    expect(existsSync(at('lost.root-key'))).toBe(false)
  })

  it('refuses an option that it does not know', async () => {
    const options = { dataDir: at('x'), egnine: 'node' } as { dataDir: string }
    await expect(openSealtrail(options)).rejects.toThrow(refused('ConfigInvalid'))
  })

  it('refuses work once it is closed, and may be closed twice', async () => {
    other = await openSealtrail({ dataDir: at('closed') })
    await other.close()
    await other.close()
    await expect(other.kms.createKey({})).rejects.toThrow(refused('Closed'))
  })

  it('closes its ports with itself, and opens none afterwards', async () => {
    const other = await openSealtrail({ dataDir: at('ports') })
    const listening = await other.as(other.caller).listen({ port: 0 })
    expect((await fetch(`${listening.url}/_sealtrail/health/live`)).status).toBe(200)
    const late = expect(other.listen({ port: 0 })).rejects.toThrow(refused('Closed'))
    await other.close()
    await late
    await expect(fetch(`${listening.url}/_sealtrail/health/live`)).rejects.toThrow('fetch failed')
    await expect(other.listen({ port: 0 })).rejects.toThrow(refused('Closed'))
    await Promise.all([listening.close(), listening.close()])
  })

  it('finishes what is under way, also when two ask it to close', async () => {
    const options = { dataDir: at('under-way') }
    other = await openSealtrail(options)
    const { KeyId } = (await other.kms.createKey({})).KeyMetadata
    await other.close()
    other = await openSealtrail(options)
    // The key is not in memory: the call still needs the database and the root.
    const underWay = other.kms.generateDataKey({ KeyId, KeySpec: 'AES_256' })
    await Promise.all([other.close(), other.close()])
    expect((await underWay).Plaintext).toHaveLength(32)
  })
})

/** Where a link leads; empty when it has gone. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

describe('a house that requires locked memory', () => {
  it.each(['wasm', 'node'] as const)('is not opened over the %s engine', async (engine) => {
    const opening = openSealtrail({ dataDir: at('locked'), engine, lockedMemory: 'required' })
    await expect(opening).rejects.toThrow(refused('EngineUnavailable'))
    expect(existsSync(at('locked'))).toBe(false)
  })
})
