/**
 * The public API of sealtrail: re-exports only.
 *
 * @module
 */
export type { RecordFilter, StoredRecord } from './audit/read.js'
export type { KeyHandle } from './engine/engine.js'
export { type FaultCode, isSealtrailError, SealtrailError } from './errors.js'
export type { AccessQuestion, Explanation } from './explain/explain.js'
export type { GenerateDataKeysInput } from './kms/batch.js'
export type { Kms } from './kms/kms.js'
export type { Listening, ListenOptions } from './listen.js'
export type { EncryptionContext } from './message/encryption-context.js'
export type { EncryptedDataKey, Keyring } from './message/keyring.js'
export type { OpenedRange, RangeSource } from './message/range.js'
export { rawAesKeyring } from './message/raw-aes-keyring.js'
export type { LogCheck, LogProblem } from './proofs/check-log.js'
export {
  type ProvenGrowth,
  type ProvenRecord,
  verifyConsistency,
  verifyInclusion,
} from './proofs/proof.js'
export type { Proofs } from './proofs/proofs.js'
export type { S3 } from './s3/s3.js'
export type {
  Objects,
  OnProgress,
  OpenFileOptions,
  OpenOptions,
  SealFileOptions,
  SealOptions,
} from './sealed-objects.js'
export { openSealtrail, type Sealtrail, type SealtrailOptions } from './sealtrail.js'
export type { Caller } from './service/caller.js'
export type { CompactedFile } from './trail/compaction/compact.js'
export type { IngestOptions } from './trail/ingest/ingest.js'
export type { EventPiece, EventSource } from './trail/ingest/source.js'
export type { Ingested } from './trail/ingest/stream.js'
export type { EventFilter, TrailEvent } from './trail/reading/filter.js'
export type { QueryFilter } from './trail/reading/query.js'
export type { Subscription, SubscriptionFilter } from './trail/reading/subscribe.js'
export type { CloudTrail } from './trail/trail.js'
export type { Usage, UsageAsked } from './trail/usage/usage.js'
export type { TrailValidation } from './trail/validation/validate.js'
