/**
 * What does a key operation cost, whole: policy, grants, record on the disk?
 *
 * Calls of the library in this process, by an IAM user whom a policy allows, under a key with a grant, 64 at once, each
 * with its audit record durable before it is answered. Beside it what is left without a key service: the same algorithm
 * of node:crypto alone, with KeyObjects, which asks nobody and records nothing.
 *
 * @module
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import { join } from 'node:path'
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'
import type { Kms } from '../../kms/kms.js'
import { openSealtrail, type Sealtrail } from '../../sealtrail.js'
import type { Contender } from '../contest.js'
import type { Held, Needs } from '../question.js'

const AT_ONCE = 256
const CONTEXT = { tenant: 'acme', 'aws:s3:arn': 'arn:aws:s3:::logs/AWSLogs/1' }
const AAD = Buffer.from(JSON.stringify(CONTEXT))
const MESSAGE = Buffer.alloc(256, 'a message to be signed')
const YES = Buffer.from('as it should be')
const OURS = 'sealtrail'
const THEIRS = 'node:crypto alone'

interface Operation {
  readonly title: string
  /** Once; whoever calls checks what it gives. */
  readonly ours: (kms: Kms) => Promise<() => Promise<unknown>>
  readonly theirs: () => unknown
  readonly peer?: string
}

export async function* contests({ folder, closers }: Needs): AsyncGenerator<Held> {
  const house = await openSealtrail({
    dataDir: join(folder, 'data'),
    rootKeyFile: join(folder, 'root.key'),
  })
  closers.push(() => house.close())
  for (const { title, ours, theirs, peer = THEIRS } of OPERATIONS) {
    const call = await ours(house.kms)
    yield {
      ...{ title: `${title}, ${AT_ONCE} at once`, baselines: [peer] },
      contenders: [
        {
          ...{ name: OURS, answer: () => checked(house, call), opsPerRun: AT_ONCE },
          run: () => Promise.all(Array.from({ length: AT_ONCE }, call)),
        },
        alone(peer, theirs),
      ],
    }
  }
}

function alone(name: string, run: () => unknown): Contender {
  return {
    name,
    answer: () => {
      run()
      return YES
    },
    run,
  }
}

/** A call is answered, and its record is there. */
async function checked(house: Sealtrail, call: () => Promise<unknown>): Promise<Uint8Array> {
  const [before] = await house.records({ limit: 1 })
  await call()
  const [after] = await house.records({ limit: 1 })
  return after !== undefined && after.seq !== before?.seq ? YES : Buffer.from('not recorded')
}

const secret = createSecretKey(randomBytes(32))

function wrapAlone() {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', secret, iv).setAAD(AAD)
  const text = cipher.update(randomBytes(32))
  cipher.final()
  return { iv, text, tag: cipher.getAuthTag() }
}

const wrapped = wrapAlone()

function unwrapAlone() {
  const decipher = createDecipheriv('aes-256-gcm', secret, wrapped.iv).setAAD(AAD)
  decipher.setAuthTag(wrapped.tag)
  const text = decipher.update(wrapped.text)
  decipher.final()
  return text
}

/** A key with one grant on it, so that grants are looked at. */
async function keyOf(
  kms: Kms,
  given: Parameters<Kms['createKey']>[0],
  operation: 'Sign' | 'GenerateMac' | 'Decrypt',
) {
  const { KeyMetadata } = await kms.createKey(given)
  const KeyId = KeyMetadata.Arn
  await kms.createGrant({
    ...{ KeyId, Operations: [operation] },
    GranteePrincipal: `arn:aws:iam::${KeyMetadata.AWSAccountId}:root`,
  })
  return KeyId
}

function signing(
  KeySpec: 'ECC_NIST_P256' | 'RSA_2048' | 'ECC_NIST_EDWARDS25519' | 'ML_DSA_65',
  SigningAlgorithm:
    | 'ECDSA_SHA_256'
    | 'RSASSA_PKCS1_V1_5_SHA_256'
    | 'ED25519_SHA_512'
    | 'ML_DSA_SHAKE_256',
  theirs: () => unknown,
  peer?: string,
): Operation {
  return {
    title: `Sign, ${KeySpec} ${SigningAlgorithm}`,
    async ours(kms) {
      const KeyId = await keyOf(kms, { KeySpec, KeyUsage: 'SIGN_VERIFY' }, 'Sign')
      return () => kms.sign({ KeyId, SigningAlgorithm, Message: MESSAGE })
    },
    theirs,
    ...(peer === undefined ? {} : { peer }),
  }
}

function signer(key: KeyObject, hash: string | null): () => Uint8Array {
  return () => sign(hash, MESSAGE, key)
}

const mlDsa = ml_dsa65.keygen()

const OPERATIONS: readonly Operation[] = [
  {
    title: 'GenerateDataKey',
    async ours(kms) {
      const KeyId = await keyOf(kms, {}, 'Decrypt')
      return () => kms.generateDataKey({ KeyId, KeySpec: 'AES_256', EncryptionContext: CONTEXT })
    },
    theirs: wrapAlone,
  },
  {
    title: 'Decrypt',
    async ours(kms) {
      const KeyId = await keyOf(kms, {}, 'Decrypt')
      const made = await kms.generateDataKey({
        KeyId,
        KeySpec: 'AES_256',
        EncryptionContext: CONTEXT,
      })
      const { CiphertextBlob } = made
      return () => kms.decrypt({ CiphertextBlob, EncryptionContext: CONTEXT })
    },
    theirs: unwrapAlone,
  },
  signing(
    ...(['ECC_NIST_P256', 'ECDSA_SHA_256'] as const),
    signer(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey, 'sha256'),
  ),
  signing(
    ...(['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256'] as const),
    signer(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'sha256'),
  ),
  signing(
    ...(['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512'] as const),
    signer(generateKeyPairSync('ed25519').privateKey, null),
  ),
  signing(
    ...(['ML_DSA_65', 'ML_DSA_SHAKE_256'] as const),
    () => ml_dsa65.sign(MESSAGE, mlDsa.secretKey),
    '@noble/post-quantum alone',
  ),
  {
    title: 'GenerateMac, HMAC_256',
    async ours(kms) {
      const given = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' } as const
      const KeyId = await keyOf(kms, given, 'GenerateMac')
      return () => kms.generateMac({ KeyId, MacAlgorithm: 'HMAC_SHA_256', Message: MESSAGE })
    },
    theirs: () => createHmac('sha256', secret).update(MESSAGE).digest(),
  },
]
