import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Blobs } from '../../src/store/blobs/blobs.js'
import { openUpstream } from '../../src/upstream/open-upstream.js'
import { bytesOf, expectSame, ModelRows, piecesOf, readAll } from '../store/blobs/support.js'
import { FakeBucket, type FaultKind } from './fake-bucket.js'
import { HASTE, upstreamParts } from './served.js'

const ACCESS = { accessKeyId: 'AKIAUPSTREAM00000000', secretAccessKey: 'never-to-be-seen-anywhere' }
const LARGE_BYTES = 9 * 1024 * 1024
const KINDS: FaultKind[] = ['500', 'reset', 'lost', 'cut', 'short']

let fake: FakeBucket
let url: string
const opened: Blobs[] = []

beforeEach(async () => {
  fake = new FakeBucket()
  url = await fake.listen()
})
afterEach(async () => {
  vi.useRealTimers()
  fake.mend()
  for (const blobs of opened.splice(0)) await blobs.close()
  await fake.close()
})

async function open(patience = HASTE): Promise<Blobs> {
  const blobs = await openUpstream(upstreamParts(url, ACCESS, { patience }))
  opened.push(blobs)
  return blobs
}

/** Puts, replaces and removes; gives the codes of what was refused. */
async function work(blobs: Blobs, rows: ModelRows, wanted: Map<string, Buffer>) {
  const refused: string[] = []
  const put = async (name: string, bytes: Buffer, isStream = false) => {
    try {
      const given = isStream
        ? (await blobs.putStream(piecesOf(bytes, 90_000))).ref
        : await blobs.put(bytes)
      await rows.name(blobs, name, given)
      wanted.set(name, bytes)
    } catch (error) {
      refused.push((error as { code: string }).code)
    }
  }
  await put('small', bytesOf(100, 'small'))
  await put('alone', bytesOf(100_000, 'alone'), true)
  await put('in parts', bytesOf(LARGE_BYTES, 'in parts'), true)
  await Promise.all([put('1', bytesOf(500, '1')), put('2', bytesOf(600, '2'))])
  await rows.drop(blobs, '1')
  wanted.delete('1')
  await put('alone', bytesOf(99_999, 'again'))
  await blobs.tended()
  return refused
}

async function expectAll(blobs: Blobs, rows: ModelRows, wanted: Map<string, Buffer>) {
  expect([...rows.refs.keys()].sort()).toEqual([...wanted.keys()].sort())
  for (const [name, ref] of rows.refs) expectSame(await readAll(blobs, ref), wanted.get(name)!)
}

/** After one more start nothing is there that no row names. */
async function expectClean(rows: ModelRows, wanted: Map<string, Buffer>): Promise<void> {
  const blobs = await open()
  blobs.tend(rows)
  await blobs.tended()
  await expectAll(blobs, rows, wanted)
  const refs = [...rows.refs.values()]
  expect(fake.keys('files/')).toHaveLength(refs.filter((ref) => ref.startsWith('uf-')).length)
  const packs = new Set(refs.filter((ref) => ref.startsWith('up-')).map((ref) => ref.slice(3, 35)))
  expect(fake.keys('packs/')).toHaveLength(packs.size)
  expect(fake.uploads.size).toBe(0)
  expect(fake.keys('probe/')).toEqual([])
}

describe('blobs upstream', () => {
  it.each(KINDS)(
    'are put and read as if nothing were, when any request once meets %s',
    async (kind) => {
      let at = 1
      for (; ; at++) {
        const [rows, wanted] = [new ModelRows(), new Map<string, Buffer>()]
        const blobs = await open()
        blobs.tend(rows)
        await blobs.tended()
        fake.fail(kind, { at })
        expect(await work(blobs, rows, wanted)).toEqual([])
        await expectAll(blobs, rows, wanted)
        const isMet = fake.faults > 0
        fake.mend()
        await expectClean(rows, wanted)
        if (!isMet) break
        fake.objects.clear()
      }
      expect(at).toBeGreaterThan(12)
    },
  )

  it.each(['500', 'reset', 'lost', 'cut'] as const)(
    'keep what was acknowledged and go on, whichever request fails with %s again and again',
    async (kind) => {
      let refusals = 0
      for (let at = 1; ; at += 3) {
        const [rows, wanted] = [new ModelRows(), new Map<string, Buffer>()]
        const blobs = await open()
        blobs.tend(rows)
        await blobs.tended()
        fake.fail(kind, { at, times: HASTE.attempts })
        const refused = await work(blobs, rows, wanted)
        expect(refused.filter((code) => code !== 'StoreFailed')).toEqual([])
        refusals += refused.length
        const isMet = fake.faults > 0
        fake.mend()
        await expectAll(blobs, rows, wanted)
        expectSame(await readAll(blobs, await blobs.put(bytesOf(7, 'on'))), bytesOf(7, 'on'))
        await blobs.close()
        await expectClean(rows, wanted)
        if (!isMet) break
        fake.objects.clear()
      }
      expect(refusals).toBeGreaterThan(2)
    },
  )

  it('ask a bounded number of times, and say what was not done without saying how it was signed', async () => {
    const blobs = await open()
    fake.fail('503', { times: 1000, only: /PUT/ })
    const error = await blobs.put(bytesOf(10, 'a')).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'StoreFailed', detail: { operation: 'PutObject' } })
    expect((error as Error).message).toContain('SlowDown, status 503, 4 times')
    expect(fake.faults).toBe(HASTE.attempts)
    expect(inspect(error, { depth: 9 })).not.toMatch(/never-to-be-seen|Signature=|Credential=/)
  })

  it('wait for a silent upstream so long, and no longer', async () => {
    // Time goes by once the upstream has been asked, and no sooner: what it answers is in time on any machine.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const attemptMs = 1000
    const blobs = await open({ ...HASTE, attemptMs })
    const goBy = async (attempts: number) => {
      for (let attempt = 1; attempt <= attempts; attempt++) {
        await expect.poll(() => fake.faults).toBe(attempt)
        await vi.advanceTimersByTimeAsync(attemptMs)
      }
    }
    fake.fail('silent', { times: 2, only: /PUT/ })
    const late = blobs.put(bytesOf(10, 'a'))
    await goBy(2)
    expectSame(await readAll(blobs, await late), bytesOf(10, 'a'))
    fake.fail('silent', { times: 1000, only: /PUT/ })
    const refused = expect(blobs.put(bytesOf(10, 'b'))).rejects.toMatchObject({
      code: 'StoreFailed',
      message: expect.stringContaining('no whole answer in time, 4 times'),
    })
    await goBy(HASTE.attempts)
    await refused
    expect(fake.faults).toBe(HASTE.attempts)
  })

  it('are closed at once while requests go unanswered again and again', async () => {
    const blobs = await open({ ...HASTE, attempts: 1000, backoffMs: 10, backoffMsMax: 60_000 })
    fake.fail('503', { times: 10_000 })
    const put = blobs.put(bytesOf(10, 'a'))
    const removal = blobs.remove([`uf-${'0'.repeat(32)}-6`])
    await expect.poll(() => fake.faults).toBeGreaterThan(2)
    await Promise.all([blobs.close(), expect(put).rejects.toMatchObject({ code: 'StoreFailed' })])
    await removal
  })

  it('have one object, whole, when a put was done and its answer lost', async () => {
    const blobs = await open()
    for (const size of [10, 100_000, LARGE_BYTES]) {
      fake.objects.clear()
      fake.fail('lost', { only: size === LARGE_BYTES ? /POST .*uploadId/ : /PUT/ })
      const ref = await blobs.put(bytesOf(size, 'a'))
      expect(fake.faults).toBe(1)
      expect(fake.objects.size).toBe(1)
      expectSame(await readAll(blobs, ref), bytesOf(size, 'a'))
    }
  })

  it('are not taken for what another has put in their place', async () => {
    const blobs = await open()
    fake.fail('replaced', { only: /PUT/ })
    await expect(blobs.put(bytesOf(10, 'a'))).rejects.toMatchObject({ code: 'StoreFailed' })
  })

  it('leave no upload behind when the sender goes away', async () => {
    const blobs = await open()
    async function* pieces() {
      yield bytesOf(LARGE_BYTES, 'a')
      throw new Error('the sender went away')
    }
    await expect(blobs.putStream(pieces())).rejects.toThrow('the sender went away')
    expect(fake.trace.some((call) => /^PUT .*partNumber=1/.test(call))).toBe(true)
    expect(fake.uploads.size).toBe(0)
  })

  it('tell an upstream that cannot be asked apart from damage', async () => {
    const blobs = await open()
    for (const size of [10, 100_000]) {
      const ref = await blobs.put(bytesOf(size, 'a'))
      fake.fail('500', { times: 1000 })
      await expect(readAll(blobs, ref)).rejects.toMatchObject({ code: 'StoreFailed' })
      fake.mend()
      expectSame(await readAll(blobs, ref), bytesOf(size, 'a'))
      const [key] = fake.keys(size === 10 ? 'packs/' : 'files/')
      const whole = fake.objects.get(`pre/${key}`)!
      fake.objects.set(`pre/${key}`, whole.subarray(0, -20))
      await expect(readAll(blobs, ref)).rejects.toMatchObject({ code: 'ObjectDamaged' })
      fake.objects.delete(`pre/${key}`)
      await expect(readAll(blobs, ref)).rejects.toMatchObject({ code: 'ObjectDamaged' })
    }
  })

  it('in a pack are refused, whichever of their bits is another one', async () => {
    const blobs = await open()
    const ref = await blobs.put(bytesOf(20, 'a'))
    const object = fake.objects.get(`pre/${fake.keys('packs/')[0]}`)!
    for (let at = 64; at < 64 + 12 + 20 + 1; at++) {
      object[at]! ^= 1 << (at % 8)
      await expect(blobs.open(ref), `byte ${at}`).rejects.toMatchObject({ code: 'ObjectDamaged' })
      object[at]! ^= 1 << (at % 8)
    }
    expectSame(await readAll(blobs, ref), bytesOf(20, 'a'))
  })
})

describe('small blobs upstream', () => {
  it('of a moment are one object', async () => {
    const blobs = await open()
    await Promise.all(Array.from({ length: 200 }, (_, i) => blobs.put(bytesOf(300, `${i}`))))
    expect(fake.keys('packs/')).toHaveLength(1)
  })

  it('gather while one is on its way', async () => {
    const blobs = await open()
    const puts = [blobs.put(bytesOf(10, 'first'))]
    await expect.poll(() => fake.trace.filter((call) => /PUT .*packs/.test(call))).toHaveLength(1)
    for (let i = 0; i < 100; i++) puts.push(blobs.put(bytesOf(300, `${i}`)))
    await Promise.all(puts)
    expect(fake.keys('packs/').length).toBeLessThanOrEqual(3)
  })

  it('move together when little is left of their pack, and the pack goes', async () => {
    const blobs = await open()
    const rows = new ModelRows()
    blobs.tend(rows)
    const names = Array.from({ length: 30 }, (_, i) => `${i}`)
    await Promise.all(names.map((name) => rows.put(blobs, name, bytesOf(1000, name))))
    const [before] = fake.keys('packs/')
    for (const name of names.slice(3)) await rows.drop(blobs, name)
    await blobs.tended()
    expect(fake.keys('packs/')).not.toContain(before)
    expect(fake.keys('packs/')).toHaveLength(1)
    expect(rows.refs.size).toBe(3)
    for (const [name, ref] of rows.refs) {
      expectSame(await readAll(blobs, ref), bytesOf(1000, name))
    }
    for (const name of names.slice(0, 3)) await rows.drop(blobs, name)
    await blobs.tended()
    expect(fake.keys('packs/')).toEqual([])
  })

  it('stay where they are when their rows cannot be changed', async () => {
    const blobs = await open()
    const rows = new ModelRows()
    blobs.tend(rows)
    await Promise.all(
      Array.from({ length: 9 }, (_, i) => rows.put(blobs, `${i}`, bytesOf(1000, `${i}`))),
    )
    rows.move = () => Promise.reject(new Error('the store is broken'))
    for (let i = 1; i < 9; i++) await rows.drop(blobs, `${i}`)
    await blobs.tended()
    expectSame(await readAll(blobs, rows.refs.get('0')!), bytesOf(1000, '0'))
  })
})

describe('an upstream', () => {
  it.each([
    ['conditional puts', 'it wrote over', { conditions: 'ignored' }],
    ['range reads', 'ranges are not heeded', { ranges: true }],
    ['listings by prefix', 'not in it', { listing: true }],
    ['uploads in parts', 'NotImplemented, status 501', { uploads: true }],
    ['removal of several objects', 'NotImplemented, status 501', { deletion: true }],
  ] as const)('without %s is refused by that name', async (what, why, lacks) => {
    Object.assign(fake.lacks, lacks)
    const error = await open().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'ConfigInvalid' })
    expect((error as Error).message).toContain(what)
    expect((error as Error).message).toContain(why)
    expect(fake.keys('owner')).toEqual([])
  })

  it('that knows no conditions is refused', async () => {
    fake.lacks.conditions = 'refused'
    const says = 'PutObject of pre/probe/'
    await expect(open()).rejects.toMatchObject({ message: expect.stringContaining(says) })
  })

  it('that refuses the access key is refused, and its answer is not repeated', async () => {
    fake.lacks.access = true
    const error = await open().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'ConfigInvalid' })
    expect((error as Error).message).toContain('SignatureDoesNotMatch, status 403')
    expect(inspect(error, { depth: 9 })).not.toMatch(/your signature|Signature=|never-to-be-seen/)
  })

  it('that is not there is no wrong setting', async () => {
    await fake.close()
    await expect(open()).rejects.toMatchObject({ code: 'StoreFailed' })
  })

  it('has one owner for each prefix', async () => {
    await (await open()).close()
    await (await open()).close()
    const other = upstreamParts(url, ACCESS, { owner: 'f'.repeat(32) })
    await expect(openUpstream(other)).rejects.toMatchObject({
      code: 'ConfigInvalid',
      message: expect.stringContaining('belongs to another data directory'),
    })
    const beside = await openUpstream({ ...other, ...upstreamParts(`${url}/beside`, ACCESS) })
    await beside.close()
  })

  it('has one owner, whoever of two is first', async () => {
    const claims = await Promise.allSettled(
      ['a', 'b', 'c'].map((digit) =>
        openUpstream(upstreamParts(url, ACCESS, { owner: digit.repeat(32) })),
      ),
    )
    expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const claim of claims) if (claim.status === 'fulfilled') opened.push(claim.value)
  })

  it('keeps what has no name of ours', async () => {
    const blobs = await open()
    const strange = ['files/readme', 'packs/x', 'other', 'files/sub/0'].map((key) => `pre/${key}`)
    for (const key of [...strange, 'files/beside']) fake.objects.set(key, Buffer.from('strange'))
    blobs.tend(new ModelRows())
    await blobs.tended()
    for (const key of [...strange, 'files/beside']) expect(fake.objects.has(key)).toBe(true)
  })

  it('loses what a killed process left: objects, uploads and probes', async () => {
    const blobs = await open()
    const id = '0'.repeat(32)
    for (const key of [`files/${id}`, `packs/${id}-2s`, `probe/${id}`]) {
      fake.objects.set(`pre/${key}`, Buffer.from('left'))
    }
    for (let i = 0; i < 9; i++) {
      fake.objects.set(`pre/files/${String(i).repeat(32)}`, Buffer.from('left'))
    }
    fake.uploads.set('left', { key: `pre/files/${id}`, parts: new Map() })
    blobs.tend(new ModelRows())
    await blobs.tended()
    expect([...fake.objects.keys()]).toEqual(['pre/owner'])
    expect(fake.uploads.size).toBe(0)
  })
})
