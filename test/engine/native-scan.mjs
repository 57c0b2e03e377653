/**
 * Looks through the memory of a process that holds a key for that key and what follows from it.
 *
 * The process looked at is this script again, as `holder`: it makes a key that never leaves the addon, uses it
 * in every way, and hands out only a wrapped form. The other one, the `seeker`, unwraps it and so knows what to
 * look for. The arena is the memory that is marked as kept out of dumps and of forks.
 */
import { spawn } from 'node:child_process'
import { createCipheriv, createHmac, hkdfSync } from 'node:crypto'
import { once } from 'node:events'
import { openSync, readFileSync, readSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openNativeEngine } from '../../dist/engine/native/native.js'
import { roundKeys } from '../support/key-traces.mjs'

const SUITE = 0x0478
/** Longer than a look through the memory takes. */
const STANDSTILL_MS = 1500
/** Longer than using the keys takes. */
const SETTLING_MS = 300
const NONE = new Uint8Array(0)
const engine = openNativeEngine()
const wrappingKey = engine.importKey(new Uint8Array(32).fill(9))

if (process.argv[2] === 'holder') hold()
else await seek()

function hold() {
  const key = engine.generateKey()
  const header = new Uint8Array(83)
  header.set([2, SUITE >> 8, SUITE & 0xff])
  const messageKey = engine.sealHeader(key, header)
  const message = { header, body: bodyOf(messageKey, header.subarray(3, 35)) }
  const blob = new Uint8Array(128)
  engine.wrapKey(wrappingKey, key, blob, NONE)
  const again = engine.unwrapKey(wrappingKey, blob, NONE)
  for (const each of [key, messageKey, again]) use(each)
  openWhole(key, message)
  process.stdout.write(Buffer.concat([blob, header.subarray(3, 35)]).toString('hex'))
  process.stdin.once('data', () => {
    for (const each of [key, messageKey, again]) each.release()
    process.stdout.write('released')
    process.stdin.once('data', () => process.exit())
  })
  for (const each of [key, messageKey, again]) use(each)
  openWhole(key, message)
  // Looked at while it stands still: what the last calls left on the stack is not written over yet.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STANDSTILL_MS)
}

/** One byte, sealed. */
function bodyOf(key, messageId) {
  const run = { messageId, frameBytes: 4096, firstFrame: 1, final: true }
  const body = new Uint8Array(1 + 40)
  engine.sealFrames(key, run, new Uint8Array(1), body)
  return body
}

function openWhole(key, { header, body }) {
  if (engine.openMessage(key, header, 4096, body, new Uint8Array(1)) !== 1) {
    throw new Error('the message does not open')
  }
  const sealed = new Uint8Array(header.length + body.length)
  sealed.set(header)
  engine.sealMessage(key, sealed, header.length, 4096, new Uint8Array(1))
  engine.openMessage(key, header, 4096, body, new Uint8Array(1))
}

function use(key) {
  const run = { messageId: new Uint8Array(32), frameBytes: 4096, firstFrame: 1, final: true }
  const plain = new Uint8Array(100_000)
  const sealed = new Uint8Array(plain.length + 25 * 32 + 8)
  engine.sealFrames(key, run, plain, sealed)
  engine.openFrames(key, run, sealed, plain)
  const blob = new Uint8Array(200)
  engine.wrap(key, blob, NONE)
  engine.unwrap(key, blob, NONE)
  for (const size of [1 << 20, 65_552, 1000, 300, 48, 16]) {
    const text = new Uint8Array(size)
    engine.seal(key, new Uint8Array(12), NONE, text)
    engine.open(key, new Uint8Array(12), NONE, text)
    engine.open(key, new Uint8Array(12), NONE, text)
  }
}

async function seek() {
  const holder = spawn(process.execPath, [fileURLToPath(import.meta.url), 'holder'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [answer] = await once(holder.stdout, 'data')
  const told = Buffer.from(answer.toString(), 'hex')
  const [blob, messageId] = [told.subarray(0, 128), told.subarray(128)]
  if (!engine.unwrap(wrappingKey, blob, NONE)) throw new Error('the holder does not wrap')
  const needles = traces(blob.subarray(80, 112), messageId)
  await setTimeout(SETTLING_MS)
  const held = find(needles, holder.pid)
  holder.stdin.write('release')
  await once(holder.stdout, 'data')
  const released = find(needles, holder.pid)
  holder.stdin.end('exit')
  console.log(JSON.stringify({ held, released }))
}

/** Bytes that give the key away, by name. */
function traces(key, messageId) {
  const info = Buffer.concat([Buffer.from([SUITE >> 8, SUITE & 0xff]), Buffer.from('DERIVEKEY')])
  const messageKey = Buffer.from(hkdfSync('sha512', key, messageId, info, 32))
  const prk = createHmac('sha512', messageId).update(key).digest()
  return new Map([
    ...ofKey('key', key),
    ...ofKey('message key', messageKey),
    ['pseudo-random key', prk.subarray(0, 32)],
  ])
}

function ofKey(name, key) {
  const hash = aes(key, Buffer.alloc(16))
  const rounds = roundKeys(key)
  return [
    [name, key.subarray(0, 16)],
    [`${name}: second half`, key.subarray(16)],
    [`${name}: round 2`, rounds.subarray(32, 48)],
    [`${name}: round 3`, rounds.subarray(48, 64)],
    [`${name}: H`, hash],
    [`${name}: H reversed`, Buffer.from(hash).reverse()],
    [`${name}: GHASH`, timesX(hash)],
  ]
}

function aes(key, block) {
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
  return Buffer.concat([cipher.update(block), cipher.final()])
}

/** H as the carry-less multiply code keeps it: reflected and doubled. */
function timesX(hash) {
  const doubled = BigInt(`0x${hash.toString('hex')}`) << 1n
  const carry = doubled >> 128n === 0n ? 0n : 0xc2000000000000000000000000000001n
  const value = BigInt.asUintN(128, doubled) ^ carry
  return Buffer.from(value.toString(16).padStart(32, '0'), 'hex').reverse()
}

function find(needles, pid) {
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const hits = { arena: new Set(), outside: new Set() }
  for (const { from, to, isArena } of regions(pid)) {
    const bytes = Buffer.alloc(to - from)
    readRegion(memory, from, bytes)
    for (const [name, needle] of needles) {
      if (bytes.includes(needle)) hits[isArena ? 'arena' : 'outside'].add(name)
    }
  }
  return { arena: [...hits.arena], outside: [...hits.outside] }
}

/** As far as it can be read; what cannot be has nothing in it. */
function readRegion(memory, from, bytes) {
  try {
    for (let at = 0, read = 1; read > 0; at += read) {
      read = readSync(memory, bytes, at, bytes.length - at, from + at)
    }
  } catch (error) {
    if (error.code !== 'EIO') throw error
  }
}

/** What is writable and in memory. */
function regions(pid) {
  const all = readFileSync(`/proc/${pid}/smaps`, 'utf8').split(/\n(?=[0-9a-f]+-)/)
  return all.flatMap((region) => {
    const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(region) ?? []
    if (from === undefined || /^Rss: +0 kB/m.test(region)) return []
    const flags = /VmFlags:.*/.exec(region)?.[0] ?? ''
    const isArena = / dd\b/.test(flags) && / wf\b/.test(flags)
    return [{ from: Number.parseInt(from, 16), to: Number.parseInt(to, 16), isArena }]
  })
}
