import { afterEach, describe, expect, it } from 'vitest'
import { newEventId } from '../../src/audit/event-id.js'
import { readRecords } from '../../src/audit/read.js'
import { buildRecord } from '../../src/audit/record.js'
import { openStore, type Store } from '../../src/store/store.js'
import { temporaryDirs } from '../store/temporary.js'
import { decryptEvent, generateDataKeyEvent } from './events.js'

const newDir = temporaryDirs('audit')
const opened: Store[] = []

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
})

async function newStore(dataDir = newDir()): Promise<Store> {
  const store = await openStore({ dataDir })
  opened.push(store)
  return store
}

describe('an appended record', () => {
  it('is kept byte for byte, also over a restart', async () => {
    const dataDir = newDir()
    const store = await newStore(dataDir)
    const event = {
      ...generateDataKeyEvent(),
      userAgent: 'Größe 🙂 \u2028 \x1b[2J "quoted" \\ \ud800',
      requestParameters: { encryptionContext: { ['__proto__']: 'own', 'ключ\0': 'значение\r\n' } },
    }
    await store.commit({ records: [buildRecord(event)] })
    await store.close()
    const [found] = await readRecords(await newStore(dataDir))
    expect(found).toEqual({ seq: 1, record: buildRecord(event) })
    expect(JSON.parse(found!.record)).toMatchObject({ userAgent: event.userAgent })
  })

  it('stands or falls with what it tells of', async () => {
    const store = await newStore()
    const place = { account: '1', region: 'r', alias_name: 'alias/a' }
    const orphan = { ...place, target_key_id: 'none', created_at: 1, updated_at: 1 }
    const told = store.commit({
      changes: [{ put: 'kms_alias', row: orphan }],
      records: [buildRecord(decryptEvent())],
    })
    await expect(told).rejects.toMatchObject({ code: 'StoreFailed' })
    expect(await readRecords(store)).toEqual([])
  })

  it('has a higher number than all before it, also after a restart', async () => {
    const dataDir = newDir()
    const seqs: number[] = []
    for (let start = 0; start < 3; start++) {
      const store = await newStore(dataDir)
      await Promise.all(
        [1, 2, 3].map(() => store.commit({ records: [buildRecord(decryptEvent())] })),
      )
      const records = await readRecords(store, { afterSeq: seqs.at(-1) ?? 0 })
      seqs.push(...records.map(({ seq }) => seq))
      await store.close()
    }
    expect(seqs).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('of many callers at once has its own number, in the order of the commits', async () => {
    const store = await newStore()
    const events = Array.from({ length: 500 }, decryptEvent)
    await Promise.all(events.map((event) => store.commit({ records: [buildRecord(event)] })))
    const records = await readRecords(store, { afterSeq: 0, limit: 1000 })
    expect(records.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1))
    expect(records.map(({ record }) => record)).toEqual(events.map(buildRecord))
  })
})

describe('records', () => {
  async function filled(): Promise<Store> {
    const store = await newStore()
    const at = (eventTime: number) => ({ eventTime, eventId: newEventId(eventTime) })
    const records = [
      { ...generateDataKeyEvent(), ...at(1) },
      { ...decryptEvent(), ...at(2) },
      { ...decryptEvent(), ...at(3), account: '444455556666' },
      { ...decryptEvent(), ...at(4), region: 'eu-central-1' },
      { ...decryptEvent(), ...at(5), eventSource: 's3.amazonaws.com' },
    ].map(buildRecord)
    await store.commit({ records })
    return store
  }

  it.each([
    ['all, the newest first', {}, [5, 4, 3, 2, 1]],
    ['the newest few', { limit: 2 }, [5, 4]],
    ['those after one, oldest first', { afterSeq: 3 }, [4, 5]],
    ['page by page', { afterSeq: 1, limit: 2 }, [2, 3]],
    ['by account', { account: '444455556666' }, [3]],
    ['by region', { region: 'eu-central-1' }, [4]],
    ['by service', { eventSource: 's3.amazonaws.com' }, [5]],
    ['by operation', { eventName: 'GenerateDataKey' }, [1]],
    ['by several at once', { eventName: 'Decrypt', region: 'us-west-2', limit: 1 }, [5]],
    ['none', { eventName: 'Encrypt' }, []],
    ['one at least', { limit: 0 }, [5]],
  ])('are read %s', async (_how, filter, seqs) => {
    const records = await readRecords(await filled(), filter)
    expect(records.map(({ seq }) => seq)).toEqual(seqs)
  })

  it('are not found by what a caller wrote into them', async () => {
    const store = await newStore()
    const event = {
      ...decryptEvent(),
      userAgent: '"eventName":"Encrypt"',
      requestParameters: { encryptionContext: { eventName: 'Encrypt' } },
    }
    await store.commit({ records: [buildRecord(event)] })
    expect(await readRecords(store, { eventName: 'Encrypt' })).toEqual([])
    expect(await readRecords(store, { eventName: 'Decrypt' })).toHaveLength(1)
  })

  it('are found by their id', async () => {
    const store = await filled()
    const event = decryptEvent()
    await store.commit({ records: [buildRecord(event)] })
    expect(await readRecords(store, { eventId: event.eventId })).toEqual([
      { seq: 6, record: buildRecord(event) },
    ])
  })
})
