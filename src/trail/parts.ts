/**
 * What every operation of CloudTrail works with.
 *
 * An operation is `(parts, call, input) => output`; it leaves the record of its success itself, with its effect.
 *
 * @module
 */
import type { Profile } from '../audit/profile.js'
import type { Clock } from '../clock.js'
import type { Engines } from '../engine/choose.js'
import type { KmsService } from '../kms/kms.js'
import type { Pool } from '../pool/pool.js'
import type { Root } from '../root/root.js'
import type { S3Service } from '../s3/s3.js'
import type { Store } from '../store/store.js'
import type { Channels } from './channels/channels.js'
import type { SigningKeys } from './digests/signing-keys.js'
import type { Trails } from './trails/trails.js'

export interface TrailParts {
  readonly store: Store
  readonly clock: Clock
  readonly root: Root
  readonly engines: Engines
  readonly kms: Pick<KmsService, 'dataKeys' | 'keyArn'>
  readonly s3: Pick<S3Service, 'as' | 'bucket' | 'denialOfDelivery' | 'putTogether' | 'sha256Of'>
  readonly pool: Pick<Pool, 'compress'>
  /** How much time the events of a log file are from. */
  readonly slotMs: number
  /** The form in which records leave. */
  readonly profile: Profile
  readonly trails: Trails
  readonly channels: Channels
  readonly signingKeys: SigningKeys
  /** Somebody changed something that deliveries wait for. */
  readonly nudge: () => void
}
