/** The caller's memory: shared with other threads, taken away too soon, or written to a stream. */
import { type Duplex, PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSealtrail, rawAesKeyring, type Sealtrail } from '../../src/index.js'
import { runScript } from '../support/child.js'
import { eachEngine } from '../support/engines.js'
import { KIND_NAMES, KINDS } from '../support/kinds.js'
import { temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('given')
const log = Buffer.from('{"eventName":"Decrypt"}\n'.repeat(1000))
const large = Buffer.alloc(6 << 20, log)
const refused = (code: string) => expect.objectContaining({ name: 'SealtrailError', code })
const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0

let house: Sealtrail
let keyId: string
beforeAll(async () => {
  house = await openSealtrail({ dataDir: `${folder.path}/data` })
  keyId = (await house.kms.createKey({})).KeyMetadata.KeyId
})
afterAll(async () => {
  await house.close()
  folder.remove()
})

function detach({ buffer }: Uint8Array): void {
  structuredClone(buffer, { transfer: [buffer as ArrayBuffer] })
}

describe('memory that another thread writes to', () => {
  it.each(eachEngine)('is sealed as it was at some moment ($name)', async ({ name }) => {
    const script = fileURLToPath(new URL('./shared-memory.mjs', import.meta.url))
    expect(await runScript(script, [`${folder.path}/shared-${name}`, name])).toBe(
      'sealed and opened\n',
    )
  })

  it('is opened, and is a blob of the key service', async () => {
    const share = (bytes: Uint8Array) => {
      const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
      shared.set(bytes)
      return shared
    }
    const sealed = await house.seal(share(log), { keyId })
    expect(isSame(await house.open(share(sealed)), log)).toBe(true)
    const Plaintext = share(log.subarray(0, 40))
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId: keyId, Plaintext })
    const opened = await house.kms.decrypt({ CiphertextBlob: share(CiphertextBlob) })
    expect(isSame(opened.Plaintext, log.subarray(0, 40))).toBe(true)
  })
})

describe('memory that is taken away too soon', () => {
  it.each([log, large])('is not sealed as something else', async (whole) => {
    for (const options of [{ keyId }, { keyId, gzip: 1 }]) {
      const plain = new Uint8Array(whole)
      const sealing = house.seal(plain, options)
      detach(plain)
      await expect(sealing).rejects.toThrow(refused('InputInvalid'))
    }
  })

  it('is not sealed as something else while it waits for a thread', async () => {
    const single = await openSealtrail({ dataDir: `${folder.path}/single`, threads: 1 })
    const key = (await single.kms.createKey({})).KeyMetadata.KeyId
    const all = Array.from({ length: 6 }, () => new Uint8Array(large))
    const sealing = all.map((plain) => single.seal(plain, { keyId: key, gzip: 1 }))
    const outcomes = Promise.allSettled(sealing)
    await sealing[0]
    for (const plain of all) detach(plain)
    for (const [i, outcome] of (await outcomes).entries()) {
      if (outcome.status === 'rejected') expect(outcome.reason).toEqual(refused('InputInvalid'))
      else {
        const opened = await single.open(outcome.value, { gunzip: { bytesMax: 1e9 } })
        expect([i, isSame(opened, large)]).toEqual([i, true])
      }
    }
    expect((await outcomes).at(-1)!.status).toBe('rejected')
    await single.close()
  })

  it.each([log, large])('is not opened', async (whole) => {
    const sealed = await house.seal(whole, { keyId })
    const opening = house.open(sealed)
    detach(sealed)
    await expect(opening).rejects.toThrow(refused('InputInvalid'))
  })

  it('is encrypted and decrypted as it was', async () => {
    const Plaintext = new Uint8Array(log.subarray(0, 100))
    const encrypting = house.kms.encrypt({ KeyId: keyId, Plaintext })
    detach(Plaintext)
    const { CiphertextBlob } = await encrypting
    const given = new Uint8Array(CiphertextBlob)
    const decrypting = house.kms.decrypt({ CiphertextBlob: given })
    detach(given)
    expect(isSame((await decrypting).Plaintext, log.subarray(0, 100))).toBe(true)
  })

  it('ends a stream that it was written to', async () => {
    const sealed = await house.seal(log, { keyId })
    for (const stream of [house.sealStream({ keyId }), house.openStream()]) {
      const piece = Buffer.from(new Uint8Array(sealed).buffer)
      stream.write(piece)
      detach(piece)
      stream.end()
      await expect(buffer(stream)).rejects.toThrow(refused('InputInvalid'))
    }
  })
})

describe('a context for opening', () => {
  it('that names a tenant without a value opens nothing', async () => {
    const sealed = await house.seal(log, { keyId })
    for (const context of [{ tenant: undefined }, new Map([['tenant', 'acme']])]) {
      const encryptionContext = context as never
      await expect(house.open(sealed, { encryptionContext })).rejects.toThrow(
        refused('InputInvalid'),
      )
    }
  })

  it('may be of another realm, for sealing too', async () => {
    const encryptionContext = runInNewContext('({ tenant: "acme" })')
    const plain = runInNewContext('new Uint8Array([1, 2, 3])')
    const sealed = await house.seal(plain, { keyId, encryptionContext })
    const opened = await house.open(sealed, { encryptionContext: { tenant: 'acme' } })
    expect([...opened]).toEqual([1, 2, 3])
  })
})

describe('a keyring of the caller that gives', () => {
  const mine = rawAesKeyring({ namespace: 'mine', name: 'one', key: Buffer.alloc(32, 7) })

  it('a data key that was released is refused', async () => {
    const keyring = {
      async generateDataKey(...given: Parameters<typeof mine.generateDataKey>) {
        const made = await mine.generateDataKey(...given)
        made.dataKey.release()
        return made
      },
      decryptDataKey: mine.decryptDataKey.bind(mine),
    }
    for (const plain of [log, large]) {
      await expect(house.seal(plain, { keyring })).rejects.toThrow(refused('KeyReleased'))
    }
  })

  it('a data key of another engine is refused', async () => {
    const others = eachEngine.filter(({ name }) => name !== house.engines.bulk.name)
    expect(others.length).toBeGreaterThan(0)
    for (const { engine } of others) {
      const keyring = {
        generateDataKey: (_: unknown, context: Record<string, string>) =>
          mine.generateDataKey(engine, context),
        decryptDataKey: mine.decryptDataKey.bind(mine),
      }
      await expect(house.seal(log, { keyring })).rejects.toThrow(refused('InputInvalid'))
    }
  })

  it('wraps that change afterwards has them sealed as they were', async () => {
    const given: Uint8Array[] = []
    const keyring = {
      async generateDataKey(...asked: Parameters<typeof mine.generateDataKey>) {
        const made = await mine.generateDataKey(...asked)
        given.push(made.encryptedDataKeys[0]!.providerInfo, made.encryptedDataKeys[0]!.ciphertext)
        return made
      },
      decryptDataKey: mine.decryptDataKey.bind(mine),
    }
    const sealing = Promise.all([1, 2, 3, 4].map(() => house.seal(large, { keyring, gzip: 1 })))
    while (given.length < 8) await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    for (const bytes of given) bytes.fill(0)
    for (const sealed of await sealing) {
      const opened = await house.open(sealed, { keyring, gunzip: { bytesMax: 1e9 } })
      expect(isSame(opened, large)).toBe(true)
    }
  })
})

describe('a Node stream', () => {
  /** The bytes that came through, or the name of the error. */
  async function through(make: () => unknown, stream: Duplex, ...after: Duplex[]) {
    try {
      const last = after.reduce((from, to) => from.pipe(to), stream)
      const all = buffer(last)
      all.catch(() => undefined)
      stream.on('error', (error) => last.destroy(error))
      stream.write(make())
      stream.end()
      return (await all).toString('hex')
    } catch (error) {
      return (error as { code: string }).code
    }
  }

  it.each(KIND_NAMES)('takes %s as other streams of bytes do', async (kind) => {
    const make = KINDS[kind]
    const expected = await through(make, new PassThrough())
    const came = await through(make, house.sealStream({ keyId }), house.openStream())
    expect(came).toBe(expected)
  })

  it('takes text in an encoding', async () => {
    const stream = house.sealStream({ keyId })
    stream.write('00ff', 'hex')
    stream.end('ü')
    expect(isSame(await house.open(await buffer(stream)), Buffer.from('00ffc3bc', 'hex'))).toBe(
      true,
    )
  })
})

describe('a Web stream', () => {
  it.each(KIND_NAMES.filter((kind) => kind !== 'a Uint8Array'))(
    'does not take %s',
    async (kind) => {
      for (const { readable, writable } of [
        house.sealWebStream({ keyId }),
        house.openWebStream(),
      ]) {
        const reading = buffer(readable)
        const writing = writable.getWriter().write(KINDS[kind]() as never)
        await expect(writing).rejects.toThrow(refused('InputInvalid'))
        await expect(reading).rejects.toThrow(refused('InputInvalid'))
      }
    },
  )

  it('takes bytes of another realm', async () => {
    const { readable, writable } = house.sealWebStream({ keyId })
    const sealed = buffer(readable)
    const writer = writable.getWriter()
    await writer.write(runInNewContext('new Uint8Array([1, 2, 3])'))
    await writer.close()
    expect([...(await house.open(await sealed))]).toEqual([1, 2, 3])
  })
})
