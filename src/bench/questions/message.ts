/**
 * How many small sealed objects does one core make and open in a second?
 *
 * 32 bytes of plaintext, a context of two pairs, a fresh data key wrapped by a raw AES key for each: the whole
 * of what `seal` and `open` of the library do, keyring, guards and pool included. The AWS Encryption SDK, where it is
 * installed, does the same with the same suite, and reads what we made.
 *
 * @module
 */
import type { Engine } from '../../engine/engine.js'
import type { Kms } from '../../kms/kms.js'
import { type RawAesKeyring, rawAesKeyring } from '../../message/raw-aes-keyring.js'
import { openPool } from '../../pool/pool.js'
import { type Objects, sealedObjects } from '../../sealed-objects.js'
import { usableEngines } from '../engines.js'
import { peer } from '../peers.js'
import type { Held, Needs } from '../question.js'

const SDK = '@aws-crypto/client-node'
const KEY = new Uint8Array(32).fill(7)
const PLAIN = Buffer.alloc(32, 'small')
const CONTEXT = { tenant: 'acme', purpose: 'bench' }

interface Peer {
  seal(): Promise<Uint8Array>
  open(sealed: Uint8Array): Promise<Uint8Array>
}

export async function* contests(needs: Needs): AsyncGenerator<Held> {
  const keyring = rawAesKeyring({ namespace: 'bench', name: 'key', key: KEY })
  needs.closers.push(() => keyring.release())
  const ours = usableEngines(needs).map(
    (engine) => [engine.name, objectsOver(engine, needs)] as const,
  )
  const sdk = await sdkPeer(needs)
  const read = sdk?.open ?? ((sealed: Uint8Array) => ours[0]![1].open(sealed, { keyring }))
  const baselines = [SDK]
  yield {
    ...{ title: `seal an object of ${PLAIN.length} bytes`, baselines },
    contenders: [
      ...ours.map(([name, objects]) => {
        const seal = () => sealWith(objects, keyring)
        return { name, answer: async () => read(await seal()), run: seal }
      }),
      ...(sdk ? [{ name: SDK, answer: async () => read(await sdk.seal()), run: sdk.seal }] : []),
    ],
  }
  const sealed = await (sdk?.seal() ?? sealWith(ours[0]![1], keyring))
  yield {
    ...{ title: `open an object of ${PLAIN.length} bytes`, baselines },
    contenders: [
      ...ours.map(([name, objects]) => {
        const open = () => objects.open(sealed, { keyring })
        return { name, answer: open, run: open }
      }),
      ...(sdk ? [{ name: SDK, answer: () => sdk.open(sealed), run: () => sdk.open(sealed) }] : []),
    ],
  }
}

/** Keyrings are given here, so there is no KMS to ask. */
function objectsOver(engine: Engine, { closers }: Needs): Objects {
  const pool = openPool()
  closers.push(() => pool.close())
  return sealedObjects({ kms: {} as Kms, engines: { bulk: engine, small: engine }, pool })
}

function sealWith(objects: Objects, keyring: RawAesKeyring): Promise<Uint8Array> {
  return objects.seal(PLAIN, { keyring, encryptionContext: CONTEXT })
}

/** Views them. */
function bufferOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length)
}

/** The same key, and the suite that we write; its default signs too, and is several times slower. */
async function sdkPeer(needs: Needs): Promise<Peer | undefined> {
  const sdk = await peer<typeof import('@aws-crypto/client-node')>(SDK, needs)
  if (sdk === undefined) return undefined
  const client = sdk.buildClient(sdk.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
  const keyring = new sdk.RawAesKeyringNode({
    ...{ keyNamespace: 'bench', keyName: 'key', unencryptedMasterKey: KEY },
    wrappingSuite: sdk.RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
    utf8Sorting: true,
  })
  const suiteId = sdk.AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY
  const options = { encryptionContext: CONTEXT, suiteId }
  return {
    seal: async () => (await client.encrypt(keyring, PLAIN, options)).result,
    open: async (sealed) => (await client.decrypt(keyring, bufferOf(sealed))).plaintext,
  }
}
