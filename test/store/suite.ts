/**
 * What holds of every store, whatever it stands on.
 *
 * @module
 */
import { afterEach, describe, expect, it } from 'vitest'
import type { Change } from '../../src/store/change.js'
import type { RecordPage, RecordQuery, StoredRecord } from '../../src/store/journal/records.js'
import type { Store, StoreOptions } from '../../src/store/store.js'
import type { Row } from '../../src/store/view/schema.js'

/** A store that is closed after the test; the same `dataDir` is the same store again. */
export type OpenStore = (options?: Partial<StoreOptions>) => Promise<Store>

export const KEY: Row<'kms_key'> = {
  account: '111122223333',
  region: 'eu-central-1',
  key_id: 'k',
  created_at: 1_764_000_000_000,
  description: 'Größe 🙂',
  key_state: 'Enabled',
  deletion_at: null,
  key_spec: 'SYMMETRIC_DEFAULT',
  key_usage: 'ENCRYPT_DECRYPT',
  origin: 'AWS_KMS',
  multi_region: 0,
  principals: null,
  policy: '{}',
  tags: '[]',
  current_material: 1,
  managed_by: null,
  primary_region: null,
  deletion_days: null,
  rotation_days: null,
  rotation_at: null,
  store_id: null,
  xks_key_id: null,
  shred_id: '0123456789abcdef0123456789abcdef',
  mac: Uint8Array.from({ length: 32 }, (_, i) => i),
}
const { account, region, key_id } = KEY
const MATERIAL = {
  ...{ account, region, key_id, version: 1, material_id: 'ab', created_at: 5 },
  ...{ rotation: null, shred_id: null, valid_to: null, description: null, mac: null },
  wrapped: Uint8Array.from({ length: 128 }, (_, i) => i),
}
const ALIAS = {
  ...{ account, region, alias_name: 'alias/a', target_key_id: key_id },
  ...{ created_at: 1, updated_at: 1 },
}

export function fact(name: string, value: Uint8Array = new Uint8Array(8)): Change {
  return { put: 'meta', row: { name, value } }
}

/** The row of a version, whose key is `key`. */
export function versionRow(
  key: string,
  differing: Partial<Row<'s3_version'>> = {},
): Row<'s3_version'> {
  return {
    ...{ bucket_id: '0123456789abcdef', object_key: key, version_order: -1, version_id: 'null' },
    ...{ is_latest: 1, is_marker: 0, bytes: 5, etag: 'e', modified_at: 7, blob: `blob-${key}` },
    ...{ upload_id: null, facts: '{"owner":"111122223333"}', mac: new Uint8Array(32).fill(3) },
    ...differing,
  }
}

export function version(key: string, differing: Partial<Row<'s3_version'>> = {}): Change {
  return { put: 's3_version', row: versionRow(key, differing) }
}

/** All rows of versions, in the order of their keys. */
export async function versions(store: Store): Promise<Row<'s3_version'>[]> {
  return await store.read(
    store.query
      .selectFrom('s3_version')
      .selectAll()
      .orderBy('bucket_id')
      .orderBy('object_key')
      .orderBy('version_order')
      .compile(),
  )
}

/** Commits one fact for each name. */
export function say(store: Store, ...names: string[]): Promise<void> {
  return store.commit({ changes: names.map((name) => fact(name)) })
}

export function record(eventId: string): string {
  return `{"eventID":"${eventId}"}`
}

/** All records, oldest first. */
export async function records(store: Store): Promise<StoredRecord[]> {
  const all: StoredRecord[] = []
  let query: RecordQuery | undefined = { holding: [], after: 0 }
  while (query !== undefined) {
    const page: RecordPage = await store.records(query)
    all.push(...page.records)
    query = page.next
  }
  return all
}

export async function facts(store: Store): Promise<string[]> {
  const rows = await store.read(
    store.query.selectFrom('meta').select('name').orderBy('name').compile(),
  )
  return rows.map(({ name }) => name)
}

export function outcome(commit: Promise<unknown>): Promise<string> {
  return commit.then(
    () => 'durable',
    (error: { code: string }) => error.code,
  )
}

export function describeStore(what: string, openStore: OpenStore, newDir: () => string): void {
  const opened: Store[] = []
  const open: OpenStore = async (options) => {
    const store = await openStore(options)
    opened.push(store)
    return store
  }

  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close()
  })

  describe(`${what}`, () => {
    it('gives back what was committed, bytes and all', async () => {
      const store = await open()
      await store.commit({
        changes: [
          { put: 'kms_key', row: KEY },
          { put: 'kms_material', row: MATERIAL },
        ],
      })
      const keys = await store.read(store.query.selectFrom('kms_key').selectAll().compile())
      expect(keys).toEqual([{ seq: 1, ...KEY }])
      const select = store.query.selectFrom('kms_material').selectAll().compile()
      expect(await store.read(select)).toEqual([MATERIAL])
    })

    it('tells followers of each commit when its records can be read, and no more who do not follow', async () => {
      const store = await open()
      const seen: number[] = []
      const forget = store.onRecords(() => {
        void records(store).then((found) => seen.push(found.length))
      })
      await store.commit({ records: [record('a')] })
      await expect.poll(() => seen).toContain(1)
      await store.commit({ changes: [fact('f')], records: [record('b'), record('c')] })
      await expect.poll(() => seen).toContain(3)
      forget()
      const before = seen.length
      await store.commit({ records: [record('d')] })
      await records(store)
      expect(seen).toHaveLength(before)
    })

    it('puts a row in the place of the one with its key, and keeps what refers to it', async () => {
      const store = await open()
      const put = (row: Row<'kms_key'>): Change => ({ put: 'kms_key', row })
      const other = { ...KEY, key_id: 'l' }
      await store.commit({ changes: [put(KEY), { put: 'kms_alias', row: ALIAS }, put(other)] })
      const next = { ...KEY, key_state: 'Disabled', deletion_at: 7, tags: '[1]' }
      await store.commit({ changes: [put(next)] })
      const keys = store.query.selectFrom('kms_key').selectAll().orderBy('seq').compile()
      expect(await store.read(keys)).toEqual([
        { seq: 1, ...next },
        { seq: 2, ...other },
      ])
      const aliases = store.query.selectFrom('kms_alias').selectAll().compile()
      expect(await store.read(aliases)).toEqual([ALIAS])
    })

    it('drops the row with the key, and no other', async () => {
      const store = await open()
      await say(store, 'a', 'b', 'c')
      await store.commit({ changes: [{ drop: 'meta', key: { name: 'b' } }] })
      await store.commit({ changes: [{ drop: 'meta', key: { name: 'none' } }] })
      expect(await facts(store)).toEqual(['a', 'c'])
    })

    it('keeps rows of large tables as all others', async () => {
      const store = await open()
      const upload: Row<'s3_upload'> = {
        ...{ upload_id: 'u', bucket_id: 'b', object_key: 'k', initiated_at: 1, is_complete: 0 },
        ...{ facts: '{}', mac: new Uint8Array(32) },
      }
      const part = (part_number: number): Row<'s3_part'> => ({
        ...{ upload_id: 'u', part_number, bytes: 1, etag: 'e', modified_at: 1 },
        ...{ blob: `p${part_number}`, facts: '{}', mac: new Uint8Array(32) },
      })
      await store.commit({ changes: [version('b'), version('a'), version('Größe 🙂')] })
      await store.commit({
        changes: [
          { put: 's3_upload', row: upload },
          { put: 's3_part', row: part(2) },
          { put: 's3_part', row: part(10) },
          { drop: 's3_part', key: { upload_id: 'u', part_number: 2 } },
          version('a', { is_latest: 0 }),
          { drop: 's3_version', key: versionRow('b') },
        ],
      })
      expect(await versions(store)).toEqual([
        versionRow('Größe 🙂'),
        versionRow('a', { is_latest: 0 }),
      ])
      const parts = store.query.selectFrom('s3_part').selectAll().compile()
      expect(await store.read(parts)).toEqual([part(10)])
      const uploads = store.query.selectFrom('s3_upload').selectAll().compile()
      expect(await store.read(uploads)).toEqual([upload])
    })

    it('makes its changes in their order', async () => {
      const store = await open()
      const drop: Change = { drop: 'meta', key: { name: 'a' } }
      const [first, last] = [new Uint8Array([1]), new Uint8Array([2])]
      await store.commit({ changes: [fact('a', first), drop, fact('a', last), fact('b')] })
      await store.commit({ changes: [{ drop: 'meta', key: { name: 'b' } }] })
      const rows = await store.read(store.query.selectFrom('meta').selectAll().compile())
      expect(rows).toEqual([{ name: 'a', value: last }])
    })

    it('numbers its records in the order of their commits', async () => {
      const store = await open()
      await store.commit({ records: [record('b'), record('a')] })
      await store.commit({ changes: [fact('x')], records: [record('c')] })
      expect(await records(store)).toEqual(
        ['b', 'a', 'c'].map((id, i) => ({ seq: i + 1, record: record(id) })),
      )
    })

    it('keeps what was committed when it is closed and opened again', async () => {
      const dataDir = newDir()
      for (const names of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
        const store = await open({ dataDir })
        await say(store, names.at(-1)!)
        expect(await facts(store)).toEqual(names)
        await store.close()
      }
    })

    it.each(['', 'Größe 🙂 \u2028', "'; drop table meta; --", 'a'.repeat(100_000)])(
      'keeps the text %j',
      async (name) => {
        const store = await open()
        await say(store, name)
        expect(await facts(store)).toEqual([name])
      },
    )

    it.each(['NUL \0 inside', 'half \ud83d a character'])(
      'refuses the text %j, which would not come back as it is',
      async (name) => {
        const store = await open()
        await expect(say(store, name)).rejects.toMatchObject({ code: 'InputInvalid' })
        expect(await facts(store)).toEqual([])
      },
    )

    it('refuses a record with half a character, and keeps those beside it', async () => {
      const store = await open()
      const refused = store.commit({ records: [record('a'), record('half \ud83d')] })
      await Promise.all([
        expect(refused).rejects.toMatchObject({ code: 'InputInvalid' }),
        store.commit({ records: [record('Größe 🙂')] }),
      ])
      expect(await records(store)).toEqual([{ seq: 1, record: record('Größe 🙂') }])
    })

    it('answers a commit of nothing at once', async () => {
      const store = await open()
      await store.commit({})
      await store.commit({ changes: [], records: [] })
      expect(store.counts).toEqual({ batches: 0, commits: 0, queuedBytes: 0 })
    })

    it('takes the bytes as they are when commit is called', async () => {
      const store = await open()
      const value = Buffer.from('before')
      const committed = store.commit({ changes: [fact('a', value)] })
      value.fill(0)
      await committed
      const [row] = await store.read(store.query.selectFrom('meta').select('value').compile())
      expect(Buffer.from(row!.value).toString()).toBe('before')
    })

    it('counts how often the disk was waited for', async () => {
      const store = await open()
      const before = await store.syncs()
      for (let i = 0; i < 10; i++) await store.commit({ records: [record(`${i}`)] })
      const made = (await store.syncs()) - before
      // A sync for each, and those of the mark, which is looked after every second.
      expect(made).toBeGreaterThanOrEqual(10)
      expect(made).toBeLessThan(20)
      await store.close()
      expect(await store.syncs()).toBeGreaterThanOrEqual(before + made)
    })

    it('reads every commit that has resolved', async () => {
      const store = await open()
      for (let i = 0; i < 50; i++) {
        await say(store, `fact ${String(i).padStart(2, '0')}`)
        expect(await facts(store)).toHaveLength(i + 1)
      }
    })

    it.each([
      ['a boolean', true],
      ['a date', new Date(0)],
      ['nothing', undefined],
      ['not a number', Number.NaN],
      ['an object', { length: 1 }],
      ['a big integer', 2n],
    ])('takes no value that is %s', async (_what, value) => {
      const store = await open()
      const row = { name: 'a', value: value as Uint8Array }
      const commit = store.commit({ changes: [{ put: 'meta', row }] })
      await expect(commit).rejects.toThrow('values that a database knows')
    })
  })

  describe(`commits of one tick, on ${what}`, () => {
    it('go to the disk together', async () => {
      const store = await open()
      const names = Array.from({ length: 10_000 }, (_, i) => `fact ${String(i).padStart(5, '0')}`)
      await Promise.all(names.map((name) => say(store, name)))
      expect(store.counts.commits).toBe(10_000)
      expect(store.counts.batches).toBe(1)
      expect(await facts(store)).toEqual(names)
    })

    it('become durable in the order in which they were made', async () => {
      const store = await open()
      const done: number[] = []
      const commits = Array.from({ length: 500 }, async (_, i) => {
        await say(store, String(i).padStart(3, '0'))
        done.push(i)
      })
      await Promise.all(commits)
      expect(done).toEqual(Array.from({ length: 500 }, (_, i) => i))
      expect(await facts(store)).toHaveLength(500)
    })

    it('fail alone, and leave nothing of themselves', async () => {
      const store = await open()
      const orphan: Change = { put: 'kms_alias', row: ALIAS }
      const commits = [
        say(store, 'a'),
        store.commit({ changes: [fact('b'), orphan], records: [record('b')] }),
        store.commit({ records: [record('c')] }),
        store.commit({ changes: [orphan] }),
        store.commit({ changes: [fact('d'), fact('e')], records: [record('d'), record('e')] }),
      ]
      expect(await Promise.all(commits.map(outcome))).toEqual([
        'durable',
        'StoreFailed',
        'durable',
        'StoreFailed',
        'durable',
      ])
      expect(store.counts).toEqual({ batches: 1, commits: 3, queuedBytes: 0 })
      expect(await facts(store)).toEqual(['a', 'd', 'e'])
      expect((await records(store)).map((one) => one.record)).toEqual(['c', 'd', 'e'].map(record))
    })

    it('are whole or not at all across large tables and others', async () => {
      const store = await open()
      const orphan: Change = { put: 'kms_alias', row: ALIAS }
      const sameBlob = version('y', { blob: 'blob-x' })
      const commits = [
        store.commit({ changes: [fact('a'), version('x')] }),
        store.commit({ changes: [version('b'), orphan] }),
        store.commit({ changes: [fact('c'), sameBlob] }),
        store.commit({ changes: [version('d')] }),
        store.commit({ changes: [sameBlob] }),
      ]
      expect(await Promise.all(commits.map(outcome))).toEqual([
        'durable',
        'StoreFailed',
        'StoreFailed',
        'durable',
        'StoreFailed',
      ])
      expect(await facts(store)).toEqual(['a'])
      expect(await versions(store)).toEqual([versionRow('d'), versionRow('x')])
    })

    it('that arrive while the disk works wait for each other', async () => {
      const store = await open()
      const first = say(store, 'first')
      const rest = new Promise<void>((resolve) => {
        setImmediate(() => {
          const commits = Array.from({ length: 100 }, (_, i) => say(store, `fact ${i}`))
          void Promise.all(commits).then(() => resolve())
        })
      })
      await Promise.all([first, rest])
      expect(store.counts.batches).toBeLessThanOrEqual(3)
    })
  })

  describe(`${what} under load`, () => {
    const commitBytes = (store: Store, name: string, bytes: number) =>
      store.commit({ changes: [fact(name, new Uint8Array(bytes))] })

    it('sends writers away when too many writes wait, and takes them again later', async () => {
      const store = await open({ queueBytesMax: 100_000 })
      const commits = Array.from({ length: 50 }, (_, i) => commitBytes(store, `fact ${i}`, 10_000))
      const outcomes = await Promise.all(commits.map(outcome))
      expect(new Set(outcomes)).toEqual(new Set(['durable', 'ThrottlingException']))
      const durable = outcomes.filter((one) => one === 'durable')
      // In the journal, bytes of facts take a third more.
      expect(durable).toHaveLength(7)
      expect(await facts(store)).toHaveLength(7)
      await commitBytes(store, 'later', 10_000)
    })

    it('refuses at once what it could never take', async () => {
      const store = await open({ queueBytesMax: 100_000 })
      const commit = commitBytes(store, 'a', 100_001)
      await expect(commit).rejects.toMatchObject({ code: 'InputTooLarge' })
      await say(store, 'b')
    })
  })

  describe(`${what} that is closed`, () => {
    it('has written what was in line', async () => {
      const dataDir = newDir()
      const store = await open({ dataDir })
      const commits = Array.from({ length: 100 }, (_, i) => say(store, `fact ${i}`))
      await Promise.all([store.close(), ...commits])
      expect(await facts(await open({ dataDir }))).toHaveLength(100)
    })

    it('takes nothing more', async () => {
      const store = await open()
      await Promise.all([store.close(), store.close()])
      await expect(say(store, 'a')).rejects.toMatchObject({ code: 'Closed' })
      await expect(facts(store)).rejects.toMatchObject({ code: 'Closed' })
    })
  })
}
