/**
 * Proofs as texts: that a record is in the log, and that the log only ever grew.
 *
 *     c2sp.org/tlog-proof@v1          old <size>
 *     extra <base64 of the record>    <hash, base64> …
 *     index <index>
 *     <hash, base64> …                <the newer checkpoint>
 *
 *     <checkpoint>
 *
 * What is checked here needs no house: a verifier key, and for the second the older checkpoint. Source: docs/FORMAT.md §12.4,
 * c2sp.org/tlog-proof, c2sp.org/tlog-witness.
 *
 * @module
 */
import { leafHash } from '../bytes/merkle.js'
import { isContinued, isIncluded } from './check-proof.js'
import { openCheckpoint } from './checkpoint.js'
import { readVerifier, type Verifier } from './note.js'
import { exactBase64, givenProof, proofInvalid, readHash, readNumber } from './texts.js'

const TITLE = 'c2sp.org/tlog-proof@v1'
/** Of a tree of 2^48 leaves. */
const HASHES_MAX = 96

export interface ProvenRecord {
  /** Byte for byte as the journal has it. */
  readonly record: string
  /** Its place in the log, from 0 on. */
  readonly index: number
  /** Of the log when the checkpoint was signed. */
  readonly size: number
}

export interface ProvenGrowth {
  readonly from: number
  readonly to: number
}

interface Inclusion {
  readonly record: Uint8Array
  readonly index: number
  readonly path: readonly Buffer[]
  readonly checkpoint: string
}

export function inclusionText({ record, index, path, checkpoint }: Inclusion): string {
  const { buffer, byteOffset, length } = record
  const extra = Buffer.from(buffer, byteOffset, length).toString('base64')
  return lines([TITLE, `extra ${extra}`, `index ${index}`, ...base64(path)], checkpoint)
}

export function consistencyText(old: number, path: readonly Buffer[], checkpoint: string): string {
  return lines([`old ${old}`, ...base64(path)], checkpoint)
}

/**
 * The record that a proof is of, which was in the log when the checkpoint was signed.
 * @param key the verifier key of the log, from whom it can be trusted.
 * @throws SealtrailError `ProofInvalid`; `InputInvalid` for a key that is none
 */
export function verifyInclusion(proof: string, key: string): ProvenRecord {
  const [head, checkpoint] = parts(givenProof(proof, 'a proof'))
  const verifier = givenVerifier(key)
  const [title, extra, index, ...path] = head
  if (title !== TITLE) throw proofInvalid('it is no tlog-proof of version 1')
  const record = exactBase64(after('extra ', extra))
  if (record === undefined) throw proofInvalid('its record is not in base64')
  const place = readNumber(after('index ', index))
  const tree = openCheckpoint(checkpoint, verifier)
  if (!isIncluded(leafHash(record), place, hashes(path), tree)) {
    throw proofInvalid('the record is not in the log at this place')
  }
  return { record: record.toString('utf8'), index: place, size: tree.size }
}

/**
 * How far the log had grown between two checkpoints, the newer of which has all that the older had.
 * @param old the older checkpoint, as it was kept.
 * @throws SealtrailError as {@link verifyInclusion}
 */
export function verifyConsistency(proof: string, old: string, key: string): ProvenGrowth {
  const [head, checkpoint] = parts(givenProof(proof, 'a proof'))
  const verifier = givenVerifier(key)
  const [size, ...path] = head
  const from = openCheckpoint(givenProof(old, 'a checkpoint'), verifier)
  const to = openCheckpoint(checkpoint, verifier)
  if (readNumber(after('old ', size)) !== from.size) {
    throw proofInvalid('it begins at another size than the older checkpoint')
  }
  if (!isContinued(from, to, hashes(path))) {
    throw proofInvalid('what the older checkpoint had is not all in the newer one')
  }
  return { from: from.size, to: to.size }
}

function givenVerifier(given: string): Verifier {
  return readVerifier(givenProof(given, 'a verifier key'))
}

/** The lines before the first empty one, and the text behind it. */
function parts(proof: string): [string[], string] {
  const end = proof.indexOf('\n\n')
  if (end === -1) throw proofInvalid('it has no checkpoint')
  return [proof.slice(0, end).split('\n', HASHES_MAX), proof.slice(end + 2)]
}

function after(word: string, line: string | undefined): string {
  if (line?.startsWith(word)) return line.slice(word.length)
  throw proofInvalid(`a line is missing that begins with "${word.trim()}"`)
}

function hashes(path: readonly string[]): Buffer[] {
  return path.map(readHash)
}

function base64(path: readonly Buffer[]): string[] {
  return path.map((hash) => hash.toString('base64'))
}

function lines(head: readonly string[], checkpoint: string): string {
  return `${head.join('\n')}\n\n${checkpoint}`
}
