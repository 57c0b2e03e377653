/**
 * Looks through the memory of a process that holds private keys for what is secret of them.
 *
 * The process looked at is this script again, as `holder`: it makes keys that never leave the addon, uses them in every
 * way, and hands out only wrapped forms. The other one, the `seeker`, unwraps them and so knows what to look for.
 */
import { spawn } from 'node:child_process'
import { createHash, createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openNativeEngine } from '../../dist/engine/native/native.js'
import { scanProcess, searchFor } from '../support/process-memory.mjs'

const SPECS = ['RSA_2048', 'ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_SECG_P256K1']
SPECS.push('ECC_NIST_EDWARDS25519', 'HMAC_256', 'ML_DSA_44')
/** Longer than a look through the memory takes. */
const STANDSTILL_MS = 1500
/** Longer than using the keys takes. */
const SETTLING_MS = 400
const NEEDLE_BYTES = 16
const NONE = new Uint8Array(0)
const HEADER = new Uint8Array(24)
const engine = openNativeEngine()
const { privateKeys } = engine
const wrappingKey = engine.importKey(new Uint8Array(32).fill(9))

if (process.argv[2] === 'holder') await hold()
else await seek()

async function hold() {
  const made = await Promise.all(SPECS.map((spec) => privateKeys.generate(spec)))
  const blobs = made.map((key) => privateKeys.wrap(wrappingKey, key, HEADER, NONE))
  const opened = blobs.map((blob, i) => privateKeys.unwrap(wrappingKey, SPECS[i], blob, NONE))
  const keys = [...made, ...opened]
  for (const key of keys) use(key)
  process.stdout.write(JSON.stringify(blobs.map((blob) => Buffer.from(blob).toString('hex'))))
  process.stdin.once('data', () => {
    for (const key of keys) key.release()
    process.stdout.write('released')
    process.stdin.once('data', () => process.exit())
  })
  for (const key of keys) use(key)
  // Looked at while it stands still: what the last calls left on the stack is not written over yet.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STANDSTILL_MS)
}

function use(key) {
  const { spec } = key
  const text = new Uint8Array(100)
  privateKeys.wrap(wrappingKey, key, HEADER, NONE)
  if (spec.startsWith('HMAC_')) return void privateKeys.mac(key, 'HMAC_SHA_256', text)
  if (spec.startsWith('RSA_')) {
    const ciphertext = privateKeys.encrypt(key, 'RSAES_OAEP_SHA_256', new Uint8Array(32))
    privateKeys.decrypt(key, 'RSAES_OAEP_SHA_256', ciphertext)
    privateKeys.decrypt(key, 'RSAES_OAEP_SHA_1', ciphertext)
  }
  if (spec.startsWith('ECC_') && spec !== 'ECC_NIST_EDWARDS25519') {
    privateKeys.agree(key, privateKeys.publicKey(key))
  }
  for (const algorithm of algorithmsOf(spec)) {
    const signature = privateKeys.sign(key, algorithm, text, 'RAW')
    privateKeys.verify(key, algorithm, text, 'RAW', signature)
  }
  if (spec === 'ECC_NIST_EDWARDS25519') {
    privateKeys.sign(key, 'ED25519_PH_SHA_512', new Uint8Array(64), 'DIGEST')
  }
}

function algorithmsOf(spec) {
  if (spec.startsWith('RSA_')) return ['RSASSA_PSS_SHA_256', 'RSASSA_PKCS1_V1_5_SHA_512']
  if (spec.startsWith('ML_DSA_')) return ['ML_DSA_SHAKE_256']
  if (spec === 'ECC_NIST_EDWARDS25519') return ['ED25519_SHA_512']
  return [spec === 'ECC_NIST_P384' ? 'ECDSA_SHA_384' : 'ECDSA_SHA_256']
}

async function seek() {
  const holder = spawn(process.execPath, [fileURLToPath(import.meta.url), 'holder'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [answer] = await once(holder.stdout, 'data')
  const blobs = JSON.parse(answer.toString()).map((digits) => Buffer.from(digits, 'hex'))
  const needles = searchFor(blobs.flatMap((blob, i) => tracesOf(SPECS[i], bytesOf(blob))))
  await setTimeout(SETTLING_MS)
  const held = scanProcess(needles, holder.pid)
  holder.stdin.write('release')
  await once(holder.stdout, 'data')
  const released = scanProcess(needles, holder.pid)
  holder.stdin.end('exit')
  console.log(JSON.stringify({ held, released }))
}

function bytesOf(blob) {
  if (!engine.unwrap(wrappingKey, blob, NONE)) throw new Error('the holder does not wrap')
  return blob.subarray(80, -16)
}

/** Bytes that give a key away: each number as DER has it, and as the words of a little-endian machine. */
function tracesOf(spec, bytes) {
  const parts = spec.startsWith('HMAC_') ? macParts(bytes) : pairParts(spec, bytes)
  return Object.entries(parts).flatMap(([form, whole]) => {
    const words = Buffer.from(whole).reverse()
    const needle = (from) => Buffer.from(from.subarray(0, NEEDLE_BYTES))
    const end = (from) => Buffer.from(from.subarray(-NEEDLE_BYTES))
    return [
      { secret: spec, form, bytes: needle(whole) },
      { secret: spec, form: `${form}: end`, bytes: end(whole) },
      { secret: spec, form: `${form}: words`, bytes: needle(words) },
      { secret: spec, form: `${form}: end of words`, bytes: end(words) },
    ]
  })
}

function macParts(key) {
  const padded = (byte) => Buffer.from(key.map((own) => own ^ byte))
  return { key, inner: padded(0x36), outer: padded(0x5c) }
}

function pairParts(spec, bytes) {
  if (spec.startsWith('ML_DSA_')) return { seed: bytes.subarray(-32) }
  const jwk = createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' }).export({
    format: 'jwk',
  })
  const secrets = Object.entries(jwk).filter(([name]) => 'd p q dp dq qi'.split(' ').includes(name))
  const parts = Object.fromEntries(
    secrets.map(([name, value]) => [name, Buffer.from(value, 'base64url')]),
  )
  if (spec !== 'ECC_NIST_EDWARDS25519') return parts
  const hash = createHash('sha512').update(parts.d).digest()
  return { ...parts, scalar: hash.subarray(1, 31), prefix: hash.subarray(32) }
}
