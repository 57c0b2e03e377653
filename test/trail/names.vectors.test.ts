/** The bytes of docs/FORMAT.md §11: names that were given, and rows that exist, must be the same for ever. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openEngine } from '../../src/engine/choose.js'
import { openRoot, type Root } from '../../src/root/root.js'
import { putChannel } from '../../src/trail/channels/rows.js'
import { compactedKey } from '../../src/trail/compaction/names.js'
import { digestKey, ingestedFileKey, logFileKey } from '../../src/trail/delivery/names.js'
import { isLate } from '../../src/trail/digests/backfill.js'
import { putFile, putKey, putTrail } from '../../src/trail/trails/rows.js'
import { hourOf, NEW_STATE, type Trail, trailArn } from '../../src/trail/trails/trail.js'

const folder = mkdtempSync(join(tmpdir(), 'sealtrail-trail-names-'))
/** As in test/root/root.vectors.test.ts: the key 00 01 … 1f. */
const KEY_FILE =
  '7365616c726f6f7400000001000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fe97bf079'

const TRAIL: Trail = {
  ...{ id: '0123456789abcdef', account: '111122223333', region: 'us-west-2', name: 'Default' },
  createdAt: 1_764_000_000_000,
  config: {
    ...{ bucket: 'logs', prefix: 'p', isMultiRegion: false, includesGlobal: true },
    ...{ validates: true, tags: [] },
  },
  state: NEW_STATE,
}
const BATCH = {
  ...{ after: 10, upTo: 20, slotMs: 300_000, profile: 'modern' as const, files: [] },
  scope: { isMultiRegion: false, includesGlobal: true },
}

let root: Root
beforeAll(async () => {
  const path = join(folder, 'root-key')
  writeFileSync(path, Buffer.from(KEY_FILE, 'hex'), { mode: 0o600 })
  root = await openRoot({ kind: 'file', path }, openEngine('node'))
})
afterAll(() => {
  root.release()
  rmSync(folder, { recursive: true })
})

const macOf = (change: unknown) =>
  Buffer.from((change as { row: { mac: Uint8Array } }).row.mac).toString('hex')

describe('what is delivered', () => {
  it('has these names', () => {
    const file = { region: 'us-west-2', slotEnd: Date.UTC(2015, 10, 11, 21, 15) }
    expect(logFileKey(root, TRAIL, BATCH, file)).toBe(
      'p/AWSLogs/111122223333/CloudTrail/us-west-2/2015/11/11/' +
        '111122223333_CloudTrail_us-west-2_20151111T2115Z_u5epKnl6Kkqrooi9.json.gz',
    )
    expect(logFileKey(root, TRAIL, { ...BATCH, taken: 1 }, file)).toBe(
      'p/AWSLogs/111122223333/CloudTrail/us-west-2/2015/11/11/' +
        '111122223333_CloudTrail_us-west-2_20151111T2115Z_T7SpAVXAIQRI5GjY.json.gz',
    )
    const hash = createHash('sha256').update('{"Records":[]}').digest('hex')
    expect(ingestedFileKey(root, TRAIL, { ...file, account: '444455556666', hash })).toBe(
      'p/AWSLogs/444455556666/CloudTrail/us-west-2/2015/11/11/' +
        '444455556666_CloudTrail_us-west-2_20151111T2115Z_5OQWtsoPOchN37Gs.json.gz',
    )
    expect(
      ingestedFileKey(root, TRAIL, { ...file, account: '444455556666', hash, taken: 1 }),
    ).toMatch(/_9T5j1osDUSLgm8Qw\.json\.gz$/)
    expect(digestKey(TRAIL, 'eu-west-1', Date.UTC(2015, 10, 11, 22, 0, 1))).toBe(
      'p/AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2015/11/11/' +
        '111122223333_CloudTrail-Digest_eu-west-1_Default_us-west-2_20151111T220001Z.json.gz',
    )
    expect(digestKey(TRAIL, 'eu-west-1', Date.UTC(2015, 10, 11, 22), true)).toBe(
      'p/AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2015/11/11/' +
        '111122223333_CloudTrail-Digest_eu-west-1_Default_us-west-2_20151111T220000Z_backfill.json.gz',
    )
  })

  it('is in the hour in which it was due, and late behind it', () => {
    const begun = Date.UTC(2015, 10, 11, 18, 10, 1)
    const chain = { begun, start: begun + 3 * 3_600_000 }
    const due = (hour: number, minute: number) => Date.UTC(2015, 10, 11, hour, minute)
    expect(hourOf(chain, due(20, 10))).toBe(begun + 3_600_000)
    expect(isLate(chain, due(20, 55))).toBe(true)
    expect(isLate(chain, due(21, 0))).toBe(false)
    expect(isLate(chain, due(18, 10))).toBe(false)
  })

  it('is compacted under this name', () => {
    const place = { s3: undefined as never, bucket: 'logs', prefix: 'p', account: TRAIL.account }
    const folder = { place, region: 'us-west-2', day: '2015-11-11' }
    expect(compactedKey(root, folder, ['a.json.gz', 'b.json.gz'])).toBe(
      'p/AWSLogs/111122223333/CloudTrail-Compacted/us-west-2/2015/11/11/' +
        '111122223333_CloudTrail-Compacted_us-west-2_20151111_UZSbo3qV10UmyNX1.json.gz',
    )
  })

  it('comes through channels, whose rows have this MAC', () => {
    const channel = {
      ...{ id: '01234567-89ab-4cde-8f01-23456789abcd', account: TRAIL.account },
      ...{ region: TRAIL.region, createdAt: 1_764_000_000_000 },
      config: { name: 'app', source: 'Custom', trail: trailArn(TRAIL) },
    }
    expect(macOf(putChannel(root, channel))).toBe(
      '425b8457253c2f0b692536b5bbfcad945ecff83b92cfe6caca3da06c474a6833',
    )
  })

  it('has rows with these MACs', () => {
    const file = {
      ...{ trailId: TRAIL.id, key: 'k', deliveredAt: 1, bucket: 'logs', region: 'us-west-2' },
      ...{ hash: '00', oldest: '2015-11-11T21:15:33Z', newest: '2015-11-11T21:15:58Z' },
    }
    const key = {
      ...{ region: 'us-west-2', validFrom: 1, validUntil: 2 },
      ...{ publicKey: Uint8Array.of(1), wrapped: Uint8Array.of(2) },
    }
    expect([
      macOf(putTrail(root, TRAIL)),
      macOf(putFile(root, file)),
      macOf(putKey(root, key)),
    ]).toEqual([
      '849d155ea100a5cacbe3d2a650ebf0c450684aac06071b966c66f6c3eaf86646',
      '092245d7c83c7fb16f312981cbdb43651842881456e04723c3d7cbe0bdbc0266',
      '349068a1e370233fea6d9fdc5ddb1f9201b038f02b690aa0af268b489f9bfd0f',
    ])
  })
})
