/**
 * Every operation that we offer, in one table.
 *
 * A row is the operation's function and whether it changes nothing (CloudTrail's readOnly). Adding an operation is a
 * function in its family's file, a row here, a row of key states when it asks for a key (keys/states.ts), and its
 * shapes in the API table (scripts/aws-model.mjs).
 *
 * @module
 */
import type { OperationName } from './model/kms.js'
import { createAlias, deleteAlias, listAliases, updateAlias } from './operations/aliases.js'
import { createGrant } from './operations/create-grant.js'
import { decrypt, encrypt, reEncrypt } from './operations/crypto.js'
import { generateDataKey, generateDataKeyWithoutPlaintext } from './operations/data-keys.js'
import { retireGrant, revokeGrant } from './operations/end-grants.js'
import { deleteImportedKeyMaterial } from './operations/imports/delete-material.js'
import { getParametersForImport } from './operations/imports/get-parameters.js'
import { importKeyMaterial } from './operations/imports/import-material.js'
import { getKeyPolicy, listKeyPolicies, putKeyPolicy } from './operations/key-policies.js'
import {
  cancelKeyDeletion,
  disableKey,
  enableKey,
  scheduleKeyDeletion,
} from './operations/key-state.js'
import {
  connectCustomKeyStore,
  deleteCustomKeyStore,
  disconnectCustomKeyStore,
} from './operations/key-stores/connect.js'
import { createCustomKeyStore } from './operations/key-stores/create.js'
import { describeCustomKeyStores } from './operations/key-stores/describe.js'
import { updateCustomKeyStore } from './operations/key-stores/update.js'
import { createKey, describeKey, listKeys, updateKeyDescription } from './operations/keys.js'
import { getKeyLastUsage } from './operations/last-usage.js'
import { listGrants, listRetirableGrants } from './operations/list-grants.js'
import { replicateKey, updatePrimaryRegion } from './operations/multi-region.js'
import {
  generateDataKeyPair,
  generateDataKeyPairWithoutPlaintext,
} from './operations/private-keys/data-key-pairs.js'
import { generateMac, verifyMac } from './operations/private-keys/macs.js'
import { getPublicKey } from './operations/private-keys/public-key.js'
import { deriveSharedSecret } from './operations/private-keys/shared-secret.js'
import { sign, verify } from './operations/private-keys/signatures.js'
import { generateRandom } from './operations/random.js'
import {
  disableKeyRotation,
  enableKeyRotation,
  getKeyRotationStatus,
  listKeyRotations,
  rotateKeyOnDemand,
} from './operations/rotation.js'
import { listResourceTags, tagResource, untagResource } from './operations/tags.js'

export const OPERATIONS = {
  CancelKeyDeletion: { run: cancelKeyDeletion, isReadOnly: false },
  ConnectCustomKeyStore: { run: connectCustomKeyStore, isReadOnly: false },
  CreateAlias: { run: createAlias, isReadOnly: false },
  CreateCustomKeyStore: { run: createCustomKeyStore, isReadOnly: false },
  CreateGrant: { run: createGrant, isReadOnly: false },
  CreateKey: { run: createKey, isReadOnly: false },
  Decrypt: { run: decrypt, isReadOnly: true },
  DeleteAlias: { run: deleteAlias, isReadOnly: false },
  DeleteCustomKeyStore: { run: deleteCustomKeyStore, isReadOnly: false },
  DeleteImportedKeyMaterial: { run: deleteImportedKeyMaterial, isReadOnly: false },
  DeriveSharedSecret: { run: deriveSharedSecret, isReadOnly: true },
  DescribeCustomKeyStores: { run: describeCustomKeyStores, isReadOnly: true },
  DescribeKey: { run: describeKey, isReadOnly: true },
  DisableKey: { run: disableKey, isReadOnly: false },
  DisableKeyRotation: { run: disableKeyRotation, isReadOnly: false },
  DisconnectCustomKeyStore: { run: disconnectCustomKeyStore, isReadOnly: false },
  EnableKey: { run: enableKey, isReadOnly: false },
  EnableKeyRotation: { run: enableKeyRotation, isReadOnly: false },
  Encrypt: { run: encrypt, isReadOnly: true },
  GenerateDataKey: { run: generateDataKey, isReadOnly: true },
  GenerateDataKeyPair: { run: generateDataKeyPair, isReadOnly: true },
  GenerateDataKeyPairWithoutPlaintext: {
    run: generateDataKeyPairWithoutPlaintext,
    isReadOnly: true,
  },
  GenerateDataKeyWithoutPlaintext: { run: generateDataKeyWithoutPlaintext, isReadOnly: true },
  GenerateMac: { run: generateMac, isReadOnly: true },
  GenerateRandom: { run: generateRandom, isReadOnly: true },
  GetKeyLastUsage: { run: getKeyLastUsage, isReadOnly: true },
  GetKeyPolicy: { run: getKeyPolicy, isReadOnly: true },
  GetKeyRotationStatus: { run: getKeyRotationStatus, isReadOnly: true },
  GetParametersForImport: { run: getParametersForImport, isReadOnly: true },
  GetPublicKey: { run: getPublicKey, isReadOnly: true },
  ImportKeyMaterial: { run: importKeyMaterial, isReadOnly: false },
  ListAliases: { run: listAliases, isReadOnly: true },
  ListGrants: { run: listGrants, isReadOnly: true },
  ListKeyPolicies: { run: listKeyPolicies, isReadOnly: true },
  ListKeyRotations: { run: listKeyRotations, isReadOnly: true },
  ListKeys: { run: listKeys, isReadOnly: true },
  ListResourceTags: { run: listResourceTags, isReadOnly: true },
  ListRetirableGrants: { run: listRetirableGrants, isReadOnly: true },
  PutKeyPolicy: { run: putKeyPolicy, isReadOnly: false },
  ReEncrypt: { run: reEncrypt, isReadOnly: true },
  ReplicateKey: { run: replicateKey, isReadOnly: false },
  RetireGrant: { run: retireGrant, isReadOnly: false },
  RevokeGrant: { run: revokeGrant, isReadOnly: false },
  RotateKeyOnDemand: { run: rotateKeyOnDemand, isReadOnly: false },
  ScheduleKeyDeletion: { run: scheduleKeyDeletion, isReadOnly: false },
  Sign: { run: sign, isReadOnly: true },
  TagResource: { run: tagResource, isReadOnly: false },
  UntagResource: { run: untagResource, isReadOnly: false },
  UpdateAlias: { run: updateAlias, isReadOnly: false },
  UpdateCustomKeyStore: { run: updateCustomKeyStore, isReadOnly: false },
  UpdateKeyDescription: { run: updateKeyDescription, isReadOnly: false },
  UpdatePrimaryRegion: { run: updatePrimaryRegion, isReadOnly: false },
  Verify: { run: verify, isReadOnly: true },
  VerifyMac: { run: verifyMac, isReadOnly: true },
} as const satisfies Readonly<Record<OperationName, { run: unknown; isReadOnly: boolean }>>
