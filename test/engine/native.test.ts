/**
 * What only the native engine promises: where keys lie, who can reach them, when they are gone.
 *
 * Its answers are tested with those of the other engines in the files beside. What needs a process of its
 * own is in native-*.mjs. Without an addon there is nothing to test but that it says so.
 */
import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import {
  type Addon,
  addonAbsence,
  GZIP_DAMAGED,
  loadAddon,
  RELEASED,
  TARGET_FULL,
} from '../../src/engine/native/addon.js'
import { openNativeEngine } from '../../src/engine/native/native.js'
import { runScript } from '../support/child.js'
import { bytesOf, sample } from './sample.js'

/** As native/src/door.rs has them. */
const WRONG_SHAPE = -1
const PANICKED = -2
const NONE = new Uint8Array(0)
const addon = loadAddon()
const isLinux = process.platform === 'linux'
if (addon === undefined) process.stderr.write(`not tested: ${addonAbsence()}\n`)
else if (!isLinux) process.stderr.write('not tested: the memory of a process, for want of /proc\n')

describe('the addon', () => {
  it('is loaded, or says in a sentence why not', () => {
    if (addon === undefined) {
      expect(addonAbsence()).toMatch(/missing|did not load/)
      expect(openNativeEngine).toThrow(expect.objectContaining({ code: 'EngineUnavailable' }))
    } else {
      expect(addonAbsence()).toBeUndefined()
      expect(openNativeEngine().name).toBe('native')
    }
  })
})

if (addon !== undefined) {
  describe('the arena', () => arena(addon))
  describe('a thread', () => threads(addon))
  describe('the door of the addon', () => door(addon))
  describe("the addon's gzip", () => gzip(addon))
  if (isLinux) describe('the memory of the process', () => memory())
}

function arena(addon: Addon) {
  const engine = openNativeEngine()
  const use = (key: number) => addon.xaesCommitment(key, new Uint8Array(24), new Uint8Array(32))

  it('holds more keys than one chunk, each its own, and gives their room back', () => {
    const before = addon.keysInUse()
    const keys = Array.from({ length: 500 }, (_, i) => engine.importKey(sample(`key ${i}`, 32)))
    expect(addon.keysInUse()).toBe(before + 500)
    keys.forEach((key, i) => {
      expect(bytesOf(engine, key)).toEqual(sample(`key ${i}`, 32))
    })
    for (const key of keys) key.release()
    expect(addon.keysInUse()).toBe(before)
  })

  it('never finds a new key under an old number', () => {
    const first = addon.importKey(sample('first', 32))
    addon.releaseKey(first)
    const second = addon.importKey(sample('second', 32))
    expect(second).not.toBe(first)
    expect(use(first)).toBe(RELEASED)
    expect(addon.adoptKey(first)).toBe(RELEASED)
    expect(addon.releaseKey(first)).toBe(RELEASED)
    addon.releaseKey(second)
  })

  it.each([0, -1, -0.5, Number.NaN, Number.POSITIVE_INFINITY, 1, 2 ** 18, 2 ** 50 - 1, 2 ** 64])(
    'has no key under the number %d',
    (number) => {
      expect(use(number)).toBe(RELEASED)
      expect(addon.adoptKey(number)).toBe(RELEASED)
      expect(addon.releaseKey(number)).toBe(RELEASED)
    },
  )

  it('counts the handles of a thread one by one', () => {
    const before = addon.keysInUse()
    const key = addon.generateKey()
    expect(addon.adoptKey(key)).toBe(key)
    addon.releaseKey(key)
    expect(use(key)).toBe(0)
    addon.releaseKey(key)
    expect(use(key)).toBe(RELEASED)
    expect(addon.keysInUse()).toBe(before)
  })

  it('gives back the room of a key that does not unwrap', () => {
    const key = engine.generateKey()
    const before = addon.keysInUse()
    expect(engine.unwrapKey(key, sample('no blob', 128), NONE)).toBeUndefined()
    expect(addon.keysInUse()).toBe(before)
    key.release()
  })

  it('lets go of keys whose handles were lost', async () => {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    const before = addon.keysInUse()
    for (let i = 0; i < 50; i++) engine.generateKey()
    for (let i = 0; i < 100 && addon.keysInUse() > before; i++) {
      collect()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(addon.keysInUse()).toBe(before)
  })
}

function threads(addon: Addon) {
  const engine = openNativeEngine()

  it.each(['end', 'exit', 'terminate'])('leaves no key behind when it stops by %s', async (how) => {
    const before = addon.keysInUse()
    const mine = engine.importKey(sample('key', 32))
    const shared = [engine.shareKey(mine), engine.shareKey(mine)]
    const worker = start('hold', { how, tickets: shared.map(({ ticket }) => ticket) })
    expect(await answer(worker)).toBe(before + 11)
    await stopped(worker, how)
    expect(addon.keysInUse()).toBe(before + 1)
    expect(bytesOf(engine, mine)).toEqual(sample('key', 32))
    for (const { end } of shared) end()
    mine.release()
    expect(addon.keysInUse()).toBe(before)
  })

  it('takes its open tickets with it when it ends', async () => {
    const before = addon.keysInUse()
    const worker = start('share')
    const ticket = await answer(worker)
    await stopped(worker, 'end')
    expect(addon.keysInUse()).toBe(before)
    expect(() => engine.adoptKey(ticket)).toThrow(expect.objectContaining({ code: 'KeyReleased' }))
  })

  it('leaves no key behind when it never took the ticket that was posted to it', async () => {
    const before = addon.keysInUse()
    const key = engine.generateKey()
    const { ticket, end } = engine.shareKey(key)
    key.release()
    const worker = start('hold', { tickets: [] })
    worker.postMessage({ ticket })
    await worker.terminate()
    expect(addon.keysInUse()).toBe(before + 1)
    end()
    expect(addon.keysInUse()).toBe(before)
  })

  it('cannot use a key that only another one holds', async () => {
    const key = addon.generateKey()
    const worker = start('steal', { number: key })
    expect(await answer(worker)).toBe(RELEASED)
    await stopped(worker, 'end')
    addon.releaseKey(key)
  })

  it('seals and opens with one key while others adopt and release it', async () => {
    const before = addon.keysInUse()
    const key = engine.generateKey()
    const shared = Array.from({ length: 4000 }, () => engine.shareKey(key))
    const tickets = shared.map(({ ticket }) => ticket)
    const workers = [start('churn', tickets.slice(0, 2000)), start('churn', tickets.slice(2000))]
    const answers = workers.map(answer)
    for (let i = 0; i < 2000; i++) engine.cloneKey(key).release()
    expect(await Promise.all(answers)).toEqual([2000, 2000])
    await Promise.all(workers.map((worker) => stopped(worker, 'end')))
    for (const { end } of shared) end()
    key.release()
    expect(addon.keysInUse()).toBe(before)
  })

  it('may be the only one that ever loaded the addon', async () => {
    const script = new URL('./native-unload.mjs', import.meta.url).pathname
    expect(await runScript(script)).toBe('loaded by 8 threads\n')
  })
}

function door(addon: Addon) {
  const strangers: unknown[] = [
    undefined,
    null,
    1,
    'bytes',
    [1, 2],
    {},
    new ArrayBuffer(32),
    new DataView(new ArrayBuffer(32)),
    new Uint16Array(16),
    new Uint8ClampedArray(32),
    new Float64Array(4),
  ]
  // Once requireLock is called, it holds for the whole process: native-lock.test.ts.
  const ofNothing = [
    ...['features', 'keysInUse', 'isLocked', 'lockLimit', 'generateKey', 'requireLock'],
    'privateBlocksInUse',
  ]
  const ofOneNumber = ['adoptKey', 'releaseKey', 'gzipBound', 'privateTake', 'privateRelease']
  const taking = Object.keys(addon).filter((name) => !ofNothing.includes(name))
  const call = (name: string, args: readonly unknown[]) =>
    (addon[name as keyof Addon] as (...given: readonly unknown[]) => unknown)(...args)

  it.each(ofNothing.filter((name) => name !== 'requireLock'))(
    'looks at no stranger at %s, and does not panic',
    (name) => {
      for (const stranger of strangers) {
        const answer = call(name, Array(8).fill(stranger))
        // No limit of locked memory is -1.
        if (typeof answer === 'number') expect(answer).toBeGreaterThan(PANICKED)
        else expect(answer).toMatch(/^\w/)
        if (name === 'generateKey') expect(addon.releaseKey(answer as number)).toBe(0)
      }
    },
  )

  it.each(taking)('refuses strangers at %s with a number, and does not panic', (name) => {
    const refused = [WRONG_SHAPE, RELEASED]
    const isNumber = (stranger: unknown) => typeof stranger === 'number'
    for (const stranger of strangers) {
      if (name === 'gzipBound' && isNumber(stranger)) continue
      expect(refused).toContain(call(name, Array(8).fill(stranger)))
    }
    expect(call(name, [])).toBe(WRONG_SHAPE)
  })

  it.each(taking.filter((name) => !ofOneNumber.includes(name)))(
    'refuses strangers beside a key at %s with a number, and does not panic',
    (name) => {
      const key = addon.importKey(sample('key', 32))
      for (const stranger of strangers) {
        const answer = call(name, [key, ...Array(7).fill(stranger)])
        expect([WRONG_SHAPE, RELEASED]).toContain(answer)
      }
      // A key is no front, no scribe and no lane; some look at what comes behind it first.
      const looksBehind = ['frontOpen', 'frontAsk', 'scribeOpen', 'scribeAppend', 'laneAdmit']
      const isOfThread = /^(front|scribe|lane)/.test(name) && !looksBehind.includes(name)
      expect(call(name, [key])).toBe(isOfThread ? RELEASED : WRONG_SHAPE)
      expect(addon.releaseKey(key)).toBe(0)
    },
  )

  it('takes no detached memory', () => {
    const bytes = new Uint8Array(32)
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
    expect(addon.importKey(bytes)).toBeLessThan(0)
    expect(addon.randomFill(bytes)).toBe(0)
  })

  it('reads and writes exactly what a view shows', () => {
    const memory = sample('memory', 64)
    const before = memory.slice()
    expect(addon.randomFill(memory.subarray(16, 48))).toBe(0)
    expect(memory.subarray(0, 16)).toEqual(before.subarray(0, 16))
    expect(memory.subarray(48)).toEqual(before.subarray(48))
    expect(memory.subarray(16, 48)).not.toEqual(before.subarray(16, 48))
  })
}

function gzip(addon: Addon) {
  const plain = Buffer.from('one event, one event, one more event. '.repeat(200))
  const room = () => new Uint8Array(addon.gzipBound(plain.length))
  const packed = (level: number) => {
    const target = room()
    return target.subarray(0, addon.gzip(plain, level, target))
  }

  it.each(Array.from({ length: 13 }, (_, level) => level))('gives back level %i', (level) => {
    const target = new Uint8Array(plain.length)
    expect(addon.gunzip(packed(level), target)).toBe(plain.length)
    expect(Buffer.compare(target, plain)).toBe(0)
  })

  it('knows no level beyond 12', () => {
    for (const level of [13, -1, 1.5, 2 ** 32]) {
      expect(addon.gzip(plain, level, room())).toBeLessThan(0)
    }
  })

  it('says when there is not enough room', () => {
    const member = packed(6)
    expect(addon.gzip(plain, 6, new Uint8Array(member.length - 1))).toBe(TARGET_FULL)
    expect(addon.gunzip(member, new Uint8Array(plain.length - 1))).toBe(TARGET_FULL)
  })

  it('takes exactly one member', () => {
    const member = packed(6)
    const target = new Uint8Array(2 * plain.length)
    const damaged = [
      NONE,
      member.subarray(0, -1),
      Buffer.concat([member, Uint8Array.of(0)]),
      Buffer.concat([member, member]),
      Uint8Array.from(member, (byte, i) => (i === member.length - 6 ? byte ^ 1 : byte)),
    ]
    for (const bytes of damaged) expect(addon.gunzip(bytes, target)).toBe(GZIP_DAMAGED)
  })
}

function memory() {
  it('is locked and kept out of core dumps where a key lies, or says that it is not', () => {
    const key = openNativeEngine().generateKey()
    const regions = readFileSync('/proc/self/smaps', 'utf8').split(/\n(?=[0-9a-f]+-)/)
    const chunks = regions.filter((region) => /^Size: +64 kB/m.test(region))
    const flags = chunks.map((region) => /VmFlags:(.*)/.exec(region)?.[1] ?? '')
    // dd: not dumped; wf: wiped in a forked child; lo: locked.
    const secret = flags.filter((words) => / dd\b/.test(words) && / wf\b/.test(words))
    expect(secret.length).toBeGreaterThan(0)
    const isLocked = secret.every((words) => / lo\b/.test(words))
    const word = isLocked ? 'locked-memory' : 'unlocked-memory'
    expect(openNativeEngine().features).toContain(word)
    key.release()
  })

  it('shows a key in the arena only, and nowhere after its release', async () => {
    const script = new URL('./native-scan.mjs', import.meta.url).pathname
    const { held, released } = JSON.parse(await runScript(script))
    expect(held.outside).toEqual([])
    expect(held.arena).toEqual(expect.arrayContaining(['key', 'message key', 'key: round 3']))
    // How the GHASH key lies is known for this code only; there it is what a seal leaves on the stack.
    if (openNativeEngine().features.includes('gcm-vaes-avx512')) {
      expect(held.arena).toEqual(expect.arrayContaining(['key: GHASH', 'message key: GHASH']))
    }
    expect(released).toEqual({ arena: [], outside: [] })
  })
}

function start(act: string, input: unknown = undefined): Worker {
  return new Worker(new URL('./native-thread.mjs', import.meta.url), { workerData: { act, input } })
}

function answer(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

async function stopped(worker: Worker, how: string): Promise<void> {
  const exit = new Promise((resolve) => worker.once('exit', resolve))
  if (how === 'terminate') await worker.terminate()
  else worker.postMessage('stop')
  await exit
}
