/**
 * What a sweep (sweep.ts) and the giving back of room (packs/compact.ts) work with.
 *
 * @module
 */
import type { Disk } from '../../files/disk.js'
import type { Descriptors } from '../packs/descriptors.js'
import type { Ledger } from '../packs/ledger.js'
import type { Packer } from '../packs/packer.js'
import type { Places } from '../places.js'

export interface Tended {
  readonly disk: Disk
  readonly places: Places
  readonly ledger: Ledger
  readonly packer: Packer
  readonly descriptors: Descriptors
  readonly isStopped: () => boolean
}
