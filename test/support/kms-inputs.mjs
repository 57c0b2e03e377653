/**
 * A good input of every operation that AWS KMS has, made of what there is in a house: for whoever walks over all of them.
 *
 * A house is a function that calls: in this process with bytes, or over HTTP with base64 in their place, which inputs then
 * are made of. What is made of kinds of keys that are not served yet is made once they are.
 */
import { constants, createPublicKey, publicEncrypt } from 'node:crypto'
import { KMS } from '../../dist/aws/models/kms.gen.js'

/** Those of a list are enough for several pages. */
const ITEMS = 3
const KINDS = {
  symmetric: { KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' },
  signing: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
  rsa: { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' },
  agreeing: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
  mac: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
  external: { Origin: 'EXTERNAL' },
}
const REPLICA_REGION = 'eu-west-3'
const PRINCIPAL = 'arn:aws:iam::444455556666:root'
const EncryptionContext = { a: 'b', 'aws:s3:arn': 'arn:aws:s3:::logs/1' }
const TEXT = Buffer.from('text').toString('base64')
/** Of a store that nobody has. */
const CustomKeyStoreId = 'cks-1234567890abcdef0'

/** Names of what is served. */
export const SERVED = Object.keys(KMS.operations)

/** What inputs are made of: keys of every kind that can be made, and on the first of them aliases, grants, tags and rotations. */
export async function prepare(call) {
  const keys = {}
  for (const [kind, wanted] of Object.entries(KINDS)) {
    const made = await call('CreateKey', wanted).catch(unlessUnsupported)
    if (made !== undefined) keys[kind] = made.KeyMetadata.KeyId
  }
  const { KeyId: other } = (await call('CreateKey', {})).KeyMetadata
  const KeyId = keys.symmetric
  const { AWSAccountId } = (await call('DescribeKey', { KeyId })).KeyMetadata
  const world = { keys, key: KeyId, other, retirer: `arn:aws:iam::${AWSAccountId}:root`, count: 0 }
  for (let i = 0; i < ITEMS; i++) {
    await newKey(call)
    await call('CreateAlias', { AliasName: nextAlias(world), TargetKeyId: KeyId })
    await call('TagResource', { KeyId, Tags: [{ TagKey: `tag${i}`, TagValue: 'x' }] })
    await call('RotateKeyOnDemand', { KeyId })
    await grant(call, world)
  }
  return world
}

/** Each time another input, which succeeds once; undefined when it needs what is not served. */
export async function goodInput(operation, call, world) {
  return await GOOD[operation](call, world)
}

const onKey = (_, { key: KeyId }) => ({ KeyId })

const GOOD = {
  async CancelKeyDeletion(call) {
    const KeyId = await newKey(call)
    await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
    return { KeyId }
  },
  ConnectCustomKeyStore: () => ({ CustomKeyStoreId }),
  CreateAlias: (_, world) => ({ AliasName: nextAlias(world), TargetKeyId: world.key }),
  CreateCustomKeyStore: () => ({
    ...{ CustomKeyStoreName: 'store', CloudHsmClusterId: 'cluster-2a23b4cdefg' },
    ...{ KeyStorePassword: 'password', TrustAnchorCertificate: 'certificate' },
  }),
  CreateGrant: (_, { key: KeyId, retirer: RetiringPrincipal }) => ({
    ...{ KeyId, GranteePrincipal: PRINCIPAL, RetiringPrincipal, Operations: ['Decrypt'] },
    ...{ Name: 'reader', Constraints: { EncryptionContextSubset: { a: 'b' } }, GrantTokens: [] },
  }),
  CreateKey: () => ({
    ...{ Description: 'a key', KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' },
    ...{ MultiRegion: false, Tags: [{ TagKey: 'team', TagValue: 'logs' }], Origin: 'AWS_KMS' },
  }),
  Decrypt: async (call, { key: KeyId }) => ({
    ...{ KeyId, CiphertextBlob: await blob(call, KeyId), EncryptionContext },
    EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
  }),
  async DeleteAlias(call, world) {
    const AliasName = nextAlias(world)
    await call('CreateAlias', { AliasName, TargetKeyId: world.key })
    return { AliasName }
  },
  DeleteCustomKeyStore: () => ({ CustomKeyStoreId }),
  async DeleteImportedKeyMaterial(call, world) {
    const input = await GOOD.ImportKeyMaterial(call, world)
    if (input === undefined) return undefined
    await call('ImportKeyMaterial', input)
    return { KeyId: input.KeyId }
  },
  async DeriveSharedSecret(call, { keys: { agreeing: KeyId } }) {
    if (KeyId === undefined) return undefined
    const { PublicKey } = await call('GetPublicKey', { KeyId })
    return { KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey }
  },
  DescribeCustomKeyStores: () => ({}),
  DescribeKey: onKey,
  DisableKey: async (call) => ({ KeyId: await newKey(call) }),
  DisableKeyRotation: onKey,
  DisconnectCustomKeyStore: () => ({ CustomKeyStoreId }),
  EnableKey: onKey,
  EnableKeyRotation: (_, { key: KeyId }) => ({ KeyId, RotationPeriodInDays: 100 }),
  Encrypt: (_, { key: KeyId }) => ({ KeyId, Plaintext: TEXT, EncryptionContext }),
  GenerateDataKey: (_, { key: KeyId }) => ({ KeyId, KeySpec: 'AES_256', EncryptionContext }),
  GenerateDataKeyPair: (_, { key: KeyId }) => ({
    ...{ KeyId, KeyPairSpec: 'ECC_NIST_P256', EncryptionContext },
  }),
  GenerateDataKeyPairWithoutPlaintext: (_, { key: KeyId }) => ({
    ...{ KeyId, KeyPairSpec: 'ECC_NIST_P256', EncryptionContext },
  }),
  GenerateDataKeyWithoutPlaintext: (_, { key: KeyId }) => ({ KeyId, NumberOfBytes: 64 }),
  GenerateMac: (_, { keys: { mac: KeyId } }) =>
    KeyId && { KeyId, Message: TEXT, MacAlgorithm: 'HMAC_SHA_256' },
  GenerateRandom: () => ({ NumberOfBytes: 32 }),
  GetKeyLastUsage: onKey,
  GetKeyPolicy: (_, { key: KeyId }) => ({ KeyId, PolicyName: 'default' }),
  GetKeyRotationStatus: onKey,
  GetParametersForImport: (_, { keys: { external: KeyId } }) =>
    KeyId && { KeyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' },
  GetPublicKey: (_, { keys: { signing: KeyId } }) => KeyId && { KeyId },
  async ImportKeyMaterial(call, world) {
    const wanted = GOOD.GetParametersForImport(call, world)
    if (wanted === undefined) return undefined
    const made = await call('CreateKey', KINDS.external)
    const { KeyId } = made.KeyMetadata
    const given = await call('GetParametersForImport', { ...wanted, KeyId })
    const key = createPublicKey({ key: bytesOf(given.PublicKey), format: 'der', type: 'spki' })
    const padding = constants.RSA_PKCS1_OAEP_PADDING
    const sealed = publicEncrypt({ key, padding, oaepHash: 'sha256' }, Buffer.alloc(32, 7))
    return {
      ...{ KeyId, ImportToken: given.ImportToken, ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' },
      EncryptedKeyMaterial: sealed.toString('base64'),
    }
  },
  ListAliases: onKey,
  ListGrants: onKey,
  ListKeyPolicies: onKey,
  ListKeyRotations: onKey,
  ListKeys: () => ({}),
  ListResourceTags: onKey,
  ListRetirableGrants: (_, { retirer: RetiringPrincipal }) => ({ RetiringPrincipal }),
  async PutKeyPolicy(call, { key: KeyId }) {
    const { Policy } = await call('GetKeyPolicy', { KeyId })
    return { KeyId, PolicyName: 'default', Policy }
  },
  ReEncrypt: async (call, { key: SourceKeyId, other: DestinationKeyId }) => ({
    ...{ SourceKeyId, DestinationKeyId, CiphertextBlob: await blob(call, SourceKeyId) },
    ...{ SourceEncryptionContext: EncryptionContext, DestinationEncryptionContext: {} },
  }),
  async ReplicateKey(call) {
    const { KeyId } = (await call('CreateKey', { MultiRegion: true })).KeyMetadata
    return { KeyId, ReplicaRegion: REPLICA_REGION, Description: 'a replica' }
  },
  async RetireGrant(call, world) {
    const { GrantId } = await grant(call, world)
    const { Arn: KeyId } = (await call('DescribeKey', { KeyId: world.key })).KeyMetadata
    return { KeyId, GrantId }
  },
  async RevokeGrant(call, world) {
    const { GrantId } = await grant(call, world)
    return { KeyId: world.key, GrantId }
  },
  RotateKeyOnDemand: async (call) => ({ KeyId: await newKey(call) }),
  ScheduleKeyDeletion: async (call) => ({ KeyId: await newKey(call), PendingWindowInDays: 7 }),
  Sign: (_, { keys: { signing: KeyId } }) =>
    KeyId && { KeyId, Message: TEXT, SigningAlgorithm: 'ECDSA_SHA_256', MessageType: 'RAW' },
  TagResource: (_, { other: KeyId }) => ({ KeyId, Tags: [{ TagKey: 'team', TagValue: 'logs' }] }),
  UntagResource: (_, { other: KeyId }) => ({ KeyId, TagKeys: ['team'] }),
  UpdateAlias: async (call, world) => ({
    ...(await GOOD.DeleteAlias(call, world)),
    TargetKeyId: world.other,
  }),
  UpdateCustomKeyStore: () => ({ CustomKeyStoreId, NewCustomKeyStoreName: 'another' }),
  UpdateKeyDescription: (_, { other: KeyId }) => ({ KeyId, Description: 'another' }),
  async UpdatePrimaryRegion(call) {
    const input = await GOOD.ReplicateKey(call)
    await call('ReplicateKey', input)
    return { KeyId: input.KeyId, PrimaryRegion: REPLICA_REGION }
  },
  async Verify(call, world) {
    const input = GOOD.Sign(call, world)
    return input && { ...input, Signature: (await call('Sign', input)).Signature }
  },
  async VerifyMac(call, world) {
    const input = GOOD.GenerateMac(call, world)
    return input && { ...input, Mac: (await call('GenerateMac', input)).Mac }
  },
}

async function newKey(call) {
  return (await call('CreateKey', {})).KeyMetadata.KeyId
}

async function blob(call, KeyId) {
  const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: TEXT, EncryptionContext })
  return CiphertextBlob
}

/** Each is another. */
async function grant(call, world) {
  world.count++
  const input = GOOD.CreateGrant(call, world)
  return await call('CreateGrant', { ...input, Name: `reader${world.count}` })
}

function nextAlias(world) {
  world.count++
  return `alias/made/${world.key}/${world.count}`
}

function bytesOf(given) {
  return typeof given === 'string' ? Buffer.from(given, 'base64') : Buffer.from(given)
}

function unlessUnsupported(error) {
  if (error.code === 'UnsupportedOperationException') return undefined
  throw error
}
