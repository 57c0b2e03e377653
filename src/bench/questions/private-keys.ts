/**
 * How fast does one core sign, and make MACs?
 *
 * Each engine with a kept key, whole messages of 256 bytes. The lines to beat: node:crypto with KeyObjects; for ML-DSA, where
 * it lacks that (before Node 24), @noble/post-quantum. All signatures are verified by the peer, whoever made them.
 *
 * @module
 */
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  type SignKeyObjectInput,
  sign,
  verify,
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
/** They hash by themselves. */
const HASHLESS: readonly PrivateKeySpec[] = ['ECC_NIST_EDWARDS25519', 'ML_DSA_65']

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
    const peer = peerSigner(spec, bytes)
    yield {
      ...{ title: `sign ${MESSAGE.length} bytes, ${spec} ${algorithm}`, baselines: [peer.name] },
      contenders: [
        ...engines.map((engine) => {
          const key = engine.privateKeys.importKey(spec, bytes)!
          return contender(engine.name, () => signedBy(engine, key, algorithm), peer)
        }),
        contender(peer.name, peer.sign, peer),
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

function signedBy(
  { privateKeys }: Engine,
  key: PrivateKeyHandle,
  algorithm: SigningAlgorithm,
): Uint8Array {
  return privateKeys.sign(key, algorithm, MESSAGE, 'RAW')
}

/** Signatures differ each time: what contenders agree on is that they are good. */
function contender(name: string, run: () => Uint8Array, { verify: isGood }: Peer): Contender {
  return { name, answer: () => (isGood(run()) ? YES : Buffer.from('not verified')), run }
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

interface Peer {
  readonly name: string
  sign(): Uint8Array
  verify(signature: Uint8Array): boolean
}

function peerSigner(spec: PrivateKeySpec, bytes: Uint8Array): Peer {
  try {
    return nodeSigner(spec, nodeKey(bytes))
  } catch (error) {
    if (spec !== 'ML_DSA_65') throw error
    return nobleSigner(bytes)
  }
}

/** @throws Error where this Node knows no such keys. */
function nodeKey(bytes: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' })
}

function nodeSigner(spec: PrivateKeySpec, key: KeyObject): Peer {
  const hash = HASHLESS.includes(spec) ? null : 'sha256'
  const given: SignKeyObjectInput = { key }
  const publicKey = createPublicKey(key)
  return {
    name: 'node:crypto',
    sign: () => sign(hash, MESSAGE, given),
    verify: (signature) => verify(hash, MESSAGE, publicKey, signature),
  }
}

function nobleSigner(bytes: Uint8Array): Peer {
  const { secretKey, publicKey } = ml_dsa65.keygen(bytes.slice(-SEED_BYTES))
  return {
    name: '@noble/post-quantum',
    sign: () => ml_dsa65.sign(MESSAGE, secretKey),
    verify: (signature) => ml_dsa65.verify(signature, MESSAGE, publicKey),
  }
}
