/** Tags of KMS keys: set, changed, taken off and listed, by AWS's rules. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tag } from '../../src/kms/keys/tags.js'
import { accountRoot } from '../../src/service/caller.js'
import { ARN, type AuditRecord, openTestKms, REGION, type TestKms } from '../support/kms.js'

let house: TestKms
beforeAll(async () => {
  house = await openTestKms()
})
afterAll(() => house.remove())

/** Tags named `a0`, `a1` … */
const numbered = (count: number, prefix = 'a'): Tag[] =>
  Array.from({ length: count }, (_, i) => ({ TagKey: `${prefix}${i}`, TagValue: `${i}` }))

async function keyWith(Tags: readonly Tag[] = []): Promise<string> {
  return (await house.kms.createKey({ Tags })).KeyMetadata.KeyId
}

/** Key and value of every tag, by key. */
async function tagsOf(KeyId: string): Promise<Record<string, string>> {
  const { Tags } = await house.kms.listResourceTags({ KeyId })
  return Object.fromEntries(Tags.map(({ TagKey, TagValue }) => [TagKey, TagValue]))
}

const refusedTag = (message: string) => ({ code: 'TagException', message })

describe('the tags of a key', () => {
  it('are those that it was made with', async () => {
    const KeyId = await keyWith([
      { TagKey: 'team', TagValue: 'logs' },
      { TagKey: 'Env', TagValue: '' },
    ])
    expect(await house.kms.listResourceTags({ KeyId })).toEqual({
      Tags: [
        { TagKey: 'Env', TagValue: '' },
        { TagKey: 'team', TagValue: 'logs' },
      ],
      Truncated: false,
    })
    expect(await house.kms.listResourceTags({ KeyId: await keyWith() })).toEqual({
      Tags: [],
      Truncated: false,
    })
  })

  it('are added, and get new values, by TagResource', async () => {
    const KeyId = await keyWith([
      { TagKey: 'one', TagValue: '1' },
      { TagKey: 'two', TagValue: '2' },
    ])
    const Tags = [
      { TagKey: 'two', TagValue: 'new' },
      { TagKey: 'Two', TagValue: 'another' },
      { TagKey: '__proto__', TagValue: 'like any other' },
    ]
    expect(await house.kms.tagResource({ KeyId: `${ARN}:key/${KeyId}`, Tags })).toEqual({})
    const { Tags: listed } = await house.kms.listResourceTags({ KeyId })
    expect(listed).toEqual([Tags[1], Tags[2], { TagKey: 'one', TagValue: '1' }, Tags[0]])
  })

  it('are taken off by UntagResource, which does not mind those that are not there', async () => {
    const KeyId = await keyWith(numbered(3))
    const untag = { KeyId, TagKeys: ['a1', 'a1', 'never', 'A0'] }
    expect(await house.kms.untagResource(untag)).toEqual({})
    expect(await tagsOf(KeyId)).toEqual({ a0: '0', a2: '2' })
  })

  it('survive a restart as they were left', async () => {
    const KeyId = await keyWith(numbered(2))
    await house.kms.tagResource({ KeyId, Tags: [{ TagKey: '\u{1F511}\0', TagValue: 'é"\n' }] })
    await house.kms.untagResource({ KeyId, TagKeys: ['a0'] })
    house = await house.reopen()
    expect(await tagsOf(KeyId)).toEqual({ a1: '1', '\u{1F511}\0': 'é"\n' })
  })

  it('are at most 50, however they come together', async () => {
    const tooMany = refusedTag('Too many tags')
    const { kms } = house
    await expect(kms.createKey({ Tags: numbered(51) })).rejects.toMatchObject(tooMany)
    const KeyId = await keyWith(numbered(50))
    const more = { KeyId, Tags: numbered(1, 'b') }
    await expect(kms.tagResource(more)).rejects.toMatchObject(tooMany)
    await expect(kms.tagResource({ KeyId, Tags: numbered(51, 'c') })).rejects.toMatchObject(tooMany)
    await kms.tagResource({ KeyId, Tags: [{ TagKey: 'a7', TagValue: 'changed' }] })
    await kms.untagResource({ KeyId, TagKeys: ['a0'] })
    await kms.tagResource(more)
    const tags = await tagsOf(KeyId)
    expect(Object.keys(tags)).toHaveLength(50)
    expect(tags).toMatchObject({ a7: 'changed', b0: '0' })
  })

  it('that are changed at once are all changed', async () => {
    const KeyId = await keyWith()
    await Promise.all(numbered(20).map((tag) => house.kms.tagResource({ KeyId, Tags: [tag] })))
    expect(Object.keys(await tagsOf(KeyId))).toHaveLength(20)
  })

  it.each([
    [[...numbered(1), ...numbered(1)], 'Duplicate tag keys'],
    [[...numbered(51), ...numbered(1)], 'Duplicate tag keys'],
    [[{ TagKey: 'aws:name', TagValue: '' }], 'Tags beginning with aws: are reserved'],
    [[{ TagKey: 'AWS:name', TagValue: '' }], 'Tags beginning with aws: are reserved'],
  ])('are not %j', async (Tags, message) => {
    const KeyId = await keyWith(numbered(1))
    const refusal = refusedTag(message)
    await expect(house.kms.createKey({ Tags })).rejects.toMatchObject(refusal)
    await expect(house.kms.tagResource({ KeyId, Tags })).rejects.toMatchObject(refusal)
    expect(await tagsOf(KeyId)).toEqual({ a0: '0' })
  })

  it('that AWS reserves are not taken off either', async () => {
    const KeyId = await keyWith(numbered(1))
    await expect(
      house.kms.untagResource({ KeyId, TagKeys: ['a0', 'aws:name'] }),
    ).rejects.toMatchObject(refusedTag('Tags beginning with aws: are reserved'))
    expect(await tagsOf(KeyId)).toEqual({ a0: '0' })
  })

  it.each([
    [{ TagKey: '', TagValue: '' }, "Value '' at 'tags.1.member.tagKey'"],
    [{ TagKey: 'k'.repeat(129), TagValue: '' }, `Value '${'k'.repeat(129)}' at`],
    [{ TagKey: 'k', TagValue: 'v'.repeat(257) }, `Value '${'v'.repeat(257)}' at`],
    [{ TagKey: 'k\ud800', TagValue: '' }, "at 'tags.1.member.tagKey'"],
  ])('keep to the lengths of the model: %j', async (tag, words) => {
    const KeyId = await keyWith()
    const refusal = { code: 'ValidationException', message: expect.stringContaining(words) }
    await expect(house.kms.tagResource({ KeyId, Tags: [tag] })).rejects.toMatchObject(refusal)
  })

  it('belong to one key of one account', async () => {
    const KeyId = await keyWith(numbered(1))
    const arn = `${ARN}:key/${KeyId}`
    const other = house.service.as(accountRoot('999999999999', REGION))
    const calls = [
      other.listResourceTags({ KeyId: arn }),
      other.tagResource({ KeyId: arn, Tags: numbered(1, 'x') }),
      other.untagResource({ KeyId: arn, TagKeys: ['a0'] }),
    ]
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({ code: 'AccessDeniedException' })
    }
    expect(await tagsOf(KeyId)).toEqual({ a0: '0' })
  })

  it('are asked for by key id or ARN, never by alias', async () => {
    await house.kms.createAlias({ AliasName: 'alias/tagged', TargetKeyId: await keyWith() })
    const KeyId = 'alias/tagged'
    const refusal = { code: 'NotFoundException', message: "Invalid keyId 'alias/tagged'" }
    const { kms } = house
    await expect(kms.listResourceTags({ KeyId })).rejects.toMatchObject(refusal)
    await expect(kms.tagResource({ KeyId, Tags: numbered(1) })).rejects.toMatchObject(refusal)
    await expect(kms.untagResource({ KeyId, TagKeys: ['a'] })).rejects.toMatchObject(refusal)
  })
})

describe('a list of tags', () => {
  it('comes in pages, by key, each tag once', async () => {
    const KeyId = await keyWith([...numbered(5), { TagKey: 'ü', TagValue: '' }])
    const pages = []
    let Marker: string | undefined
    do {
      const page = await house.kms.listResourceTags({ KeyId, Limit: 2, Marker })
      pages.push(page.Tags.map(({ TagKey }) => TagKey))
      Marker = page.NextMarker
    } while (Marker !== undefined)
    expect(pages).toEqual([
      ['a0', 'a1'],
      ['a2', 'a3'],
      ['a4', 'ü'],
    ])
  })

  it('goes on behind a tag that was taken off meanwhile', async () => {
    const KeyId = await keyWith(numbered(4))
    const { NextMarker: Marker } = await house.kms.listResourceTags({ KeyId, Limit: 2 })
    await house.kms.untagResource({ KeyId, TagKeys: ['a1'] })
    const rest = await house.kms.listResourceTags({ KeyId, Marker })
    expect(rest).toMatchObject({ Tags: [{ TagKey: 'a2' }, { TagKey: 'a3' }], Truncated: false })
  })

  it('has a marker for the longest key that a tag may have', async () => {
    const Tags = ['\u2028', '\u2029'].map((end) => {
      return { TagKey: `${'\u{1F511}'.repeat(63)}-${end}`, TagValue: '' }
    })
    const KeyId = await keyWith(Tags)
    const { NextMarker: Marker } = await house.kms.listResourceTags({ KeyId, Limit: 1 })
    expect((await house.kms.listResourceTags({ KeyId, Marker })).Tags).toEqual([Tags[1]])
  })

  it('refuses long pages and foreign markers', async () => {
    const KeyId = await keyWith()
    await expect(house.kms.listResourceTags({ KeyId, Limit: 51 })).rejects.toMatchObject({
      code: 'ValidationException',
      message:
        "1 validation error detected: Value '51' at 'limit' failed to satisfy constraint: " +
        'Member must have value less than or equal to 50',
    })
    for (const Marker of ['x', Buffer.from('keys:1').toString('base64url')]) {
      await expect(house.kms.listResourceTags({ KeyId, Marker })).rejects.toMatchObject({
        code: 'InvalidMarkerException',
      })
    }
  })
})

describe('the record of a change of tags', () => {
  /** The records that `work` leaves. */
  async function recordsOf(work: () => Promise<unknown>): Promise<AuditRecord[]> {
    const before = (await house.records()).length
    await work()
    return (await house.records()).slice(before)
  }

  it('says which, and of which key', async () => {
    const KeyId = await keyWith()
    const resources = [{ ARN: `${ARN}:key/${KeyId}` }]
    const records = await recordsOf(async () => {
      await house.kms.tagResource({ KeyId, Tags: [{ TagKey: 'team', TagValue: 'logs' }] })
      await house.kms.untagResource({ KeyId, TagKeys: ['team'] })
      await house.kms.listResourceTags({ KeyId, Limit: 10 })
    })
    expect(records).toMatchObject([
      {
        eventName: 'TagResource',
        readOnly: false,
        requestParameters: { keyId: KeyId, tags: [{ tagKey: 'team', tagValue: 'logs' }] },
        responseElements: null,
        resources,
      },
      {
        eventName: 'UntagResource',
        readOnly: false,
        requestParameters: { keyId: KeyId, tagKeys: ['team'] },
        responseElements: null,
        resources,
      },
      {
        eventName: 'ListResourceTags',
        readOnly: true,
        requestParameters: { keyId: KeyId, limit: 10 },
        responseElements: null,
        resources,
      },
    ])
  })

  it('that was refused says why', async () => {
    const KeyId = await keyWith(numbered(50))
    const records = await recordsOf(() =>
      house.kms.tagResource({ KeyId, Tags: numbered(1, 'b') }).catch(() => undefined),
    )
    expect(records).toMatchObject([
      { eventName: 'TagResource', errorCode: 'TagException', errorMessage: 'Too many tags' },
    ])
  })
})
