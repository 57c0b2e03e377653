/**
 * What does a signature, or a MAC, of a short message cost with a key that is there?
 *
 * Of 256 bytes, RAW. The line to beat is node:crypto's own with a KeyObject; it has no ML-DSA on Node 20 and 22. What signs
 * must verify in each engine, or it is not timed.
 */
import { createHmac, createPrivateKey, createSecretKey, sign } from 'node:crypto'
import type { Engine } from '../../src/engine/engine.js'
import { openNodeEngine } from '../../src/engine/node/node.js'
import type { PrivateKeySpec, SigningAlgorithm } from '../../src/engine/private-keys.js'
import { type Contender, contest } from '../support/contest.js'
import { stayOnOneCore } from '../support/machine.js'
import { usableEngines } from './engines.js'

const MESSAGE = new Uint8Array(256).fill(7)
const GENUINE = Uint8Array.of(1)
const SIGNATURES: ReadonlyArray<readonly [PrivateKeySpec, SigningAlgorithm, string | null]> = [
  ['ECC_NIST_P256', 'ECDSA_SHA_256', 'sha256'],
  ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', null],
  ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256', 'sha256'],
  ['RSA_4096', 'RSASSA_PKCS1_V1_5_SHA_256', 'sha256'],
  ['ML_DSA_65', 'ML_DSA_SHAKE_256', null],
]
const baselines = ['node:crypto']
/** The wasm engine's private keys are the node engine's. */
const engines = usableEngines().filter(({ name }) => name !== 'wasm')
const maker = openNodeEngine().privateKeys

stayOnOneCore()
for (const [spec, algorithm, hash] of SIGNATURES) {
  const made = await maker.generate(spec)
  const bytes = maker.exportKey(made)
  const ours = engines.map((engine) => signer(engine, spec, algorithm, bytes))
  const theirs = spec.startsWith('ML_DSA_') ? [] : [plainSigner(bytes, hash)]
  await contest({ title: `sign with ${algorithm}, ${spec}`, baselines }, [...ours, ...theirs])
}

const macKey = new Uint8Array(32).fill(5)
const secret = createSecretKey(macKey)
const plainMac = () => createHmac('sha256', secret).update(MESSAGE).digest()
await contest({ title: 'MAC with HMAC_SHA_256', baselines }, [
  ...engines.map((engine): Contender => {
    const key = engine.privateKeys.importKey('HMAC_256', macKey)!
    const run = () => engine.privateKeys.mac(key, 'HMAC_SHA_256', MESSAGE)
    return { name: engine.name, answer: run, run }
  }),
  { name: 'node:crypto', answer: plainMac, run: plainMac },
])

function signer(
  { name, privateKeys }: Engine,
  spec: PrivateKeySpec,
  algorithm: SigningAlgorithm,
  bytes: Uint8Array,
): Contender {
  const key = privateKeys.importKey(spec, bytes)!
  const run = () => privateKeys.sign(key, algorithm, MESSAGE, 'RAW')
  return {
    name,
    answer: () => {
      const signature = run()
      const verifies = ({ privateKeys: verifier }: Engine) =>
        verifier.verify(verifier.importKey(spec, bytes)!, algorithm, MESSAGE, 'RAW', signature)
      if (!engines.every(verifies)) throw new Error('does not verify')
      return GENUINE
    },
    run,
  }
}

function plainSigner(bytes: Uint8Array, hash: string | null): Contender {
  const key = createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' })
  const run = () => sign(hash, MESSAGE, key)
  return {
    name: 'node:crypto',
    answer: () => (run().length > 0 ? GENUINE : new Uint8Array(0)),
    run,
  }
}
