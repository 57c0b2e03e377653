/**
 * How fast does one core sign, and make MACs?
 *
 * Each engine with a kept key, whole messages of 256 bytes. The lines to beat: node:crypto with KeyObjects; for ML-DSA,
 * which it lacks before Node 24, @noble/post-quantum.
 *
 * @module
 */
import {
  createHmac,
  createPrivateKey,
  createSecretKey,
  type SignKeyObjectInput,
  sign,
} from 'node:crypto'
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'
import type { Engine } from '../../engine/engine.js'
import type {
  MacAlgorithm,
  PrivateKeyHandle,
  PrivateKeySpec,
  SigningAlgorithm,
} from '../../engine/private-keys.js'
import type { Contender } from '../contest.js'
import { usableEngines } from '../engines.js'
import type { Held, Needs } from '../question.js'

const MESSAGE = Buffer.alloc(256, 'a message to be signed')
const YES = Buffer.from('verified')
const SEED_BYTES = 32

const KINDS: ReadonlyArray<readonly [PrivateKeySpec, SigningAlgorithm]> = [
  ['ECC_NIST_P256', 'ECDSA_SHA_256'],
  ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256'],
  ['RSA_4096', 'RSASSA_PKCS1_V1_5_SHA_256'],
  ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512'],
  ['ML_DSA_65', 'ML_DSA_SHAKE_256'],
]

export async function* contests(needs: Needs): AsyncGenerator<Held> {
  const engines = usableEngines(needs)
  for (const [spec, algorithm] of KINDS) {
    const made = await engines[0]!.privateKeys.generate(spec)
    const bytes = engines[0]!.privateKeys.exportKey(made)
    const theirs = peerSigner(spec, bytes)
    yield {
      ...{
        title: `sign ${MESSAGE.length} bytes, ${spec} ${algorithm}`,
        baselines: [theirs.name],
      },
      contenders: [
        ...engines.map((engine) =>
          signer(engine, engine.privateKeys.importKey(spec, bytes)!, algorithm),
        ),
        {
          name: theirs.name,
          answer: () => verified(engines[0]!, made, algorithm, theirs.run()),
          run: theirs.run,
        },
      ],
    }
  }
  const bytes = new Uint8Array(32).fill(5)
  const secret = createSecretKey(bytes)
  const run = () => createHmac('sha256', secret).update(MESSAGE).digest()
  yield {
    ...{ title: `MAC of ${MESSAGE.length} bytes, HMAC_SHA_256`, baselines: ['node:crypto'] },
    contenders: [
      ...engines.map((engine) => macMaker(engine, bytes, 'HMAC_SHA_256')),
      { name: 'node:crypto', answer: run, run },
    ],
  }
}

function signer(engine: Engine, key: PrivateKeyHandle, algorithm: SigningAlgorithm): Contender {
  const run = () => engine.privateKeys.sign(key, algorithm, MESSAGE, 'RAW')
  return { name: engine.name, answer: () => verified(engine, key, algorithm, run()), run }
}

function macMaker(
  { name, privateKeys }: Engine,
  bytes: Uint8Array,
  algorithm: MacAlgorithm,
): Contender {
  const key = privateKeys.importKey('HMAC_256', bytes)!
  const run = () => privateKeys.mac(key, algorithm, MESSAGE)
  return { name, answer: run, run }
}

/** Signatures differ each time: what contenders agree on is that they are good. */
function verified(
  { privateKeys }: Engine,
  key: PrivateKeyHandle,
  algorithm: SigningAlgorithm,
  signature: Uint8Array,
): Uint8Array {
  const isGood = privateKeys.verify(key, algorithm, MESSAGE, 'RAW', signature)
  return isGood ? YES : Buffer.from('not verified')
}

function peerSigner(
  spec: PrivateKeySpec,
  bytes: Uint8Array,
): { name: string; run: () => Uint8Array } {
  if (spec === 'ML_DSA_65') {
    const { secretKey } = ml_dsa65.keygen(bytes.slice(-SEED_BYTES))
    return { name: '@noble/post-quantum', run: () => ml_dsa65.sign(MESSAGE, secretKey) }
  }
  const key = createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' })
  const hash = spec === 'ECC_NIST_EDWARDS25519' ? null : 'sha256'
  const given: SignKeyObjectInput = { key }
  return { name: 'node:crypto', run: () => sign(hash, MESSAGE, given) }
}
