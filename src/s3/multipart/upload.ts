/**
 * An upload in parts, and its parts: what their rows say, as values.
 *
 * An upload is open until it is completed, and is then what a version is made of: its parts are the manifest. All parts
 * are sealed under the upload's one data key. Rows are in rows.ts.
 *
 * @module
 */

import type { ChecksumAlgorithm, ChecksumType } from '../checksums/algorithms.js'
import type { Rewrapped, Sse, VersionFacts } from '../objects/version.js'
import type { Marks } from './marks.js'

export interface Upload {
  /** As upload-id.ts makes them. */
  readonly id: string
  readonly bucketId: string
  readonly key: string
  readonly initiatedAt: number
  readonly isComplete: boolean
  readonly facts: UploadFacts
}

/** What the object will have. */
export interface UploadFacts
  extends Pick<VersionFacts, 'headers' | 'metadata' | 'tags' | 'storageClass' | 'lock'> {
  /** The account that owns the object. */
  readonly owner: string
  readonly initiator: { readonly id: string; readonly name: string }
  readonly sse: Sse
  /** The data key of all parts. */
  readonly wraps: Rewrapped
  readonly checksum: {
    readonly algorithm: ChecksumAlgorithm
    readonly type: ChecksumType
    /** Whether the writer said so, or S3 makes its own. */
    readonly isAsked: boolean
  }
  /** Once it is completed: where its parts lie in the object. */
  readonly marks?: Marks
}

export interface Part {
  readonly uploadId: string
  /** 1 to 10,000. */
  readonly number: number
  /** Plain bytes. */
  readonly bytes: number
  /** Without its quotes. */
  readonly etag: string
  readonly modifiedAt: number
  readonly blob: string
  readonly facts: PartFacts
}

export interface PartFacts {
  /** Base64. */
  readonly messageId: string
  /** Base64, of the algorithm of the upload. */
  readonly checksum: string
}
