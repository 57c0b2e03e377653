/**
 * Directories that earlier versions left (test/data/directories/), opened by this one.
 */
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { DatabaseSync } from '@photostructure/sqlite'
import { describe, expect, it } from 'vitest'
import { chooseEngines } from '../../src/engine/choose.js'
import { openRoot, type Root } from '../../src/root/root.js'
import { inspect } from '../../src/store/fsck/fsck.js'
import { Mark } from '../../src/store/journal/mark.js'
import { openStore } from '../../src/store/store.js'
import { hashOf } from '../../src/store/view/database-file.js'
import { OBJECTS_VERSION, OLDEST_CARRIED, SCHEMA_VERSION } from '../../src/store/view/schema.js'
import { withHouse } from './laid-out.js'
import { type Expected, layOut, rowsIn } from './proofs/directories.mjs'
import { temporaryDirs } from './temporary.js'

const newDir = temporaryDirs('older')
const VERSIONS = [5, 6]
const view = (root: string) => join(root, 'data/sealtrail.sqlite')
const snapshots = (root: string) =>
  readdirSync(join(root, 'data/snapshots')).map((name) => join(root, 'data/snapshots', name))

/** What a house finds there of all that was in it. */
async function foundIn(root: string, { keyIds, blobs, objects, aliases, gone }: Expected) {
  return await withHouse(root, async ({ kms, s3 }) => {
    const states = await Promise.all(
      keyIds.map(async (KeyId) => (await kms.describeKey({ KeyId })).KeyMetadata!.KeyState),
    )
    const opened = await Promise.all(
      blobs.map(async ({ blob, context }) => {
        const asked = { CiphertextBlob: Buffer.from(blob, 'base64'), EncryptionContext: context }
        const answer = await kms.decrypt(asked).catch(({ code }) => ({ Plaintext: code as string }))
        return Buffer.from(answer.Plaintext!).toString()
      }),
    )
    const bodies = await Promise.all(
      objects.map(async ({ bucket: Bucket, key: Key }) => {
        const { Body } = await s3.getObject({ Bucket, Key })
        return Buffer.from(Body!).toString()
      }),
    )
    const named = await Promise.all(
      [...Object.keys(aliases), ...gone].map(async (KeyId) => {
        const found = await kms.describeKey({ KeyId }).catch(({ code }) => code as string)
        return typeof found === 'string' ? found : found.KeyMetadata!.KeyId
      }),
    )
    const grants = await Promise.all(
      keyIds.map(async (KeyId) => (await kms.listGrants({ KeyId })).Grants!.length),
    )
    return { states, opened, bodies, named, grants }
  })
}

function whatWas({ keyIds, blobs, objects, aliases, gone }: Expected) {
  const [, , disabled, deleted] = keyIds
  return {
    states: ['Enabled', 'Enabled', 'Disabled', 'PendingDeletion', 'Enabled', 'Enabled'],
    opened: blobs.map(({ keyId, plaintext }) => {
      if (keyId === disabled) return 'DisabledException'
      return keyId === deleted ? 'KMSInvalidStateException' : plaintext
    }),
    bodies: objects.map(({ body }) => body),
    named: [...Object.values(aliases), ...gone.map(() => 'NotFoundException')],
    grants: [0, 1, 0, 0, 0, 0],
  }
}

/** Starts and stops the store alone, so that nothing of its own becomes of the rows. */
async function startStop(root: string): Promise<void> {
  const rootKey = await openRootOf(root)
  const store = await openStore({ dataDir: join(root, 'data'), scribe: false })
  await store.seal(rootKey.markKey)
  await store.close()
  rootKey.release()
}

function openRootOf(root: string): Promise<Root> {
  const engine = chooseEngines('node').small
  return openRoot({ kind: 'file', path: join(root, 'root-key') }, engine)
}

describe.each(VERSIONS)('a directory of version %i', (version) => {
  it('whose journal was trimmed is there with all that was in it, and again', async () => {
    const root = newDir()
    const expected = layOut(`v${version}-trimmed`, root)
    const found = whatWas(expected)
    expect(await foundIn(root, expected)).toEqual(found)
    expect(await foundIn(root, expected)).toEqual(found)
    expect(existsSync(`${view(root)}.before`)).toBe(false)
    expect(inspect(join(root, 'data'))).toMatchObject({ damage: [], mended: [] })
  })

  it('comes to the rows that its journal makes, from its view, from a snapshot, and from an older one', async () => {
    const made = ['view', 'snapshot', 'older snapshot', 'journal'].map(async (base) => {
      const root = newDir()
      layOut(`v${version}-whole`, root)
      const [oldest, newest] = snapshots(root) as [string, string]
      if (base !== 'view') rmSync(view(root))
      if (base === 'older snapshot' || base === 'journal') rmSync(newest)
      if (base === 'journal') rmSync(oldest)
      await startStop(root)
      return rowsIn(view(root))
    })
    const [fromView, fromSnapshot, fromOlder, fromJournal] = await Promise.all(made)
    expect(Object.keys(fromJournal!)).toContain('sqlite_sequence')
    expect(fromJournal!.kms_key).toHaveLength(6)
    expect(fromView).toEqual(fromJournal)
    expect(fromSnapshot).toEqual(fromJournal)
    expect(fromOlder).toEqual(fromJournal)
  })

  it('has each row that was in its tables, with nothing in columns that are new', async () => {
    const root = newDir()
    layOut(`v${version}-trimmed`, root)
    const before = rowsIn(view(root))
    await startStop(root)
    const after = rowsIn(view(root))
    const { 'made of': _, ...tables } = before
    for (const [table, rows] of Object.entries(tables)) {
      expect(after[table], table).toHaveLength(rows.length)
      const columns = Object.keys(rows[0] ?? {})
      const known = after[table]!.map((row) =>
        Object.fromEntries(columns.map((column) => [column, row[column]])),
      )
      expect(new Set(known.map((row) => JSON.stringify(row)))).toEqual(
        new Set(rows.map((row) => JSON.stringify(row))),
      )
      const others = after[table]!.flatMap((row) =>
        Object.entries(row).filter(([column]) => !columns.includes(column)),
      )
      expect(rows.length === 0 || others.every(([, value]) => value === null)).toBe(true)
    }
  })

  it('is looked at by fsck as it lies', async () => {
    const root = newDir()
    layOut(`v${version}-trimmed`, root)
    const bytes = readFileSync(view(root))
    expect(inspect(join(root, 'data'))).toMatchObject({ damage: [], mended: [], price: undefined })
    expect(readFileSync(view(root))).toEqual(bytes)
    expect(readdirSync(join(root, 'data')).filter((name) => name.startsWith('sealtrail'))).toEqual([
      'sealtrail.sqlite',
    ])
  })

  it('is begun again from its own view when a start of this one is killed', async () => {
    const root = newDir()
    const expected = layOut(`v${version}-trimmed`, root)
    // No other copy is left.
    for (const path of snapshots(root)) writeFileSync(path, 'x')
    const bytes = readFileSync(view(root))
    const store = await openStore({ dataDir: join(root, 'data'), scribe: false })
    const copy = newDir()
    cpSync(root, copy, { recursive: true })
    await store.close()
    for (const left of [root, copy]) {
      expect(readFileSync(`${view(left)}.before`)).toEqual(bytes)
      expect(await foundIn(left, expected)).toEqual(whatWas(expected))
      expect(existsSync(`${view(left)}.before`)).toBe(false)
    }
  })
})

describe('a directory whose journal was trimmed', () => {
  it('keeps its last copy until there is another one, and makes that with the next change', async () => {
    const root = newDir()
    const expected = layOut('v6-trimmed', root)
    await startStop(root)
    for (const path of snapshots(root)) writeFileSync(path, 'x')
    const bytes = readFileSync(view(root))
    const rootKey = await openRootOf(root)
    const store = await openStore({ dataDir: join(root, 'data'), scribe: false })
    await store.seal(rootKey.markKey)
    const killed = newDir()
    cpSync(root, killed, { recursive: true })
    writeFileSync(view(killed), 'torn')
    expect(readFileSync(`${view(killed)}.before`)).toEqual(bytes)
    expect(await foundIn(killed, expected)).toEqual(whatWas(expected))
    const row = { name: 'later', value: new Uint8Array(8) }
    await store.commit({ changes: [{ put: 'meta', row }] })
    expect(existsSync(`${view(root)}.before`)).toBe(false)
    const killedLater = newDir()
    cpSync(root, killedLater, { recursive: true })
    writeFileSync(view(killedLater), 'torn')
    expect(await foundIn(killedLater, expected)).toEqual(whatWas(expected))
    await store.close()
    rootKey.release()
  })

  it('is rid of copies that whoever died was making, or looked at, when it has been started', async () => {
    const root = newDir()
    layOut('v6-trimmed', root)
    const left = [
      'sealtrail.sqlite.before.part',
      'sealtrail.sqlite.copy',
      'objects.sqlite.copy-wal',
    ]
    for (const name of left) writeFileSync(join(root, 'data', name), 'left')
    await startStop(root)
    expect(left.filter((name) => existsSync(join(root, 'data', name)))).toEqual([])
  })

  it('is not called sound when no copy of its tables is left', async () => {
    const root = newDir()
    layOut('v6-trimmed', root)
    for (const path of [view(root), ...snapshots(root)]) writeFileSync(path, 'x')
    const dataDir = join(root, 'data')
    const refused = await startStop(root).catch((error: Error) => error.message)
    const { damage, price } = inspect(dataDir)
    expect(damage).toMatchObject([{ file: join(dataDir, 'snapshots') }])
    expect(refused).toContain(damage[0]!.reason)
    expect(price).toBeUndefined()
  })
})

describe('a directory of a version that is not known', () => {
  it('because it is too old is refused, untouched, when its journal was trimmed', async () => {
    const root = newDir()
    layOut('v5-trimmed', root)
    await editKnown(root, `pragma user_version = ${OLDEST_CARRIED - 1}`)
    await expect(startStop(root)).rejects.toMatchObject({
      code: 'StoreDamaged',
      message: expect.stringContaining(
        `of a version from ${OLDEST_CARRIED} to ${SCHEMA_VERSION}, and the journal goes back to sequence 87 only`,
      ),
    })
  })

  it('has nothing left out that this version has no place for', async () => {
    const root = newDir()
    layOut('v6-trimmed', root)
    await editKnown(
      root,
      'create table kms_more (name text); alter table kms_key add column more text',
    )
    await expect(startStop(root)).rejects.toMatchObject({
      code: 'StoreDamaged',
      message: expect.stringContaining('this version has no place for its table kms_more'),
    })
  })

  it.each([
    ['its view', 'sealtrail.sqlite', SCHEMA_VERSION],
    ['a snapshot', 'snapshots/000000000000095.sqlite', SCHEMA_VERSION],
    ['its objects', 'objects.sqlite', OBJECTS_VERSION],
  ])(
    'because it is newer is refused by both numbers, untouched: %s',
    async (_what, name, known) => {
      const root = newDir()
      layOut('v6-whole', root)
      const sqlite = new DatabaseSync(join(root, 'data', name))
      sqlite.exec(`pragma user_version = ${known + 1}`)
      sqlite.close()
      const before = bytesIn(root)
      const refused = {
        code: 'StoreFailed',
        message: expect.stringMatching(
          new RegExp(
            `${name} is of version ${known + 1} .* knows none behind ${known}: a newer one`,
          ),
        ),
      }
      await expect(startStop(root)).rejects.toMatchObject(refused)
      expect(() => inspect(join(root, 'data'))).toThrow(expect.objectContaining(refused))
      expect(bytesIn(root)).toEqual(before)
    },
  )

  it('because it is newer is refused when only the log of its view says so', async () => {
    const root = newDir()
    layOut('v6-whole', root)
    rmSync(view(root))
    const script = `
      const { DatabaseSync } = require('@photostructure/sqlite')
      const sqlite = new DatabaseSync(process.argv[1])
      sqlite.exec('pragma journal_mode = wal; create table t (x)')
      sqlite.exec('pragma user_version = ${SCHEMA_VERSION + 1}')
      process.kill(process.pid, 'SIGKILL')`
    spawnSync(process.execPath, ['-e', script, view(root)])
    expect(existsSync(`${view(root)}-wal`)).toBe(true)
    await expect(startStop(root)).rejects.toMatchObject({
      code: 'StoreFailed',
      message: expect.stringMatching(/sealtrail\.sqlite is of version \d+ .* a newer one wrote it/),
    })
  })

  it.each([
    ['mark', 'journal/mark', 512],
    ['a segment', 'journal/000000000000161.seal', 64],
  ])('because it is newer is refused by both numbers: %s', async (_what, name, headBytes) => {
    const root = newDir()
    layOut('v6-whole', root)
    const path = join(root, 'data', name)
    const bytes = readFileSync(path)
    for (let at = 0; at + headBytes <= bytes.length && at < 1024; at += 512) {
      const crcAt = at + (headBytes === 512 ? 256 : 60)
      bytes.writeUInt32BE(2, at + 8)
      bytes.writeUInt32BE(crc32(bytes.subarray(at, crcAt)), crcAt)
      if (headBytes === 64) break
    }
    writeFileSync(path, bytes)
    await expect(startStop(root)).rejects.toMatchObject({
      code: 'StoreFailed',
      message: expect.stringMatching(/is of version 2 .* knows none behind 1: a newer one/),
    })
  })
})

/** Changes the view, and has the mark know it so; no other copy is left. */
async function editKnown(root: string, sql: string): Promise<void> {
  const sqlite = new DatabaseSync(view(root))
  sqlite.exec(sql)
  sqlite.close()
  for (const path of snapshots(root)) writeFileSync(path, 'x')
  const rootKey = await openRootOf(root)
  const mark = Mark.open(join(root, 'data/journal/mark'))!
  mark.sealWith(rootKey.markKey, false)
  mark.write({ view: { ...mark.state.view!, hash: hashOf(view(root))! } })
  mark.close()
  rootKey.release()
}

function bytesIn(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()
  const files = names.filter((name) => statSync(join(root, name)).isFile())
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(root, name), 'base64')]))
}
