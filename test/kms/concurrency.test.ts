/** Many callers at once: nobody sees half a change, and nothing is loaded twice or kept for ever. */
import { afterEach, describe, expect, it } from 'vitest'
import type { KeyHandle } from '../../src/engine/engine.js'
import type { EncryptionContext } from '../../src/message/encryption-context.js'
import type { Root } from '../../src/root/root.js'
import type { Store } from '../../src/store/store.js'
import { openTestKms, storeLike, type TestKms, type TestKmsOptions } from '../support/kms.js'

let house: TestKms
afterEach(() => house.remove())

async function open(options: TestKmsOptions = {}): Promise<TestKms> {
  house = await openTestKms(options)
  return house
}

async function newKeys(count: number): Promise<string[]> {
  const made = Array.from({ length: count }, () => house.kms.createKey({}))
  return (await Promise.all(made)).map(({ KeyMetadata }) => KeyMetadata.KeyId)
}

const outcomes = async (work: readonly Promise<unknown>[]) =>
  (await Promise.allSettled(work)).map((outcome) =>
    outcome.status === 'fulfilled' ? 'done' : (outcome.reason as { code: string }).code,
  )

describe('an alias', () => {
  it('that many make at once is made once', async () => {
    const { kms } = await open()
    const keys = await newKeys(20)
    const AliasName = 'alias/race'
    const made = await outcomes(
      keys.map((TargetKeyId) => kms.createAlias({ AliasName, TargetKeyId })),
    )
    expect(made.filter((outcome) => outcome === 'done')).toHaveLength(1)
    expect(made.filter((outcome) => outcome === 'AlreadyExistsException')).toHaveLength(19)
    const winner = keys[made.indexOf('done')]
    expect((await kms.describeKey({ KeyId: AliasName })).KeyMetadata.KeyId).toBe(winner)
    house = await house.reopen()
    expect((await house.kms.describeKey({ KeyId: AliasName })).KeyMetadata.KeyId).toBe(winner)
  })

  it('is in memory what it is on disk, whatever happened at once', async () => {
    const { kms } = await open()
    const keys = await newKeys(4)
    const names = ['alias/a', 'alias/b', 'alias/c']
    const work: Promise<unknown>[] = []
    for (let i = 0; i < 150; i++) {
      const AliasName = names[i % 3]!
      const TargetKeyId = keys[i % 4]!
      const kind = ((i ** 3) >> 3) % 4
      if (kind === 0) work.push(kms.createAlias({ AliasName, TargetKeyId }))
      else if (kind === 1) work.push(kms.updateAlias({ AliasName, TargetKeyId }))
      else if (kind === 2) work.push(kms.deleteAlias({ AliasName }))
      else work.push(kms.generateDataKey({ KeyId: AliasName, KeySpec: 'AES_128' }))
    }
    const seen = new Set(await outcomes(work))
    expect([...seen].sort()).toEqual(['AlreadyExistsException', 'NotFoundException', 'done'])
    // However often it was tried.
    const moves = await house.records({ eventName: 'UpdateAlias' })
    for (const { resources = [], errorCode } of moves) {
      if (errorCode === undefined) expect(resources).toHaveLength(2)
    }
    const onDisk = new Map(
      (await kms.listAliases({})).Aliases.map((alias) => [alias.AliasName, alias.TargetKeyId]),
    )
    for (const name of names) {
      const inMemory = await kms
        .describeKey({ KeyId: name })
        .then(({ KeyMetadata }) => KeyMetadata.KeyId)
        .catch(() => undefined)
      expect(inMemory).toBe(onDisk.get(name))
    }
  })
})

describe('a key that is switched off and on while it is used', () => {
  it('is refused from the answer on, and used again from the next answer on', async () => {
    const { kms } = await open()
    const [KeyId] = await newKeys(1)
    const { CiphertextBlob } = await kms.encrypt({ KeyId: KeyId!, Plaintext: Buffer.from('x') })
    const decryptMany = () => Array.from({ length: 20 }, () => kms.decrypt({ CiphertextBlob }))
    for (let round = 0; round < 10; round++) {
      const during = decryptMany()
      const switchedOff = kms.disableKey({ KeyId: KeyId! })
      during.push(...decryptMany())
      const settled = outcomes(during)
      await switchedOff
      const refused = new Set(await outcomes(decryptMany()))
      expect([...refused]).toEqual(['DisabledException'])
      for (const outcome of await settled) expect(['done', 'DisabledException']).toContain(outcome)
      await kms.enableKey({ KeyId: KeyId! })
      expect(new Set(await outcomes(decryptMany()))).toEqual(new Set(['done']))
    }
  })

  it('has the state of the change that was answered last', async () => {
    const { kms } = await open()
    const [KeyId] = await newKeys(1)
    const order: string[] = []
    await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const Description = `${i}`
        await kms.updateKeyDescription({ KeyId: KeyId!, Description })
        order.push(Description)
      }),
    )
    const { Description } = (await kms.describeKey({ KeyId: KeyId! })).KeyMetadata
    expect(Description).toBe(order.at(-1))
    house = await house.reopen()
    const again = (await house.kms.describeKey({ KeyId: KeyId! })).KeyMetadata
    expect(again.Description).toBe(Description)
  })
})

describe('calls that come together', () => {
  it('share their waits for the disk', async () => {
    const { kms, store } = await open()
    const [KeyId] = await newKeys(1)
    const before = store.counts
    const { batches, commits } = { ...before }
    await Promise.all(
      Array.from({ length: 300 }, () => kms.generateDataKey({ KeyId: KeyId!, KeySpec: 'AES_256' })),
    )
    expect(store.counts.commits - commits).toBe(300)
    expect(store.counts.batches - batches).toBeLessThan(30)
  })
})

describe('key material in memory', () => {
  /** Counts the handles that the root gave and nobody released. */
  function watched(): { live: () => number; given: () => number; wrapRoot: (root: Root) => Root } {
    let live = 0
    let given = 0
    const watch = (handle: KeyHandle): KeyHandle => {
      live++
      given++
      const release = handle.release.bind(handle)
      let isLive = true
      Object.defineProperty(handle, 'release', {
        value() {
          if (isLive) live--
          isLive = false
          release()
        },
      })
      return handle
    }
    const wrapRoot = (root: Root): Root => ({
      ...root,
      newShredKey: () => root.newShredKey(),
      openShredKey(id, bytes) {
        const shredKey = root.openShredKey(id, bytes)
        const unwrapKey = shredKey.unwrapKey.bind(shredKey)
        return Object.assign(shredKey, {
          unwrapKey: (wrapped: Uint8Array, context: EncryptionContext) =>
            watch(unwrapKey(wrapped, context)),
        })
      },
      wrapKey: (key, context) => root.wrapKey(key, context),
      unwrapKey: (wrapped, context) => root.unwrapKey(wrapped, context),
      authenticate: (text) => root.authenticate(text),
      release: () => root.release(),
    })
    return { live: () => live, given: () => given, wrapRoot }
  }

  it('is bounded, and comes back when needed', async () => {
    const { live, wrapRoot } = watched()
    const { kms } = await open({ keysMax: 3, wrapRoot })
    const keys = await newKeys(8)
    const blobs = await Promise.all(
      keys.map((KeyId) => kms.encrypt({ KeyId, Plaintext: Buffer.from(KeyId) })),
    )
    expect(live()).toBeLessThanOrEqual(3)
    for (const [i, { CiphertextBlob }] of blobs.entries()) {
      const { Plaintext } = await kms.decrypt({ CiphertextBlob })
      expect(Buffer.from(Plaintext).toString()).toBe(keys[i])
      expect(live()).toBeLessThanOrEqual(3)
    }
  })

  it('is not wiped while it is used', async () => {
    const { live, wrapRoot } = watched()
    const { kms } = await open({ keysMax: 1, wrapRoot })
    const [from, to] = await newKeys(2)
    const { CiphertextBlob } = await kms.encrypt({ KeyId: from!, Plaintext: Buffer.from('x') })
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const moved = await kms.reEncrypt({ CiphertextBlob, DestinationKeyId: to! })
        await kms.decrypt({ CiphertextBlob: moved.CiphertextBlob })
      }),
    )
    expect(live()).toBeLessThanOrEqual(1)
  })

  it('stays, when its key was forgotten while it was changed', async () => {
    const { given, wrapRoot } = watched()
    let atCommit = () => {}
    let goOn = () => {}
    let hold: Promise<void> | undefined
    const wrapStore = (store: Store): Store => ({
      ...storeLike(store),
      async commit(entry) {
        if (entry.changes?.length) {
          atCommit()
          await hold
        }
        await store.commit(entry)
      },
    })
    const { kms } = await open({ keysMax: 1, wrapRoot, wrapStore })
    const [KeyId, other] = await newKeys(2)
    hold = new Promise((resolve) => (goOn = resolve))
    const reached = new Promise<void>((resolve) => (atCommit = resolve))
    const changing = kms.updateKeyDescription({ KeyId: KeyId!, Description: 'changed' })
    await reached
    await kms.generateDataKey({ KeyId: other!, KeySpec: 'AES_256' })
    goOn()
    await changing
    const before = given()
    for (let i = 0; i < 3; i++) await kms.generateDataKey({ KeyId: KeyId!, KeySpec: 'AES_256' })
    expect(given() - before).toBe(1)
  })

  it('is unwrapped once for many who ask at once', async () => {
    const { given, wrapRoot } = watched()
    await open({ wrapRoot })
    const [KeyId] = await newKeys(1)
    house = await house.reopen()
    expect(given()).toBe(0)
    await Promise.all(
      Array.from({ length: 50 }, () =>
        house.kms.generateDataKey({ KeyId: KeyId!, KeySpec: 'AES_256' }),
      ),
    )
    expect(given()).toBe(1)
  })

  it('is wiped when its key is deleted, and when the service closes', async () => {
    const { live, wrapRoot } = watched()
    const { kms, clock, service } = await open({ wrapRoot })
    const [deleted, kept] = await newKeys(2)
    await kms.encrypt({ KeyId: deleted!, Plaintext: Buffer.from('x') })
    await kms.encrypt({ KeyId: kept!, Plaintext: Buffer.from('x') })
    expect(live()).toBe(2)
    await kms.scheduleKeyDeletion({ KeyId: deleted!, PendingWindowInDays: 7 })
    clock.addDays(7)
    await kms.listKeys({})
    expect(live()).toBe(1)
    await service.close()
    expect(live()).toBe(0)
  })
})
