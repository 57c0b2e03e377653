/** What rules say of a version at a time, without a house. */
import { describe, expect, it } from 'vitest'
import type { LifecycleRule } from '../../../src/s3/buckets/lifecycle.js'
import { after, dueOf, expiryOf, type Standing } from '../../../src/s3/lifecycle/due.js'
import { rulesOf, sharedPrefix } from '../../../src/s3/lifecycle/rules.js'
import type { ObjectVersion } from '../../../src/s3/objects/version.js'

const at = (text: string) => Date.parse(`${text}Z`)
const put = at('2026-01-15T10:30')

function versionOf(more: Partial<ObjectVersion> = {}): ObjectVersion {
  return {
    ...{ bucketId: '0', key: 'logs/a', order: -1, id: 'null', isLatest: true, isMarker: false },
    ...{ bytes: 1000, etag: 'e', modifiedAt: put, facts: { owner: '111122223333' } },
    ...more,
  }
}

function standing(version: Partial<ObjectVersion> = {}, more: Partial<Standing> = {}): Standing {
  return {
    ...{ version: versionOf(version), noncurrentSince: undefined, newerNoncurrent: 0 },
    ...{ isOldest: true, ...more },
  }
}

function rules(...given: Array<Partial<LifecycleRule>>) {
  const whole = given.map((rule, i) => ({ ID: `r${i}`, Status: 'Enabled', Filter: {}, ...rule }))
  const lifecycle = { rules: whole, minimumSize: 'all_storage_classes_128K' }
  return rulesOf({ lifecycle: JSON.parse(JSON.stringify(lifecycle)) })
}

const days = (Days: number) => ({ Expiration: { Days } })

describe('days of a rule', () => {
  it.each([
    ['2026-01-15T10:30', 3, '2026-01-19T00:00'],
    ['2026-01-15T23:59:59.999', 1, '2026-01-17T00:00'],
    ['2026-01-15T00:00', 1, '2026-01-17T00:00'],
    ['2028-02-28T12:00', 1, '2028-03-01T00:00'],
  ])('from %s on, %i of them, end at %s', (from, count, end) => {
    expect(after(at(from), count)).toBe(at(end))
  })
})

describe('an object', () => {
  const end = at('2026-01-19T00:00')

  it('expires when its days are over, and no millisecond before', () => {
    expect(dueOf(rules(days(3)), standing(), end - 1)).toBeUndefined()
    expect(dueOf(rules(days(3)), standing(), end)).toBe('hide')
  })

  it('expires at a date, whenever it was put', () => {
    const dated = rules({ Expiration: { Date: new Date('2026-02-01') } })
    expect(dueOf(dated, standing(), at('2026-01-31T23:59'))).toBeUndefined()
    expect(
      dueOf(dated, standing({ modifiedAt: at('2026-03-01T01:00') }), at('2026-03-01T02:00')),
    ).toBe('hide')
  })

  it('does not expire by a rule that is switched off', () => {
    expect(dueOf(rules({ ...days(3), Status: 'Disabled' }), standing(), end)).toBeUndefined()
  })

  it.each<[string, Partial<LifecycleRule>, Partial<ObjectVersion>, boolean]>([
    ['its prefix', { Filter: { Prefix: 'logs/' } }, {}, true],
    ['another prefix', { Filter: { Prefix: 'log/' } }, {}, false],
    ['an old-style prefix', { Filter: undefined, Prefix: 'logs/' }, {}, true],
    ['another old-style prefix', { Filter: undefined, Prefix: 'x' }, {}, false],
    ['more bytes than its', { Filter: { ObjectSizeGreaterThan: 1000 } }, {}, false],
    ['fewer bytes than its', { Filter: { ObjectSizeGreaterThan: 999 } }, {}, true],
    ['no more bytes than its', { Filter: { ObjectSizeLessThan: 1000 } }, {}, false],
    ['no byte', { Filter: { ObjectSizeGreaterThan: 0 } }, { bytes: 0 }, false],
    ['a tag that it lacks', { Filter: { Tag: { Key: 'a', Value: '1' } } }, {}, false],
    [
      'its tag',
      { Filter: { Tag: { Key: 'a', Value: '1' } } },
      { facts: { owner: '', tags: [{ Key: 'a', Value: '1' }] } },
      true,
    ],
    [
      'one tag of two that it has',
      {
        Filter: {
          And: {
            Prefix: 'l',
            Tags: [
              { Key: 'a', Value: '1' },
              { Key: 'b', Value: '2' },
            ],
          },
        },
      },
      { facts: { owner: '', tags: [{ Key: 'a', Value: '1' }] } },
      false,
    ],
    [
      'prefix and size together',
      { Filter: { And: { Prefix: 'logs/', ObjectSizeGreaterThan: 10, ObjectSizeLessThan: 2000 } } },
      {},
      true,
    ],
  ])('is found by %s: %#', (_, rule, version, isDue) => {
    const action = dueOf(rules({ ...days(3), ...rule }), standing(version), end)
    expect(action).toBe(isDue ? 'hide' : undefined)
  })

  it('shows the rule that comes first', () => {
    const expiry = expiryOf(rules(days(9), days(2), days(4)), versionOf())
    expect([expiry?.rule.id, expiry?.at]).toEqual(['r1', at('2026-01-18T00:00')])
  })
})

describe('an older version', () => {
  const since = at('2026-02-01T08:00')
  const end = at('2026-02-12T00:00')
  const older = (more: Partial<Standing> = {}, version: Partial<ObjectVersion> = {}) =>
    standing({ isLatest: false, ...version }, { noncurrentSince: since, ...more })
  const ten = rules({ NoncurrentVersionExpiration: { NoncurrentDays: 10 } })

  it('goes so many days after a newer one came', () => {
    expect(dueOf(ten, older(), end - 1)).toBeUndefined()
    expect(dueOf(ten, older(), end)).toBe('remove')
  })

  it('is not asked for its own age', () => {
    expect(dueOf(rules(days(1)), older(), end)).toBeUndefined()
  })

  it('stays while fewer than so many are newer', () => {
    const spare = { NoncurrentDays: 10, NewerNoncurrentVersions: 2 }
    const sparing = rules({ NoncurrentVersionExpiration: spare })
    const dueWith = (newerNoncurrent: number) => dueOf(sparing, older({ newerNoncurrent }), end)
    expect([0, 1, 2, 3].map(dueWith)).toEqual([undefined, undefined, 'remove', 'remove'])
  })

  it.each([
    ['a legal hold', { hold: true }, undefined],
    ['a retention', { mode: 'COMPLIANCE', until: end + 1 }, undefined],
    ['a retention that others may pass by', { mode: 'GOVERNANCE', until: end + 1 }, undefined],
    ['a retention that is over', { mode: 'COMPLIANCE', until: end }, 'remove'],
  ] as const)('under %s', (_, lock, action) => {
    const facts = { owner: '111122223333', lock }
    expect(dueOf(ten, older({}, { facts }), end)).toBe(action)
  })
})

describe('a delete marker', () => {
  const marker = { isMarker: true, bytes: 0, etag: '' }
  const lone = { Expiration: { ExpiredObjectDeleteMarker: true } }

  it('goes at once when nothing else is left of its key, where a rule says so', () => {
    expect(dueOf(rules(lone), standing(marker), put)).toBe('remove')
    expect(dueOf(rules(lone), standing(marker, { isOldest: false }), put)).toBeUndefined()
  })

  it('goes with age where objects expire by age', () => {
    const end = at('2026-01-19T00:00')
    expect(dueOf(rules(days(3)), standing(marker), end - 1)).toBeUndefined()
    expect(dueOf(rules(days(3)), standing(marker), end)).toBe('remove')
  })

  it('stays where rules are about tags, which it has not', () => {
    const tagged = { ...days(3), Filter: { Tag: { Key: 'a', Value: '1' } } }
    expect(dueOf(rules(tagged), standing(marker), at('2027-01-01T00:00'))).toBeUndefined()
  })
})

describe('what rules have in common', () => {
  it.each([
    [['logs/a', 'logs/b'], 'logs/'],
    [['logs/', ''], ''],
    [['x'], 'x'],
    [['\u{1f600}a', '\u{1f601}a'], ''],
  ])('is the prefix of %j', (prefixes, shared) => {
    const given = rules(...prefixes.map((Prefix) => ({ ...days(1), Filter: { Prefix } })))
    expect(sharedPrefix(given)).toBe(shared)
  })
})
