/** Private keys for the engine tests: one of each spec, made once, and what each spec does. */
import type { Engine } from '../../src/engine/engine.js'
import { openNodeEngine } from '../../src/engine/node/node.js'
import {
  type MacAlgorithm,
  type MessageForm,
  PRIVATE_KEY_SPECS,
  type PrivateKeyHandle,
  type PrivateKeySpec,
  type SigningAlgorithm,
} from '../../src/engine/private-keys.js'

interface Use {
  readonly spec: PrivateKeySpec
  readonly algorithm: SigningAlgorithm
  readonly form: MessageForm
  /** Of what is signed in this form; undefined when any length will do. */
  readonly bytes: number | undefined
}

const { privateKeys } = openNodeEngine()
const made = new Map<PrivateKeySpec, Promise<Uint8Array>>()

/** At rest; the same bytes each time. */
export function keyBytes(spec: PrivateKeySpec): Promise<Uint8Array> {
  const bytes = made.get(spec) ?? privateKeys.generate(spec).then(privateKeys.exportKey)
  made.set(spec, bytes)
  return bytes
}

export async function sampleKey(engine: Engine, spec: PrivateKeySpec): Promise<PrivateKeyHandle> {
  const key = engine.privateKeys.importKey(spec, await keyBytes(spec))
  if (key === undefined) throw new Error(`${engine.name} does not take a key of ${spec}`)
  return key
}

export const ofKind = (start: string) => PRIVATE_KEY_SPECS.filter((spec) => spec.startsWith(start))
export const CURVES = ofKind('ECC_').filter((spec) => spec !== 'ECC_NIST_EDWARDS25519')
export const PAIRS = PRIVATE_KEY_SPECS.filter((spec) => !spec.startsWith('HMAC_'))

/** Every way to sign. */
export const USES: readonly Use[] = [
  ...ofKind('RSA_').flatMap((spec) =>
    [256, 384, 512].flatMap((bits) => [
      ...hashed(spec, `RSASSA_PSS_SHA_${bits}` as SigningAlgorithm, bits),
      ...hashed(spec, `RSASSA_PKCS1_V1_5_SHA_${bits}` as SigningAlgorithm, bits),
    ]),
  ),
  ...hashed('ECC_NIST_P256', 'ECDSA_SHA_256', 256),
  ...hashed('ECC_NIST_P384', 'ECDSA_SHA_384', 384),
  ...hashed('ECC_NIST_P521', 'ECDSA_SHA_512', 512),
  ...hashed('ECC_SECG_P256K1', 'ECDSA_SHA_256', 256),
  use('ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', 'RAW', undefined),
  use('ECC_NIST_EDWARDS25519', 'ED25519_PH_SHA_512', 'DIGEST', 64),
  ...ofKind('ML_DSA_').flatMap((spec) => [
    use(spec, 'ML_DSA_SHAKE_256', 'RAW', undefined),
    use(spec, 'ML_DSA_SHAKE_256', 'EXTERNAL_MU', 64),
  ]),
]

export const macOf = (spec: PrivateKeySpec) =>
  `HMAC_SHA_${spec.slice('HMAC_'.length)}` as MacAlgorithm

function hashed(spec: PrivateKeySpec, algorithm: SigningAlgorithm, bits: number): Use[] {
  return [use(spec, algorithm, 'RAW', undefined), use(spec, algorithm, 'DIGEST', bits / 8)]
}

function use(
  spec: PrivateKeySpec,
  algorithm: SigningAlgorithm,
  form: MessageForm,
  bytes: number | undefined,
): Use {
  return { spec, algorithm, form, bytes }
}
