/**
 * What does a key operation cost, whole: policy, grants, record on the disk?
 *
 * Calls of the library in this process, by an IAM user whom a policy allows, under a key with a grant, 256 at once, each
 * with its audit record durable before it is answered. Beside it what is left without a key service (alone.ts).
 *
 * @module
 */
import { join } from 'node:path'
import type { Kms } from '../../kms/kms.js'
import { openSealtrail, type Sealtrail } from '../../sealtrail.js'
import { type Alone, macAlone, mlDsaAlone, signAlone, unwrapAlone, wrapAlone } from '../alone.js'
import type { Contender } from '../contest.js'
import { noteOnDisk } from '../disk.js'
import type { Held, Needs } from '../question.js'
import { BENCH_ACCOUNT, BENCH_REGION, benchUser } from '../user.js'

const AT_ONCE = 256
const CONTEXT = { tenant: 'acme', 'aws:s3:arn': 'arn:aws:s3:::logs/AWSLogs/1' }
const AAD = Buffer.from(JSON.stringify(CONTEXT))
const MESSAGE = Buffer.alloc(256, 'a message to be signed')
const YES = Buffer.from('as it should be')
const OURS = 'sealtrail'

/** Who makes keys, and who makes the calls. */
interface Callers {
  readonly admin: Kms
  readonly user: Kms
}

interface Calling {
  readonly call: () => Promise<unknown>
  /** Makes the call once, and says whether its answer is right. */
  readonly isRight: () => Promise<boolean>
}

interface Operation {
  readonly title: string
  readonly ours: (callers: Callers) => Promise<Calling>
  readonly theirs: () => Alone
}

export async function* contests(needs: Needs): AsyncGenerator<Held> {
  const { folder, closers, engine } = needs
  noteOnDisk(needs)
  const house = await openSealtrail({
    ...{ dataDir: join(folder, 'data'), rootKeyFile: join(folder, 'root.key'), engine },
    ...{ account: BENCH_ACCOUNT, region: BENCH_REGION },
  })
  closers.push(() => house.close())
  const callers = { admin: house.kms, user: house.as(benchUser()).kms }
  for (const { title, ours, theirs } of OPERATIONS) {
    const calling = await ours(callers)
    const alone = theirs()
    yield {
      ...{ title: `${title}, ${AT_ONCE} at once`, baselines: [alone.name] },
      contenders: [contender(house, calling), { ...alone, answer: () => answerOf(alone) }],
    }
  }
}

function contender(house: Sealtrail, { call, isRight }: Calling): Contender {
  return {
    ...{ name: OURS, opsPerRun: AT_ONCE },
    answer: async () => {
      const [before] = await house.records({ limit: 1 })
      if (!(await isRight())) return Buffer.from('not right')
      const since = await house.records({ afterSeq: before?.seq ?? 0 })
      const isRecorded = since.some(({ record }) => record.includes('"type":"IAMUser"'))
      return isRecorded ? YES : Buffer.from('not recorded')
    },
    run: () => Promise.all(Array.from({ length: AT_ONCE }, call)),
  }
}

function answerOf({ run }: Alone): Uint8Array {
  run()
  return YES
}

/** A key with one grant on it, so that grants are looked at. */
async function keyOf(
  { admin }: Callers,
  given: Parameters<Kms['createKey']>[0],
  operation: 'Sign' | 'GenerateMac' | 'Decrypt',
): Promise<string> {
  const { KeyMetadata } = await admin.createKey(given)
  const KeyId = KeyMetadata.Arn
  await admin.createGrant({
    ...{ KeyId, Operations: [operation] },
    GranteePrincipal: `arn:aws:iam::${BENCH_ACCOUNT}:root`,
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
  theirs: () => Alone,
): Operation {
  return {
    title: `Sign, ${KeySpec} ${SigningAlgorithm}`,
    async ours(callers) {
      const KeyId = await keyOf(callers, { KeySpec, KeyUsage: 'SIGN_VERIFY' }, 'Sign')
      const asked = { KeyId, SigningAlgorithm, Message: MESSAGE }
      const call = () => callers.user.sign(asked)
      const isRight = async () => {
        const { Signature } = await call()
        return (await callers.user.verify({ ...asked, Signature })).SignatureValid
      }
      return { call, isRight }
    },
    theirs,
  }
}

const OPERATIONS: readonly Operation[] = [
  {
    title: 'GenerateDataKey',
    async ours(callers) {
      const asked = { KeySpec: 'AES_256', EncryptionContext: CONTEXT } as const
      const KeyId = await keyOf(callers, {}, 'Decrypt')
      const call = () => callers.user.generateDataKey({ KeyId, ...asked })
      return { call, isRight: async () => isGivenBack(callers, await call()) }
    },
    theirs: () => wrapAlone(AAD),
  },
  {
    title: 'Decrypt',
    async ours(callers) {
      const KeyId = await keyOf(callers, {}, 'Decrypt')
      const asked = { KeyId, KeySpec: 'AES_256', EncryptionContext: CONTEXT } as const
      const made = await callers.user.generateDataKey(asked)
      const { CiphertextBlob } = made
      const call = () => callers.user.decrypt({ CiphertextBlob, EncryptionContext: CONTEXT })
      return { call, isRight: () => isGivenBack(callers, made) }
    },
    theirs: () => unwrapAlone(AAD),
  },
  signing('ECC_NIST_P256', 'ECDSA_SHA_256', () => signAlone('P-256', MESSAGE)),
  signing('RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256', () => signAlone('RSA-2048', MESSAGE)),
  signing('ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', () => signAlone('Ed25519', MESSAGE)),
  signing('ML_DSA_65', 'ML_DSA_SHAKE_256', () => mlDsaAlone(MESSAGE)),
  {
    title: 'GenerateMac, HMAC_256',
    async ours(callers) {
      const given = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' } as const
      const KeyId = await keyOf(callers, given, 'GenerateMac')
      const asked = { KeyId, MacAlgorithm: 'HMAC_SHA_256', Message: MESSAGE } as const
      const call = () => callers.user.generateMac(asked)
      const isRight = async () => {
        const { Mac } = await call()
        return (await callers.user.verifyMac({ ...asked, Mac })).MacValid
      }
      return { call, isRight }
    },
    theirs: () => macAlone(MESSAGE),
  },
]

async function isGivenBack(
  { user }: Callers,
  { CiphertextBlob, Plaintext }: { CiphertextBlob: Uint8Array; Plaintext: Uint8Array },
): Promise<boolean> {
  const opened = await user.decrypt({ CiphertextBlob, EncryptionContext: CONTEXT })
  return Buffer.compare(opened.Plaintext, Plaintext) === 0
}
