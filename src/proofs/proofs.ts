/**
 * The log as an account sees it: proofs of its own records, and of how the whole log grew.
 *
 * @module
 */
import { givenText } from '../given.js'
import type { LogCheck } from './check-log.js'
import type { MerkleLog } from './merkle-log.js'

/** The first call of any begins the log (docs/OPERATING.md). */
export interface Proofs {
  /** The log's verifier key (c2sp.org/signed-note), for whoever shall check what it signs. */
  key(): Promise<string>
  /** A checkpoint (c2sp.org/tlog-checkpoint) with all that is recorded now. */
  checkpoint(): Promise<string>
  /**
   * That a record is in the log, for {@link verifyInclusion}; it has the record in it.
   * @throws SealtrailError `InputInvalid` when the account has no record with this eventID
   */
  inclusion(eventId: string): Promise<string>
  /**
   * That the log of now has all that it had at an older checkpoint, for {@link verifyConsistency} and witnesses.
   * @throws SealtrailError `ProofInvalid` when it has not, or when this is no checkpoint of the log
   */
  consistency(checkpoint: string): Promise<string>
  /** Whether every record that the journal has is still the one that was signed, and the log what it was at a checkpoint that was kept. */
  check(checkpoint?: string): Promise<LogCheck>
  /** Writes what is new of the log to a directory, in the layout of c2sp.org/tlog-tiles: hashes and the checkpoint, no records. */
  writeTo(directory: string): Promise<void>
}

export function proofsFor(log: MerkleLog, account: string): Proofs {
  return {
    key: () => log.key(),
    checkpoint: () => log.checkpoint(),
    inclusion: async (eventId) => await log.inclusion(givenText(eventId, 'an eventID'), account),
    consistency: (checkpoint) => log.consistency(checkpoint),
    check: (checkpoint) => log.check(checkpoint),
    writeTo: async (directory) => await log.writeTo(givenText(directory, 'a directory')),
  }
}
