import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { inspect } from 'node:util'
import { crc32 } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { handOver } from '../../src/engine/hand-over.js'
import { bindRoot, openRoot, type Root } from '../../src/root/root.js'
import { openStore, type Store } from '../../src/store/store.js'
import { temporaryDirs } from '../store/temporary.js'
import { eachEngine, testedEngines } from '../support/engines.js'
import { fc, test } from '../support/property.js'

const newDir = temporaryDirs('root')
const engine = testedEngines[0]!
const CONTEXT = { account: '111122223333', region: 'us-west-2', keyId: 'k', version: '1' }
const closers: Array<() => unknown> = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A path in a folder of its own. */
function newPath(): string {
  const folder = newDir()
  mkdirSync(folder)
  return join(folder, 'root-key')
}

async function open(path: string, store?: Store, by = engine): Promise<Root> {
  const root = await openRoot({ kind: 'file', path }, by, store)
  closers.push(() => root.release())
  return root
}

async function newStore(dataDir = newDir()): Promise<Store> {
  const store = await openStore({ dataDir })
  closers.push(() => store.close())
  return store
}

/** What becomes of opening `path`: the code and the message. */
async function refusal(path: string, store?: Store): Promise<string> {
  try {
    await open(path, store)
    return 'opened'
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    return `${code}: ${message}`
  }
}

describe('a root key file', () => {
  it('is made at first use, for its owner alone', async () => {
    const path = newPath()
    await open(path)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(path).size).toBe(48)
    expect(readdirSync(dirname(path))).toEqual(['root-key'])
  })

  it('gives the same root again, and its bytes do not change', async () => {
    const path = newPath()
    const first = await open(path)
    const bytes = readFileSync(path)
    const second = await open(path)
    expect(second.rootId).toEqual(first.rootId)
    expect(readFileSync(path).equals(bytes)).toBe(true)
  })

  it('is another one each time', async () => {
    const [one, two] = [await open(newPath()), await open(newPath())]
    expect(one.rootId).not.toEqual(two.rootId)
  })

  it('is made once when several want it at the same moment', async () => {
    const path = newPath()
    const roots = await Promise.all(Array.from({ length: 8 }, () => open(path)))
    expect(new Set(roots.map(({ rootId }) => Buffer.from(rootId).toString('hex'))).size).toBe(1)
    expect(readdirSync(dirname(path))).toEqual(['root-key'])
  })

  it('may be readable only', async () => {
    const path = newPath()
    const { rootId } = await open(path)
    chmodSync(path, 0o400)
    expect((await open(path)).rootId).toEqual(rootId)
  })

  it.each([0o644, 0o640, 0o660, 0o604, 0o602, 0o700, 0o777])(
    'of mode %o is refused, and made right again by what the message says',
    async (mode) => {
      const path = newPath()
      await open(path)
      chmodSync(path, mode)
      const octal = mode.toString(8).padStart(4, '0')
      expect(await refusal(path)).toBe(
        `RootKeyUnusable: the root key file ${path} has mode ${octal}, and others could use it: ` +
          `chmod 600 '${path}'`,
      )
      chmodSync(path, 0o600)
      expect(await refusal(path)).toBe('opened')
    },
  )

  it('is not a symbolic link, whether or not it leads somewhere', async () => {
    const path = newPath()
    await open(path)
    symlinkSync(path, `${path}-link`)
    symlinkSync(`${path}-nowhere`, `${path}-dangling`)
    for (const link of [`${path}-link`, `${path}-dangling`]) {
      expect(await refusal(link)).toMatch(
        /^RootKeyUnusable: .* is a symbolic link: name the file itself/,
      )
    }
    expect(existsSync(`${path}-nowhere`)).toBe(false)
  })

  it('is a file, not a directory or a pipe', async () => {
    const path = newPath()
    execFileSync('/bin/sh', ['-c', 'mkfifo -m 600 "$0"', path])
    for (const other of [path, dirname(path)]) {
      expect(await refusal(other)).toBe(`RootKeyUnusable: the root key file ${other} is not a file`)
    }
  })

  it('has its exact size', async () => {
    const path = newPath()
    await open(path)
    const bytes = readFileSync(path)
    for (const size of [0, 1, 32, 47]) {
      truncateSync(path, size)
      expect(await refusal(path)).toMatch(/^RootKeyUnusable: .* is not a whole root key file/)
      writeFileSync(path, bytes)
    }
    writeFileSync(path, Buffer.concat([bytes, Buffer.alloc(1)]))
    expect(await refusal(path)).toMatch(/is not a whole root key file/)
  })

  it('is refused with any bit of it flipped', async () => {
    const path = newPath()
    await open(path)
    const bytes = readFileSync(path)
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      writeFileSync(path, flipped)
      expect(await refusal(path)).toMatch(/^RootKeyUnusable: .* is not a whole root key file/)
    }
  })

  it('of a later version is told from a damaged one', async () => {
    const path = newPath()
    await open(path)
    const bytes = readFileSync(path)
    bytes.writeUInt32BE(2, 8)
    bytes.writeUInt32BE(crc32(bytes.subarray(0, 44)), 44)
    writeFileSync(path, bytes)
    expect(await refusal(path)).toMatch(/is of version 2, and this sealtrail reads version 1$/)
  })

  it('cannot be made where there is no directory', async () => {
    const path = join(newDir(), 'none', 'root-key')
    expect(await refusal(path)).toMatch(
      /^RootKeyUnusable: the root key file .* cannot be made: ENOENT/,
    )
  })

  it('never shows in what an error says', async () => {
    const path = newPath()
    const root = await open(path)
    const key = readFileSync(path).subarray(12, 44)
    chmodSync(path, 0o644)
    const said = `${await refusal(path)} ${inspect(root, { depth: 9, showHidden: true })}`
    for (const form of ['hex', 'base64', 'latin1'] as const) {
      expect(said).not.toContain(key.toString(form))
    }
  })
})

describe('a root', () => {
  const key = () => engine.importKey(Buffer.alloc(32, 7))

  it('gives back the key that it wrapped', async () => {
    const root = await open(newPath())
    const wrapped = root.wrapKey(key(), CONTEXT)
    expect(wrapped).toHaveLength(128)
    const before = Buffer.from(wrapped)
    const unwrapped = root.unwrapKey(wrapped, CONTEXT)
    expect(before.equals(wrapped)).toBe(true)
    expect(engine.xaesCommitment(unwrapped, new Uint8Array(24))).toEqual(
      engine.xaesCommitment(key(), new Uint8Array(24)),
    )
  })

  it('wraps differently each time, and never as a CiphertextBlob looks', async () => {
    const root = await open(newPath())
    const [one, two] = [root.wrapKey(key(), CONTEXT), root.wrapKey(key(), CONTEXT)]
    expect(Buffer.compare(one, two)).not.toBe(0)
    expect(one[0]).not.toBe(1)
    expect(Buffer.from(one.subarray(8, 24)).equals(root.rootId)).toBe(true)
  })

  it('gives back the secret that it wrapped, and no key in its place', async () => {
    const root = await open(newPath())
    const secret = Buffer.from('a secret of 32 bytes, as keys are')
    const wrapped = root.wrapSecret(secret.subarray(0, 32), CONTEXT)
    expect(wrapped).toHaveLength(128)
    expect(Buffer.from(root.unwrapSecret(wrapped, CONTEXT))).toEqual(secret.subarray(0, 32))
    for (const size of [0, 95, 96, 127]) {
      expect(() => root.unwrapSecret(wrapped.subarray(0, size), CONTEXT)).toThrow(
        /cannot be unwrapped/,
      )
    }
    for (let i = 0; i < wrapped.length; i++) {
      const flipped = Buffer.from(wrapped)
      flipped[i]! ^= 1
      expect(() => root.unwrapSecret(flipped, CONTEXT)).toThrow(/cannot be unwrapped/)
    }
  })

  it('unwraps for the same context only', async () => {
    const root = await open(newPath())
    const wrapped = root.wrapKey(key(), CONTEXT)
    for (const context of [
      {},
      { ...CONTEXT, account: '111122223334' },
      { ...CONTEXT, keyId: 'l' },
      { ...CONTEXT, version: '2' },
      { ...CONTEXT, more: '' },
    ]) {
      expect(() => root.unwrapKey(wrapped, context)).toThrow(
        expect.objectContaining({ code: 'RootKeyUnusable' }),
      )
    }
    const reordered = Object.fromEntries(Object.entries(CONTEXT).reverse())
    root.unwrapKey(wrapped, reordered).release()
  })

  it('refuses wrapped material with any bit of it flipped, and any part of it', async () => {
    const root = await open(newPath())
    const wrapped = root.wrapKey(key(), CONTEXT)
    for (let bit = 0; bit < wrapped.length * 8; bit++) {
      const flipped = Uint8Array.from(wrapped)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => root.unwrapKey(flipped, CONTEXT)).toThrow(/cannot be unwrapped/)
    }
    for (const size of [0, 24, 80, 127]) {
      expect(() => root.unwrapKey(wrapped.subarray(0, size), CONTEXT)).toThrow(
        /cannot be unwrapped/,
      )
    }
    expect(() => root.unwrapKey(Buffer.concat([wrapped, Buffer.alloc(1)]), CONTEXT)).toThrow(
      /cannot be unwrapped/,
    )
  })

  test.prop([fc.uint8Array({ maxLength: 200 })])('refuses anything else', async (bytes) => {
    const root = await open(newPath())
    expect(() => root.unwrapKey(bytes, CONTEXT)).toThrow(
      expect.objectContaining({ code: 'RootKeyUnusable' }),
    )
  })

  it('names the root that wrapped what it cannot open', async () => {
    const [one, two] = [await open(newPath()), await open(newPath())]
    const wrapped = one.wrapKey(key(), CONTEXT)
    expect(() => two.unwrapKey(wrapped, CONTEXT)).toThrow(Buffer.from(one.rootId).toString('hex'))
  })

  it('is of no use when released', async () => {
    const root = await open(newPath())
    const wrapped = root.wrapKey(key(), CONTEXT)
    root.release()
    root.release()
    expect(() => root.unwrapKey(wrapped, CONTEXT)).toThrow(
      expect.objectContaining({ code: 'KeyReleased' }),
    )
    expect(() => root.wrapKey(key(), CONTEXT)).toThrow(
      expect.objectContaining({ code: 'KeyReleased' }),
    )
  })
})

describe.each(eachEngine)('a root on the $name engine', ({ engine: own }) => {
  it('has the id and opens the material of every other engine’s', async () => {
    const path = newPath()
    const root = await open(path, undefined, own)
    const dataKey = own.importKey(Buffer.alloc(32, 9))
    const wrapped = root.wrapKey(dataKey, CONTEXT)
    for (const { engine: other } of eachEngine) {
      const same = await open(path, undefined, other)
      expect(Buffer.from(same.rootId).equals(root.rootId)).toBe(true)
      const back = handOver(same.unwrapKey(wrapped, CONTEXT), other, own)
      expect(own.xaesCommitment(back, new Uint8Array(24))).toEqual(
        own.xaesCommitment(dataKey, new Uint8Array(24)),
      )
    }
  })
})

describe('a data directory', () => {
  it('is bound to the root that it first meets', async () => {
    const dataDir = newDir()
    const path = newPath()
    for (let start = 0; start < 3; start++) {
      const store = await newStore(dataDir)
      const root = await open(path, store)
      await bindRoot(store, root)
      await bindRoot(store, root)
      await store.close()
    }
  })

  it('is refused to another root, which hears both ids', async () => {
    const store = await newStore()
    const first = await open(newPath(), store)
    await bindRoot(store, first)
    const second = await open(newPath())
    const ids = [first, second].map(({ rootId }) => Buffer.from(rootId).toString('hex'))
    await expect(bindRoot(store, second)).rejects.toMatchObject({
      code: 'RootKeyUnusable',
      message: expect.stringMatching(
        new RegExp(`made with another root key .*${ids[0]}.*${ids[1]}.*put the right`),
      ),
    })
    await bindRoot(store, first)
  })

  it('whose root key file is lost gets no new one', async () => {
    const store = await newStore()
    const path = newPath()
    const root = await open(path, store)
    await bindRoot(store, root)
    const bytes = readFileSync(path)
    rmSync(path)
    const id = Buffer.from(root.rootId).toString('hex')
    expect(await refusal(path, store)).toMatch(
      new RegExp(`^RootKeyUnusable: the root key file .* is missing.*put back .*${id}`),
    )
    expect(existsSync(path)).toBe(false)
    writeFileSync(path, bytes, { mode: 0o600 })
    await bindRoot(store, await open(path, store))
  })

  it('does not hold its own root key, also by way of a link', async () => {
    const store = await newStore()
    const { dataDir } = store
    mkdirSync(join(dataDir, 'below'))
    symlinkSync(dataDir, `${dataDir}-link`)
    for (const path of [
      join(dataDir, 'root-key'),
      join(dataDir, 'below', 'root-key'),
      join(dataDir, 'below', '..', 'root-key'),
      join(`${dataDir}-link`, 'root-key'),
    ]) {
      expect(await refusal(path, store)).toMatch(
        /^RootKeyUnusable: .* lies in the data directory.*move it/,
      )
      expect(existsSync(path)).toBe(false)
    }
    expect(await refusal(`${dataDir}.root-key`, store)).toBe('opened')
    expect(await refusal(join(dirname(dataDir), '..root-key'), store)).toBe('opened')
  })

  it('may share its root key file with another', async () => {
    const path = newPath()
    for (const store of [await newStore(), await newStore()]) {
      await bindRoot(store, await open(path, store))
    }
  })

  it('does not mind another name of the key file', async () => {
    const store = await newStore()
    const path = newPath()
    await bindRoot(store, await open(path, store))
    linkSync(path, `${path}-copy`)
    await bindRoot(store, await open(`${path}-copy`, store))
  })
})
