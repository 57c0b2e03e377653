/**
 * A version of an object: what its row says, as a value.
 *
 * Its bytes are a sealed message (docs/FORMAT.md §2) in a blob, or one in each of its parts. Rows are in rows.ts.
 *
 * @module
 */
import type { Tag } from '../../service/policies.js'

export interface ObjectVersion {
  readonly bucketId: string
  readonly key: string
  /** Negative and falling: the newest version of a key comes first. */
  readonly order: number
  /** `null` for what was put while the bucket had no versions. */
  readonly id: string
  readonly isLatest: boolean
  /** A delete marker. */
  readonly isMarker: boolean
  /** Plain bytes. */
  readonly bytes: number
  /** Without its quotes. */
  readonly etag: string
  readonly modifiedAt: number
  /** Undefined for a marker, and for what was uploaded in parts. */
  readonly blob?: string
  /** Whose parts it is made of. */
  readonly uploadId?: string
  readonly facts: VersionFacts
}

/** A stretch of an object that is one sealed message. */
export interface Stretch {
  readonly blob: string
  readonly messageId: string | undefined
  /** Plain bytes. */
  readonly bytes: number
}

export interface VersionFacts {
  /** The account that owns it; 12 digits. */
  readonly owner: string
  /** Undefined for a marker. */
  readonly sse?: Sse
  /** Base64 of the 32 bytes that name the sealed message; of parts, each part has its own. */
  readonly messageId?: string
  /** Where the data key has been wrapped anew since the bytes were sealed. */
  readonly wraps?: Rewrapped
  /** ContentType, CacheControl, …: as the members of the model. */
  readonly headers?: Readonly<Record<string, string>>
  /** Names in lower case. */
  readonly metadata?: Readonly<Record<string, string>>
  readonly tags?: readonly Tag[]
  /** STANDARD unless said. */
  readonly storageClass?: string
  readonly checksum?: ObjectChecksum
  readonly parts?: number
  readonly lock?: {
    readonly mode?: 'GOVERNANCE' | 'COMPLIANCE'
    readonly until?: number
    readonly hold?: boolean
  }
}

export interface ObjectChecksum {
  /** `CRC64NVME`, … as AWS names them. */
  readonly algorithm: string
  /** Base64; of a composite one with `-N` behind it. */
  readonly value: string
  readonly type: 'FULL_OBJECT' | 'COMPOSITE'
}

/** How an object's data key is wrapped. */
export type Sse =
  | { readonly algorithm: 'AES256' }
  | {
      readonly algorithm: 'aws:kms' | 'aws:kms:dsse'
      readonly keyArn: string
      readonly bucketKey: boolean
      /** The caller's pairs. */
      readonly context?: Readonly<Record<string, string>>
    }
  | { readonly algorithm: 'customer'; readonly keyMd5: string }

/** The pairs and the wraps that a message's header would have. */
export interface Rewrapped {
  readonly context: Readonly<Record<string, string>>
  readonly dataKeys: ReadonlyArray<{
    readonly providerId: string
    /** Base64. */
    readonly providerInfo: string
    /** Base64. */
    readonly ciphertext: string
  }>
}
