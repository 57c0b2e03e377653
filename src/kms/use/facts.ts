/**
 * What policies can ask of a call of KMS: the condition keys that begin with `kms:`.
 *
 *     the key       KeySpec, KeyUsage, KeyOrigin, MultiRegion, MultiRegionKeyType, ResourceAliases
 *     its use       EncryptionContext:*, EncryptionContextKeys, EncryptionAlgorithm, RequestAlias, ReEncryptOnSameKey
 *     the caller    CallerAccount, ViaService, GrantIsForAWSResource
 *     the recipient RecipientAttestation:* (recipient/attestation.ts)
 *     a grant       GranteePrincipal, RetiringPrincipal, GrantOperations, GrantConstraintType
 *     the request   BypassPolicyLockoutSafetyCheck, PrimaryRegion, ReplicaRegion, RotationPeriodInDays,
 *                   ScheduleKeyDeletionPendingWindowInDays, SigningAlgorithm, MessageType, MacAlgorithm,
 *                   KeyAgreementAlgorithm, DataKeyPairSpec, ExpirationModel, ValidTo, WrappingAlgorithm, WrappingKeySpec
 *
 * Each is looked up when a policy asks for it. Source: AWS KMS developer guide, "AWS KMS condition keys".
 *
 * @module
 */
import type { EncryptionContext } from '../../message/encryption-context.js'
import type { Call } from '../../service/calls/call.js'
import { viaService } from '../../service/deciding/global-facts.js'
import { accessDenied } from '../../service/deciding/may.js'
import type { KmsKey } from '../keys/key.js'
import { ROTATION_DAYS } from '../keys/rotation.js'
import type { InputOf, OperationName } from '../model/kms.js'
import { type Attested, attestedFact } from '../recipient/attestation.js'

/** A call, as far as conditions of KMS look at it. */
export interface KmsAsked {
  readonly call: Call
  /** The key that is there, or that is to be made. */
  readonly key?: KeyKind | undefined
  /** By which the call names the key. */
  readonly alias?: string | undefined
  /** Those of the key; where a policy looks at them. */
  readonly aliases?: readonly string[] | undefined
  readonly context?: EncryptionContext | undefined
  readonly algorithm?: string | undefined
  /** Of ReEncrypt. */
  readonly isOnSameKey?: boolean | undefined
  /** What the recipient of the answer proved. */
  readonly attested?: Attested | undefined
}

export type KeyKind = Pick<
  KmsKey,
  'keySpec' | 'keyUsage' | 'origin' | 'multiRegion' | 'primaryRegion'
>

type Values = string | readonly string[] | undefined
type Fact = (asked: KmsAsked) => Values

/** The members that conditions look at; a member means the same in every operation that has it. */
type Said = Partial<
  Pick<InputOf<'PutKeyPolicy'>, 'BypassPolicyLockoutSafetyCheck'> &
    Pick<InputOf<'ScheduleKeyDeletion'>, 'PendingWindowInDays'> &
    Pick<InputOf<'EnableKeyRotation'>, 'RotationPeriodInDays'> &
    Pick<InputOf<'Sign'>, 'MessageType' | 'SigningAlgorithm'> &
    Pick<InputOf<'GenerateMac'>, 'MacAlgorithm'> &
    Pick<InputOf<'DeriveSharedSecret'>, 'KeyAgreementAlgorithm'> &
    Pick<InputOf<'GenerateDataKeyPair'>, 'KeyPairSpec'> &
    Pick<InputOf<'ReplicateKey'>, 'ReplicaRegion'> &
    Pick<InputOf<'UpdatePrimaryRegion'>, 'PrimaryRegion'> &
    Pick<InputOf<'ImportKeyMaterial'>, 'ExpirationModel' | 'ValidTo'> &
    Pick<InputOf<'GetParametersForImport'>, 'WrappingAlgorithm' | 'WrappingKeySpec'> &
    Omit<InputOf<'CreateGrant'>, 'KeyId'>
>

const CONTEXT_PREFIX = 'kms:encryptioncontext:'
const ATTESTATION_PREFIX = 'kms:recipientattestation:'
const DELETION_DAYS = 30

const keySpec: Fact = ({ key }) => key?.keySpec
const keyUsage: Fact = ({ key }) => key?.keyUsage

const FACTS: Readonly<Record<string, Fact>> = {
  'kms:bypasspolicylockoutsafetycheck': ({ call }) =>
    isOf(call, 'CreateKey', 'PutKeyPolicy', 'ReplicateKey')
      ? String(said(call).BypassPolicyLockoutSafetyCheck ?? false)
      : undefined,
  'kms:calleraccount': ({ call }) => call.caller.account,
  'kms:customermasterkeyspec': keySpec,
  'kms:customermasterkeyusage': keyUsage,
  'kms:datakeypairspec': ({ call }) => said(call).KeyPairSpec,
  'kms:encryptionalgorithm': ({ algorithm }) => algorithm,
  'kms:encryptioncontextkeys': ({ context }) => context && Object.keys(context),
  'kms:expirationmodel': ({ call }) =>
    isOf(call, 'ImportKeyMaterial')
      ? (said(call).ExpirationModel ?? 'KEY_MATERIAL_EXPIRES')
      : undefined,
  'kms:granteeprincipal': ({ call }) => said(call).GranteePrincipal,
  'kms:grantconstrainttype': ({ call }) => constraintTypes(said(call)),
  'kms:grantisforawsresource': ({ call }) =>
    isOf(call, 'CreateGrant', 'ListGrants', 'RevokeGrant')
      ? String(viaService(call.caller) !== undefined)
      : undefined,
  'kms:grantoperations': ({ call }) => said(call).Operations,
  'kms:keyagreementalgorithm': ({ call }) => said(call).KeyAgreementAlgorithm,
  'kms:keyorigin': ({ key }) => key?.origin,
  'kms:keyspec': keySpec,
  'kms:keyusage': keyUsage,
  'kms:macalgorithm': ({ call }) => said(call).MacAlgorithm,
  'kms:messagetype': ({ call }) =>
    isOf(call, 'Sign', 'Verify') ? (said(call).MessageType ?? 'RAW') : undefined,
  'kms:multiregion': ({ key }) => key && String(key.multiRegion),
  'kms:multiregionkeytype': ({ key }) => key && multiRegionKeyType(key),
  'kms:primaryregion': ({ call }) => said(call).PrimaryRegion,
  'kms:reencryptonsamekey': ({ isOnSameKey }) =>
    isOnSameKey === undefined ? undefined : String(isOnSameKey),
  'kms:replicaregion': ({ call }) => said(call).ReplicaRegion,
  'kms:requestalias': ({ alias }) => alias,
  'kms:resourcealiases': ({ aliases }) => aliases,
  'kms:retiringprincipal': ({ call }) => said(call).RetiringPrincipal,
  'kms:rotationperiodindays': ({ call }) =>
    isOf(call, 'EnableKeyRotation')
      ? String(said(call).RotationPeriodInDays ?? ROTATION_DAYS)
      : undefined,
  'kms:schedulekeydeletionpendingwindowindays': ({ call }) =>
    isOf(call, 'ScheduleKeyDeletion')
      ? String(said(call).PendingWindowInDays ?? DELETION_DAYS)
      : undefined,
  'kms:signingalgorithm': ({ call }) => said(call).SigningAlgorithm,
  // In seconds, as AWS compares it by numbers.
  'kms:validto': ({ call }) => {
    const validTo = said(call).ValidTo
    return validTo && String(validTo.getTime() / 1000)
  },
  'kms:viaservice': ({ call }) => regionalService(call),
  'kms:wrappingalgorithm': ({ call }) => said(call).WrappingAlgorithm,
  'kms:wrappingkeyspec': ({ call }) => said(call).WrappingKeySpec,
}

/** `key` in lower case; undefined for what the call does not have, or what is no key of these. */
export function kmsFact(asked: KmsAsked, key: string): readonly string[] | undefined {
  if (key.startsWith(CONTEXT_PREFIX)) {
    return contextValue(asked, key.slice(CONTEXT_PREFIX.length))
  }
  if (key.startsWith(ATTESTATION_PREFIX)) {
    return attestedFact(asked.attested, key.slice(ATTESTATION_PREFIX.length))
  }
  const values = Object.hasOwn(FACTS, key) ? FACTS[key]!(asked) : undefined
  return typeof values === 'string' ? [values] : values
}

/**
 * Names are compared without case, values with it.
 * @throws SealtrailError `AccessDeniedException` for a name that is there twice, in different cases: a second value would
 * hide the first one from a policy that denies it.
 */
function contextValue({ context, call }: KmsAsked, name: string): readonly string[] | undefined {
  let found: string | undefined
  for (const own of Object.keys(context ?? {})) {
    if (own.toLowerCase() !== name) continue
    if (found !== undefined) throw accessDenied(call.caller, `kms:${call.operation}`)
    found = context![own]!
  }
  return found === undefined ? undefined : [found]
}

/** `s3.eu-west-1.amazonaws.com` where `s3.amazonaws.com` calls in the name of a principal. */
function regionalService({ caller }: Call): string | undefined {
  return viaService(caller)?.replace(/^([^.]+)\./, `$1.${caller.region}.`)
}

function constraintTypes({ Constraints }: Said): readonly string[] | undefined {
  return Constraints && Object.keys(Constraints).filter((name) => name.startsWith('Encryption'))
}

function isOf({ operation }: Call, ...operations: readonly OperationName[]): boolean {
  return (operations as readonly string[]).includes(operation)
}

function said({ input }: Call): Said {
  return input ?? {}
}

function multiRegionKeyType({ multiRegion, primaryRegion }: KeyKind): string | undefined {
  if (!multiRegion) return undefined
  return primaryRegion === undefined ? 'PRIMARY' : 'REPLICA'
}
