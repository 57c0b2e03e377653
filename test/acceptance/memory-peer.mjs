/**
 * A program with sealtrail inside, to be looked into by memory-scan.mjs: it does everything that has to do with
 * keys, wipes what it was given as the documentation asks, tells what it had, and stands by.
 *
 *     node memory-peer.mjs <data directory> <file to tell in>      the keyring's key comes by stdin
 *
 * Told are 33 bytes for each secret: what it is, and its bytes, which never become text here. The first byte of
 * stdin after the key lets it close; the next one ends it.
 */

import { once } from 'node:events'
import { openSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { openSealtrail, rawAesKeyring } from '../../dist/index.js'

const TIMES = 20
const [dataDir, told] = process.argv.slice(2)
const file = openSync(told, 'w')

const key = new Uint8Array(new ArrayBuffer(32))
readSync(0, key)
const keyring = rawAesKeyring({ namespace: 'tests', name: 'scanned', key })
key.fill(0)

const sealtrail = await openSealtrail({ dataDir })
const { kms } = sealtrail
const { KeyId } = (await kms.createKey({})).KeyMetadata

for (let i = 0; i < TIMES; i++) {
  tell('g', (await kms.generateDataKey({ KeyId, KeySpec: 'AES_256' })).Plaintext)
  const { CiphertextBlob } = await kms.generateDataKeyWithoutPlaintext({
    KeyId,
    KeySpec: 'AES_256',
  })
  tell('d', (await kms.decrypt({ CiphertextBlob })).Plaintext)
  tell('r', (await kms.generateRandom({ NumberOfBytes: 32 })).Plaintext)
  const text = (await kms.generateRandom({ NumberOfBytes: 32 })).Plaintext
  await kms.encrypt({ KeyId, Plaintext: text })
  tell('e', text)
}
const batch = await kms.generateDataKeys({ KeyId, KeySpec: 'AES_256', NumberOfKeys: TIMES })
for (const { Plaintext } of batch) tell('b', Plaintext)
const wrapped = await kms.generateDataKeys({ KeyId, KeySpec: 'AES_256', NumberOfKeys: TIMES })
for (const { Plaintext } of wrapped) Plaintext.fill(0)
const opened = await kms.decryptMany(wrapped.map(({ CiphertextBlob }) => ({ CiphertextBlob })))
for (const { value } of opened) tell('m', value.Plaintext)

for (const [name, how] of Object.entries({ kms: { keyId: KeyId }, raw: { keyring } })) {
  const object = await sealtrail.seal(Buffer.alloc(1000, name), how)
  await sealtrail.open(object, { keyring: how.keyring })
  writeFileSync(`${told}.${name}`, object)
  for (let i = 0; i < TIMES; i++) {
    const sealer = sealtrail.sealStream(how)
    sealer.end(Buffer.alloc(200_000))
    await pipeline(sealer, sealtrail.openStream({ keyring: how.keyring }), async (plain) => {
      for await (const _ of plain);
    })
  }
}

process.stdout.write('worked\n')
await once(process.stdin, 'data')
keyring.release()
await sealtrail.close()
process.stdout.write('closed\n')
await once(process.stdin, 'data')
process.exit()

/** Touches the memory behind it, as programs do, before it is wiped. */
function tell(what, plain) {
  if (plain.buffer.byteLength < plain.length) throw new Error('bytes have memory')
  writeSync(file, what)
  writeSync(file, plain)
  plain.fill(0)
}
