/**
 * A KMS key as facts: what is stored of it, and what AWS says of it.
 *
 * Never changed in place: a change makes a new KmsKey, so that an operation that looked once goes on with
 * what it saw. Key material is in material.ts, rows in rows.ts.
 *
 * @module
 */
import type { AuditResource } from '../../audit/event.js'
import { arnOf, type Place } from '../../aws/arn.js'
import type { PrincipalIds } from '../../policy/grammar/identified.js'
import type { ShapeValue } from '../model/kms.js'
import { type ShownAlgorithms, SYMMETRIC, shownAlgorithms } from '../specs/key-specs.js'
import { type Expiration, expirationOf } from './imported.js'
import type { KeyMaterial } from './material-rows.js'
import type { KeyState } from './states.js'
import type { Tag } from './tags.js'

export interface KmsKey extends Place {
  readonly keyId: string
  readonly arn: string
  /** Milliseconds since the epoch, like all times here. */
  readonly createdAt: number
  readonly description: string
  readonly keyState: KeyState
  /** When the key will be deleted; only while it is pending deletion. */
  readonly deletionAt: number | undefined
  /** Of a primary whose waiting period begins when its replicas are gone; only while that is pending. */
  readonly deletionDays?: number | undefined
  readonly keySpec: ShapeValue<'KeySpec'>
  readonly keyUsage: ShapeValue<'KeyUsageType'>
  readonly origin: ShapeValue<'OriginType'>
  readonly multiRegion: boolean
  /** Of a replica of a multi-Region key: where its primary is. */
  readonly primaryRegion?: string | undefined
  /** JSON. */
  readonly policy: string
  /** Whom it named when it was saved. */
  readonly principals: PrincipalIds
  readonly tags: readonly Tag[]
  /** The version of the key material that encrypts. */
  readonly currentMaterial: number
  /** Of the shred whose key wraps the material (root/root.ts). */
  readonly shredId: string
  /** The AWS service whose key it is for the account, such as `s3`; a customer's unless said. */
  readonly managedBy?: string | undefined
  /** By itself, while it is enabled; never unless said. */
  readonly rotation?: Rotation | undefined
  /** Of a key in a custom key store; its own material wraps first. */
  readonly external?: ExternalKey | undefined
}

/** A key in an external key manager, behind the proxy of a custom key store. */
export interface ExternalKey {
  readonly storeId: string
  /** What it is called there. */
  readonly keyId: string
}

/** When a key gets new material. */
export interface Rotation {
  readonly days: number
  /** The next one is due then. */
  readonly at: number
}

interface RegionKey {
  readonly Arn: string
  readonly Region: string
}

/** What CreateKey and DescribeKey answer. */
export interface KeyMetadata extends ShownAlgorithms, Expiration {
  readonly AWSAccountId: string
  readonly KeyId: string
  readonly Arn: string
  readonly CreationDate: Date
  readonly Enabled: boolean
  readonly Description: string
  readonly KeyUsage: ShapeValue<'KeyUsageType'>
  readonly KeyState: KeyState
  readonly DeletionDate?: Date
  readonly PendingDeletionWindowInDays?: number
  readonly Origin: ShapeValue<'OriginType'>
  readonly KeyManager: 'AWS' | 'CUSTOMER'
  readonly CustomerMasterKeySpec: ShapeValue<'KeySpec'>
  readonly KeySpec: ShapeValue<'KeySpec'>
  readonly MultiRegion: boolean
  readonly MultiRegionConfiguration?: {
    readonly MultiRegionKeyType: 'PRIMARY' | 'REPLICA'
    readonly PrimaryKey: RegionKey
    readonly ReplicaKeys: readonly RegionKey[]
  }
  readonly CustomKeyStoreId?: string
  readonly XksKeyConfiguration?: { readonly Id: string }
  /** Of a symmetric key, as others have one material for good; and none before the first is imported. */
  readonly CurrentKeyMaterialId?: string
}

/** Its id says it. */
export function isMultiRegion(keyId: string): boolean {
  return keyId.startsWith('mrk-')
}

/** The name under which a key is locked and cached. */
export function keyName({ account, region, keyId }: Place & { readonly keyId: string }): string {
  return `${account}/${region}/key/${keyId}`
}

export function keyArn(place: Place, keyId: string): string {
  return arnOf('kms', place, `key/${keyId}`)
}

/** As a record names it. */
export function keyResource({ account, arn }: KmsKey): AuditResource {
  return { accountId: account, type: 'AWS::KMS::Key', arn }
}

/** @param others regions of the keys that are related to it. */
export function keyMetadata(
  key: KmsKey,
  materials: readonly KeyMaterial[],
  others: readonly string[] = [],
): KeyMetadata {
  const current = materials.find(({ version }) => version === key.currentMaterial)
  return {
    AWSAccountId: key.account,
    KeyId: key.keyId,
    Arn: key.arn,
    CreationDate: new Date(key.createdAt),
    Enabled: key.keyState === 'Enabled',
    Description: key.description,
    KeyUsage: key.keyUsage,
    KeyState: key.keyState,
    ...(key.deletionAt === undefined ? {} : { DeletionDate: new Date(key.deletionAt) }),
    ...(key.deletionDays === undefined ? {} : { PendingDeletionWindowInDays: key.deletionDays }),
    Origin: key.origin,
    ...expirationOf(key, materials),
    KeyManager: key.managedBy === undefined ? 'CUSTOMER' : 'AWS',
    CustomerMasterKeySpec: key.keySpec,
    KeySpec: key.keySpec,
    ...shownAlgorithms(key),
    MultiRegion: key.multiRegion,
    ...(key.multiRegion ? { MultiRegionConfiguration: multiRegionOf(key, others) } : {}),
    ...whereOf(key, current?.materialId),
  }
}

/** AWS names the material of symmetric keys, and not that of one in a custom key store. */
function whereOf({ keySpec, external }: KmsKey, current: string | undefined) {
  if (external === undefined) {
    const isNamed = keySpec === SYMMETRIC && current !== undefined
    return isNamed ? { CurrentKeyMaterialId: current } : {}
  }
  return { CustomKeyStoreId: external.storeId, XksKeyConfiguration: { Id: external.keyId } }
}

function multiRegionOf(key: KmsKey, others: readonly string[]) {
  const primary = key.primaryRegion ?? key.region
  const replicas = [key.region, ...others].filter((region) => region !== primary).sort()
  const inRegion = (Region: string) => ({
    Arn: keyArn({ ...key, region: Region }, key.keyId),
    Region,
  })
  return {
    MultiRegionKeyType:
      key.primaryRegion === undefined ? ('PRIMARY' as const) : ('REPLICA' as const),
    PrimaryKey: inRegion(primary),
    ReplicaKeys: replicas.map(inRegion),
  }
}
