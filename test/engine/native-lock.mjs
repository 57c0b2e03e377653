// Runs where the system locks little memory: takes keys until it locks no more, gives some back, and tells.
import { readFileSync } from 'node:fs'
import { chooseEngines, openEngine } from '../../dist/engine/choose.js'
import { lockLimit } from '../../dist/engine/native/native.js'

/** Slots of a chunk. */
const CHUNK = 64
const engine = openEngine('native')
const told = { limit: lockLimit(), atFirst: engine.isLocked }
const keys = []
const take = (count) => {
  for (let i = 0; i < count; i++) keys.push(engine.generateKey())
}
const give = (from, count) => {
  for (const key of keys.splice(from, count)) key.release()
}

while (engine.isLocked && keys.length < 10_000) take(1)
told.lockedKeys = keys.length - 1
told.word = engine.features.at(-1)
give(keys.length - 1, 1)
told.afterTheLastOne = engine.isLocked

// Two chunks more than can be locked; then two of those that are locked empty, and pass their locks on.
take(2 * CHUNK)
told.beyond = engine.isLocked
give(0, CHUNK)
told.oneChunkBack = engine.isLocked
give(0, CHUNK)
told.twoChunksBack = engine.isLocked
told.lockedKiB = lockedKiB()
told.keys = keys.length
told.opens = keys.every(works)

chooseEngines('native', 'required')
told.refusal = refusalOf(() => take(1))
told.stillLocked = engine.isLocked
give(0, 1)
told.roomAgain = refusalOf(() => take(1))
give(0, keys.length)
told.private = await privateKeys(engine.privateKeys)

console.log(JSON.stringify(told))

/** Locked memory is required by now; a pair of RSA takes some KiB of it. None of those that are unwrapped has been used. */
async function privateKeys({ generate, wrap, unwrap, sign, verify }) {
  const first = await generate('RSA_2048')
  const wrappingKey = engine.generateKey()
  const blob = wrap(wrappingKey, first, new Uint8Array(24), new Uint8Array(0))
  const another = () => pairs.push(unwrap(wrappingKey, 'RSA_2048', blob, new Uint8Array(0)))
  const pairs = [first]
  let refusal = null
  while (refusal === null && pairs.length < 1000) refusal = refusalOf(another)
  const text = new Uint8Array(10)
  const signs = (pair) => {
    const signature = sign(pair, 'RSASSA_PSS_SHA_256', text, 'RAW')
    return verify(pair, 'RSASSA_PSS_SHA_256', text, 'RAW', signature)
  }
  const answer = { pairs: pairs.length, refusal }
  answer.useRefusal = refusalOf(() => pairs.forEach(signs))
  answer.sign = answer.useRefusal === null && pairs.every(signs)
  answer.stillLocked = engine.isLocked
  for (const pair of pairs.splice(1)) pair.release()
  answer.roomAgain = refusalOf(another)
  answer.lockedKiB = lockedKiB()
  return answer
}

function works(key) {
  const text = new Uint8Array(48)
  engine.seal(key, new Uint8Array(12), new Uint8Array(0), text)
  return engine.open(key, new Uint8Array(12), new Uint8Array(0), text)
}

function refusalOf(act) {
  try {
    act()
    return null
  } catch ({ code, message }) {
    return { code, message }
  }
}

function lockedKiB() {
  return Number(/VmLck:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1])
}
