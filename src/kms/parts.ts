/**
 * What every operation works with.
 *
 * An operation is `(parts, call, input) => output`; its input has passed the checks of the API model, and it leaves
 * the record of its success itself, with its effect.
 *
 * @module
 */
import type { LastUses } from '../audit/key-uses.js'
import type { Clock } from '../clock.js'
import type { Engines } from '../engine/choose.js'
import type { Directory } from '../policy/grammar/identified.js'
import type { Pool } from '../pool/pool.js'
import type { Root } from '../root/root.js'
import type { Schedule } from '../service/schedule.js'
import type { SeenTime } from '../service/seen-time.js'
import type { Store } from '../store/store.js'
import type { ImportedExpiry } from './imports/expiry.js'
import type { Aliases } from './keys/aliases.js'
import type { AutomaticRotation } from './keys/automatic-rotation.js'
import type { FreshKeys } from './keys/fresh.js'
import type { Keys } from './keys/keys.js'
import type { RequestQuotas } from './quotas/quotas.js'
import type { TrustedChains } from './recipient/trusted-chains.js'
import type { Stores } from './stores/stores.js'
import type { Proxies } from './xks/proxies.js'

export interface Parts {
  readonly store: Store
  readonly root: Root
  readonly engines: Engines
  readonly pool: Pool
  readonly clock: Clock
  readonly schedule: Schedule
  readonly seenTime: SeenTime
  readonly keys: Keys
  readonly freshKeys: FreshKeys
  readonly aliases: Aliases
  readonly rotations: AutomaticRotation
  readonly expiry: ImportedExpiry
  readonly principals: Directory
  readonly keyUses: LastUses
  /** Undefined: everybody calls as often as he likes. */
  readonly quotas?: RequestQuotas | undefined
  /** Whom attestation documents of recipients must lead back to. */
  readonly attestationChains: TrustedChains
  readonly stores: Stores
  readonly proxies: Proxies
}
