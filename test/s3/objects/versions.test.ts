import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytesLike, ObjectsHouse } from '../objects-house.js'

let house: ObjectsHouse
beforeAll(async () => {
  house = await ObjectsHouse.open()
})
afterAll(() => house.remove())

interface Listed {
  readonly Key: string
  readonly VersionId: string
  readonly IsLatest: boolean
}

/** Ids of versions and markers, the newest first, and which is the newest. */
async function listed(Bucket: string, key = 'a') {
  const { Versions, DeleteMarkers } = await house.call('ListObjectVersions', { Bucket })
  const of = (list: unknown) => (list as Listed[]).filter(({ Key }) => Key === key)
  const latest = [...of(Versions), ...of(DeleteMarkers)].filter(({ IsLatest }) => IsLatest)
  return {
    versions: of(Versions).map(({ VersionId }) => VersionId),
    markers: of(DeleteMarkers).map(({ VersionId }) => VersionId),
    latest: latest.map(({ VersionId }) => VersionId),
  }
}

const remove = (Bucket: string, VersionId?: unknown) =>
  house.call('DeleteObject', {
    Bucket,
    Key: 'a',
    ...(VersionId === undefined ? {} : { VersionId }),
  })

describe('a bucket with versions', () => {
  it('keeps what was put before, each under its id', async () => {
    const Bucket = await house.bucket('Enabled')
    const ids: unknown[] = []
    for (const body of ['1', '2', '3']) ids.push((await house.put(Bucket, 'a', body)).VersionId)
    expect(new Set(ids).size).toBe(3)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9._]{32}$/)
    for (const [i, VersionId] of ids.entries()) {
      const got = await house.get(Bucket, 'a', { VersionId })
      expect(got).toMatchObject({ VersionId })
      expect(got.bytes.toString()).toBe(String(i + 1))
    }
    expect(await house.get(Bucket, 'a')).toMatchObject({ VersionId: ids[2] })
    const versions = [...ids].reverse()
    expect(await listed(Bucket)).toEqual({ versions, markers: [], latest: [ids[2]] })
  })

  it('answers a delete with a marker, behind which all is there', async () => {
    const Bucket = await house.bucket('Enabled')
    const { VersionId } = await house.put(Bucket, 'a', '1')
    const marker = await remove(Bucket)
    expect(marker).toEqual({ DeleteMarker: true, VersionId: expect.any(String) })
    const marked = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.VersionId }
    for (const name of ['GetObject', 'HeadObject'] as const) {
      expect(await house.refusal(name, { Bucket, Key: 'a' })).toEqual({
        ...{ code: 'NoSuchKey', message: 'The specified key does not exist.' },
        detail: { Key: 'a', ...marked },
      })
      const ofMarker = { Bucket, Key: 'a', VersionId: marker.VersionId }
      expect(await house.refusal(name, ofMarker)).toEqual({
        code: 'MethodNotAllowed',
        message: 'The specified method is not allowed against this resource.',
        detail: {
          ...{ Method: 'GET', ResourceType: 'DeleteMarker', allow: 'DELETE', ...marked },
          'last-modified': new Date(house.kms.clock.now()).toUTCString(),
        },
      })
    }
    expect(await house.text(Bucket, 'a', { VersionId })).toBe('1')
    const latest = [marker.VersionId]
    expect(await listed(Bucket)).toEqual({ versions: [VersionId], markers: latest, latest })
    // The marker goes, and the object is there again.
    expect(await remove(Bucket, marker.VersionId)).toEqual({ ...marker })
    expect(await house.text(Bucket, 'a')).toBe('1')
  })

  it('puts a marker also where nothing is', async () => {
    const Bucket = await house.bucket('Enabled')
    expect(await remove(Bucket)).toMatchObject({ DeleteMarker: true })
    expect((await listed(Bucket)).markers).toHaveLength(1)
    expect(await remove(Bucket, 'never')).toEqual({ VersionId: 'never' })
  })

  it('has the one before as its newest when the newest is deleted by its id', async () => {
    const Bucket = await house.bucket('Enabled')
    const ids: unknown[] = []
    for (const body of ['1', '2', '3']) ids.push((await house.put(Bucket, 'a', body)).VersionId)
    await remove(Bucket, ids[1])
    expect((await listed(Bucket)).latest).toEqual([ids[2]])
    expect(await remove(Bucket, ids[2])).toEqual({ VersionId: ids[2] })
    expect(await house.text(Bucket, 'a')).toBe('1')
    expect((await listed(Bucket)).latest).toEqual([ids[0]])
    const { Contents } = await house.call('ListObjectsV2', { Bucket })
    expect(Contents).toHaveLength(1)
    await remove(Bucket, ids[0])
    expect(await house.refusal('GetObject', { Bucket, Key: 'a' })).toMatchObject({
      detail: { Key: 'a' },
    })
  })

  it.each(['never', 'null', 'A'.repeat(32)])('has no version %s', async (VersionId) => {
    const Bucket = await house.bucket('Enabled')
    await house.put(Bucket, 'a')
    expect(await house.refusal('GetObject', { Bucket, Key: 'a', VersionId })).toEqual({
      ...{ code: 'NoSuchVersion', message: 'The specified version does not exist.' },
      detail: { Key: 'a', VersionId },
    })
  })

  it('keeps the order in which versions came, whatever the clock does', async () => {
    const Bucket = await house.bucket('Enabled')
    const ids: unknown[] = []
    for (const ms of [0, 0, -5000, 7000]) {
      house.kms.clock.time += ms
      ids.unshift((await house.put(Bucket, 'a')).VersionId)
    }
    expect((await listed(Bucket)).versions).toEqual(ids)
  })
})

describe('what was put before there were versions', () => {
  it('is the null version', async () => {
    const Bucket = await house.bucket()
    await house.put(Bucket, 'a', 'null')
    await house.version(Bucket, 'Enabled')
    expect(await house.get(Bucket, 'a')).toMatchObject({ VersionId: 'null' })
    expect(await house.call('HeadObject', { Bucket, Key: 'a' })).toMatchObject({
      VersionId: 'null',
    })
    const { VersionId } = await house.put(Bucket, 'a', '1')
    expect(await house.text(Bucket, 'a', { VersionId: 'null' })).toBe('null')
    expect((await listed(Bucket)).versions).toEqual([VersionId, 'null'])
    expect(await remove(Bucket, 'null')).toEqual({ VersionId: 'null' })
    expect((await listed(Bucket)).versions).toEqual([VersionId])
  })

  it('has an id that conditional reads tell, too', async () => {
    const Bucket = await house.bucket()
    await house.put(Bucket, 'a')
    const none = { Bucket, Key: 'a', IfNoneMatch: '*' }
    expect((await house.refusal('GetObject', none)).detail).not.toHaveProperty('x-amz-version-id')
    await house.version(Bucket, 'Enabled')
    expect((await house.refusal('GetObject', none)).detail).toMatchObject({
      'x-amz-version-id': 'null',
    })
  })
})

describe('a bucket whose versions are suspended', () => {
  it('replaces its null version, and keeps the others', async () => {
    const Bucket = await house.bucket('Enabled')
    const { VersionId } = await house.put(Bucket, 'a', '1')
    await house.version(Bucket, 'Suspended')
    expect(await house.put(Bucket, 'a', 'null 1')).toMatchObject({ VersionId: 'null' })
    expect(await house.put(Bucket, 'a', 'null 2')).toMatchObject({ VersionId: 'null' })
    expect(await house.text(Bucket, 'a')).toBe('null 2')
    expect(await house.text(Bucket, 'a', { VersionId })).toBe('1')
    expect(await listed(Bucket)).toEqual({
      ...{ versions: ['null', VersionId], markers: [], latest: ['null'] },
    })
  })

  it('replaces a null version that is not the newest', async () => {
    const Bucket = await house.bucket()
    await house.put(Bucket, 'a', 'null 1')
    await house.version(Bucket, 'Enabled')
    const { VersionId } = await house.put(Bucket, 'a', '1')
    await house.version(Bucket, 'Suspended')
    await house.put(Bucket, 'a', 'null 2')
    expect((await listed(Bucket)).versions).toEqual(['null', VersionId])
    expect(await house.text(Bucket, 'a', { VersionId: 'null' })).toBe('null 2')
  })

  it('answers a delete with a null marker, instead of the null version', async () => {
    const Bucket = await house.bucket('Enabled')
    const { VersionId } = await house.put(Bucket, 'a', '1')
    await house.version(Bucket, 'Suspended')
    await house.put(Bucket, 'a', 'null')
    expect(await remove(Bucket)).toEqual({ DeleteMarker: true, VersionId: 'null' })
    expect(await listed(Bucket)).toEqual({
      ...{ versions: [VersionId], markers: ['null'], latest: ['null'] },
    })
    expect(await remove(Bucket)).toEqual({ DeleteMarker: true, VersionId: 'null' })
    expect(await house.refusal('GetObject', { Bucket, Key: 'a' })).toMatchObject({
      ...{ code: 'NoSuchKey', detail: { 'x-amz-delete-marker': 'true' } },
    })
    expect(await remove(Bucket, 'null')).toEqual({ DeleteMarker: true, VersionId: 'null' })
    expect(await house.text(Bucket, 'a')).toBe('1')
  })
})

describe('versions that are switched on', () => {
  it('while a body comes keep what was there', async () => {
    const Bucket = await house.bucket()
    await house.put(Bucket, 'a', 'null')
    const body = async function* () {
      yield bytesLike(200_000)
      await house.version(Bucket, 'Enabled')
      yield bytesLike(200_000)
    }
    const { VersionId } = await house.put(Bucket, 'a', body())
    expect((await listed(Bucket)).versions).toEqual([VersionId, 'null'])
    expect(await house.text(Bucket, 'a', { VersionId: 'null' })).toBe('null')
  })
})

describe('many writers of one key', () => {
  it('leave one newest, and every version', async () => {
    const Bucket = await house.bucket('Enabled')
    const work = Array.from({ length: 30 }, (_, i) =>
      i % 3 === 2 ? remove(Bucket) : house.put(Bucket, 'a', String(i)),
    )
    const done = await Promise.all(work)
    const { versions, markers, latest } = await listed(Bucket)
    expect([...versions, ...markers].sort()).toEqual(done.map(({ VersionId }) => VersionId).sort())
    expect(latest).toHaveLength(1)
    await Promise.all(done.slice(0, 29).map(({ VersionId }) => remove(Bucket, VersionId)))
    expect((await listed(Bucket)).latest).toEqual([done[29]!.VersionId])
  })
})

describe('DeleteObjects', () => {
  const many = (Bucket: string, Objects: object[], more: object = {}) =>
    house.call('DeleteObjects', { Bucket, Delete: { Objects, ...more } })

  it('answers each in the order of asking, whether it was there or not', async () => {
    const Bucket = await house.bucket()
    const keys = Array.from({ length: 100 }, (_, i) => `key-${(i * 37) % 100}`)
    for (const key of keys.slice(0, 50)) await house.put(Bucket, key, 'x')
    const answer = await many(
      Bucket,
      keys.map((Key) => ({ Key })),
    )
    expect(answer).toEqual({ Deleted: keys.map((Key) => ({ Key })), Errors: [] })
    expect((await house.call('ListObjects', { Bucket })).Contents).toEqual([])
  })

  it('tells of markers that it put, and that it deleted', async () => {
    const Bucket = await house.bucket('Enabled')
    const { VersionId } = await house.put(Bucket, 'a')
    const [put] = (await many(Bucket, [{ Key: 'a' }])).Deleted as Record<string, unknown>[]
    expect(put).toEqual({ Key: 'a', DeleteMarker: true, DeleteMarkerVersionId: expect.any(String) })
    const marker = put!.DeleteMarkerVersionId
    const { Deleted } = await many(Bucket, [
      { Key: 'a', VersionId: marker },
      { Key: 'a', VersionId },
    ])
    expect(Deleted).toEqual([
      { Key: 'a', VersionId: marker, DeleteMarker: true, DeleteMarkerVersionId: marker },
      { Key: 'a', VersionId },
    ])
    expect(await listed(Bucket)).toEqual({ versions: [], markers: [], latest: [] })
  })

  it('is silent of what went well when that is wanted', async () => {
    const Bucket = await house.bucket()
    await house.put(Bucket, 'a')
    const Objects = [{ Key: 'a' }, { Key: 'a', ETag: '"x"' }, { Key: 'k'.repeat(1025) }]
    const { Deleted, Errors } = await many(Bucket, Objects, { Quiet: true })
    expect(Deleted).toEqual([])
    expect(Errors).toMatchObject([{ Code: 'NoSuchKey' }, { Code: 'KeyTooLongError' }])
  })

  it.each([0, 1001])('of %i objects is refused', async (count) => {
    const Bucket = await house.bucket()
    const Objects = Array.from({ length: count }, (_, i) => ({ Key: String(i) }))
    const Delete = { Objects }
    expect(await house.code('DeleteObjects', { Bucket, Delete })).toBe('MalformedXML')
  })
})
