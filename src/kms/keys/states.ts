/**
 * What each key state allows, as a table.
 *
 * A row is an operation, a column a key state, a cell how the call is refused; `ok` when it is not. An
 * operation without a row asks for no key. Which operations lead to which state stands with them, in
 * operations/key-state.ts. Source: AWS KMS developer guide, "Key states of AWS KMS keys".
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import type { OperationName, ShapeValue } from '../model/kms.js'
import { NOT_CONNECTED } from '../xks/failures.js'

export type KeyState = ShapeValue<'KeyState'>

/** How AWS refuses: the error, and what it says of the key's ARN. */
const REFUSALS = {
  disabled: ['DisabledException', 'is disabled.'],
  creating: ['KMSInvalidStateException', 'is creating.'],
  updating: ['KMSInvalidStateException', 'is updating.'],
  unavailable: ['KMSInvalidStateException', NOT_CONNECTED],
  pendingImport: ['KMSInvalidStateException', 'is pending import.'],
  pendingDeletion: ['KMSInvalidStateException', 'is pending deletion.'],
  pendingReplicaDeletion: ['KMSInvalidStateException', 'is pending replica deletion.'],
  notPendingDeletion: ['KMSInvalidStateException', 'is not pending deletion.'],
} as const

export type Refusal = keyof typeof REFUSALS
export type StateRow = Readonly<Record<KeyState, 'ok' | Refusal>>

/** For looking at a key. */
const ANY: StateRow = {
  Creating: 'ok',
  Enabled: 'ok',
  Disabled: 'ok',
  PendingDeletion: 'ok',
  PendingImport: 'ok',
  PendingReplicaDeletion: 'ok',
  Unavailable: 'ok',
  Updating: 'ok',
}

/** For changing what surrounds a key. */
const MANAGE: StateRow = {
  ...ANY,
  Creating: 'creating',
  PendingDeletion: 'pendingDeletion',
  PendingReplicaDeletion: 'pendingReplicaDeletion',
}

/** For switching a key on or off. */
const SWITCH: StateRow = { ...MANAGE, PendingImport: 'pendingImport', Updating: 'updating' }

/** For using key material. */
const USE: StateRow = {
  ...MANAGE,
  Disabled: 'disabled',
  PendingImport: 'pendingImport',
  Unavailable: 'unavailable',
}

/** For importing key material. */
const IMPORT: StateRow = { ...MANAGE, Unavailable: 'unavailable', Updating: 'updating' }

/** For giving the use of key material to others. */
const GRANT: StateRow = { ...USE, Unavailable: 'ok' }

const CANCEL: StateRow = {
  Creating: 'notPendingDeletion',
  Enabled: 'notPendingDeletion',
  Disabled: 'notPendingDeletion',
  PendingDeletion: 'ok',
  PendingImport: 'notPendingDeletion',
  PendingReplicaDeletion: 'ok',
  Unavailable: 'notPendingDeletion',
  Updating: 'notPendingDeletion',
}

export const KEY_STATE_TABLE: Readonly<Partial<Record<OperationName, StateRow>>> = {
  CancelKeyDeletion: CANCEL,
  CreateAlias: MANAGE,
  CreateGrant: GRANT,
  Decrypt: USE,
  DeleteImportedKeyMaterial: { ...ANY, Creating: 'creating', Updating: 'updating' },
  DeriveSharedSecret: USE,
  DescribeKey: ANY,
  DisableKey: SWITCH,
  DisableKeyRotation: USE,
  EnableKey: SWITCH,
  EnableKeyRotation: USE,
  Encrypt: USE,
  GenerateDataKey: USE,
  GenerateDataKeyPair: USE,
  GenerateDataKeyPairWithoutPlaintext: USE,
  GenerateDataKeyWithoutPlaintext: USE,
  GenerateMac: USE,
  GetKeyLastUsage: ANY,
  GetKeyPolicy: ANY,
  GetKeyRotationStatus: ANY,
  GetParametersForImport: { ...IMPORT, Updating: 'ok' },
  GetPublicKey: USE,
  ImportKeyMaterial: IMPORT,
  ListAliases: ANY,
  ListGrants: ANY,
  ListKeyPolicies: ANY,
  ListKeyRotations: ANY,
  ListResourceTags: ANY,
  PutKeyPolicy: ANY,
  ReEncrypt: USE,
  ReplicateKey: { ...USE, Updating: 'updating' },
  RetireGrant: ANY,
  RevokeGrant: ANY,
  RotateKeyOnDemand: USE,
  ScheduleKeyDeletion: { ...MANAGE, Updating: 'updating' },
  Sign: USE,
  TagResource: MANAGE,
  UntagResource: MANAGE,
  UpdateAlias: MANAGE,
  UpdateKeyDescription: MANAGE,
  UpdatePrimaryRegion: { ...USE, Updating: 'updating' },
  Verify: USE,
  VerifyMac: USE,
}

/** @throws SealtrailError `DisabledException`, `KMSInvalidStateException`; ask only after authorisation. */
export function checkKeyState(
  operation: string,
  key: { readonly arn: string; readonly keyState: KeyState },
): void {
  const row = KEY_STATE_TABLE[operation as OperationName]
  invariant(row, 'an operation that asks for a key has a row of key states')
  const cell = row[key.keyState]
  if (cell !== 'ok') throw keyStateError(cell, key.arn)
}

export function keyStateError(refusal: Refusal, arn: string): SealtrailError {
  const [code, says] = REFUSALS[refusal]
  // This one names no key.
  return new SealtrailError(code, refusal === 'unavailable' ? says : `${arn} ${says}`)
}
