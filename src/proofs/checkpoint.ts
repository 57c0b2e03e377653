/**
 * The head of the log at a size, as text that is signed.
 *
 *     <origin>
 *     <size>
 *     <root hash, base64>
 *
 * Source: docs/FORMAT.md §12.2, c2sp.org/tlog-checkpoint.
 *
 * @module
 */
import { openNote, type Verifier } from './note.js'
import { proofInvalid, readHash, readNumber } from './texts.js'

export interface Head {
  /** Leaves. */
  readonly size: number
  /** 32 bytes. */
  readonly root: Buffer
}

export function headText(origin: string, { size, root }: Head): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`
}

/** What a checkpoint says that the log of `verifier` signed. @throws SealtrailError `ProofInvalid` */
export function openCheckpoint(checkpoint: string, verifier: Verifier): Head {
  const text = openNote(checkpoint, verifier)
  const [origin, size, root, ...more] = text.split('\n')
  // Extension lines are allowed; they bind nothing of ours.
  if (more.pop() !== '' || size === undefined || root === undefined) {
    throw proofInvalid('it is no checkpoint')
  }
  if (origin !== verifier.name) throw proofInvalid(`it is of another log than ${verifier.name}`)
  return { size: readNumber(size), root: readHash(root) }
}
