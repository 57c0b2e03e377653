/**
 * The second witness: how far the journal has been acknowledged, in a file beside it.
 *
 *     <dataDir>/journal/mark        two slots of 512 bytes, written in turn
 *     | sealmark 8 | version 4 | 0 4 | turn 8 | sequence 8 | chain 32 | oldest sequence 8 | chain before it 32 |
 *     | view: sequence 8, SHA-256 32 | two snapshots: the same | seal 32 | CRC-32 4 |
 *
 * Written after each sync of the journal and before anybody is answered, synced when things are quiet: so a process
 * that dies leaves it exact, and a power cut leaves it behind the journal, never ahead. A sequence or hash of zeros is
 * none. The seal is an HMAC-SHA-256 under a key from the root, over all before it: who has the directory but not the
 * root key cannot cut the journal and set the mark back. Source: docs/FORMAT.md §5.4.
 *
 * @module
 */
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { invariant } from '../../invariant.js'
import { HeldFile } from '../files/held-file.js'
import { CHAIN_BYTES, CHAIN_START, isZero, readU64, writeU64 } from './block.js'

const SLOT_BYTES = 512
export const MARK_BYTES = 2 * SLOT_BYTES
const HASH_BYTES = 32
const MAGIC = Buffer.from('sealmark', 'latin1')
export const MARK_VERSION = 1
const COPY_BYTES = 8 + HASH_BYTES
const VIEW_OFFSET = 104
const SEAL_OFFSET = VIEW_OFFSET + 3 * COPY_BYTES
const CRC_OFFSET = SEAL_OFFSET + HASH_BYTES

/** A database file as it was when all up to `sequence` had been told to it. */
export interface KnownCopy {
  readonly sequence: number
  /** SHA-256 of the file. */
  readonly hash: Buffer
}

export interface MarkState {
  /** The last that was acknowledged; 0 when nothing was. */
  readonly sequence: number
  /** The journal's chain behind it. */
  readonly chain: Buffer
  /** The first that the journal still has, and the chain before it. */
  readonly oldest: { readonly sequence: number; readonly chain: Buffer }
  /** The view as it was last closed. */
  readonly view: KnownCopy | undefined
  /** Newest first; at most two. */
  readonly snapshots: readonly KnownCopy[]
}

export const FIRST_MARK: MarkState = {
  sequence: 0,
  chain: CHAIN_START,
  oldest: { sequence: 1, chain: CHAIN_START },
  view: undefined,
  snapshots: [],
}

export class Mark {
  readonly #file: HeldFile
  #state: MarkState
  #turn: number
  /** The slot that was read, whose seal is checked when the key is there. */
  readonly #found: Buffer | undefined
  #key: KeyObject | undefined
  #isSynced = true

  private constructor(file: HeldFile, state: MarkState, turn: number, slot?: Buffer) {
    this.#file = file
    this.#state = state
    this.#turn = turn
    this.#found = slot
  }

  /** Makes the file, in the place of one that may be there, sealed where there is a key; durable when it returns. */
  static make(path: string, state: MarkState, key?: KeyObject): Mark {
    const slots = Buffer.alloc(MARK_BYTES)
    encode(state, 1, key).copy(slots, SLOT_BYTES)
    return new Mark(HeldFile.make(path, slots), state, 1)
  }

  /** Undefined when neither slot is as it was written; throws Node's error when there is no file. */
  static open(path: string): Mark | undefined {
    const file = HeldFile.open(path)
    const found = newestSlot(file.read(0, MARK_BYTES))
    if (found !== undefined) return new Mark(file, found.state, found.turn, found.slot)
    file.close()
    return undefined
  }

  get state(): MarkState {
    return this.#state
  }

  /**
   * Seals with `key` from now on; the mark of an empty journal at once, and synced, so that a journal with anything in
   * it always has a sealed one. False when what was found is not sealed by it: somebody else wrote it.
   */
  sealWith(key: KeyObject, isEmpty: boolean): boolean {
    if (this.#key !== undefined) return this.#key.equals(key)
    const isFirst = isEmpty && !this.isSealed
    if (!isFirst) {
      const found = this.#found ?? Buffer.alloc(SLOT_BYTES)
      const seal = found.subarray(SEAL_OFFSET, CRC_OFFSET)
      if (!timingSafeEqual(seal, sealOf(found, key))) return false
    }
    this.#key = key
    if (isFirst) {
      this.write({})
      this.sync()
    }
    return true
  }

  /** Somebody sealed what was found. */
  get isSealed(): boolean {
    const found = this.#found
    return found !== undefined && !isZero(found.subarray(SEAL_OFFSET, CRC_OFFSET))
  }

  /** What is sealed is written by who has the key only. */
  get isOurs(): boolean {
    return this.#key !== undefined || !this.isSealed
  }

  /** What is needed to write it elsewhere: the file, the slot as it was last written, and who seals it. */
  get loan(): { readonly descriptor: number; readonly slot: Buffer; readonly key?: KeyObject } {
    const slot = encode(this.#state, this.#turn, this.#key)
    const { descriptor } = this.#file
    return this.#key === undefined ? { descriptor, slot } : { descriptor, slot, key: this.#key }
  }

  /** Takes in what was written elsewhere. */
  become(turn: number, acknowledged: Pick<MarkState, 'sequence' | 'chain'>): void {
    this.#state = { ...this.#state, ...acknowledged }
    this.#turn = turn
    this.#isSynced = false
  }

  /** Not synced yet. */
  write(change: Partial<MarkState>): void {
    invariant(this.isOurs, 'a mark is written by who may seal it')
    this.#state = { ...this.#state, ...change }
    this.#turn++
    const slot = encode(this.#state, this.#turn, this.#key)
    this.#file.write([slot], (this.#turn % 2) * SLOT_BYTES)
    this.#isSynced = false
  }

  sync(): void {
    if (this.#isSynced) return
    this.#file.sync()
    this.#isSynced = true
  }

  close(): void {
    this.#file.close()
  }
}

/** What the newest intact slot says; for reports. */
export function readMark(bytes: Buffer): MarkState | undefined {
  return newestSlot(bytes)?.state
}

/** Whether it is that of who has `key`. */
export function isSealedBy(bytes: Buffer, key: KeyObject): boolean {
  const found = newestSlot(bytes)
  if (found === undefined) return false
  return timingSafeEqual(found.slot.subarray(SEAL_OFFSET, CRC_OFFSET), sealOf(found.slot, key))
}

function encode(state: MarkState, turn: number, key: KeyObject | undefined): Buffer {
  const slot = Buffer.alloc(SLOT_BYTES)
  MAGIC.copy(slot)
  slot.writeUInt32BE(MARK_VERSION, 8)
  writeU64(slot, turn, 16)
  writeU64(slot, state.sequence, 24)
  state.chain.copy(slot, 32)
  writeU64(slot, state.oldest.sequence, 64)
  state.oldest.chain.copy(slot, 72)
  const copies = [state.view, ...state.snapshots.slice(0, 2)]
  for (const [i, copy] of copies.entries()) {
    if (copy === undefined) continue
    writeU64(slot, copy.sequence, VIEW_OFFSET + i * COPY_BYTES)
    copy.hash.copy(slot, VIEW_OFFSET + i * COPY_BYTES + 8)
  }
  if (key !== undefined) sealOf(slot, key).copy(slot, SEAL_OFFSET)
  slot.writeUInt32BE(crc32(slot.subarray(0, CRC_OFFSET)), CRC_OFFSET)
  return slot
}

function sealOf(slot: Buffer, key: KeyObject): Buffer {
  return createHmac('sha256', key).update(slot.subarray(0, SEAL_OFFSET)).digest()
}

function newestSlot(
  bytes: Buffer,
): { readonly state: MarkState; readonly turn: number; readonly slot: Buffer } | undefined {
  const slots = slotsIn(bytes).flatMap(decode)
  return slots.sort((a, b) => b.turn - a.turn)[0]
}

/** The highest that any intact slot of the file says; undefined when none is intact. */
export function markVersion(bytes: Buffer): number | undefined {
  const versions = slotsIn(bytes).flatMap((slot) => slotVersion(slot) ?? [])
  return versions.length === 0 ? undefined : Math.max(...versions)
}

function slotsIn(bytes: Buffer): Buffer[] {
  return [0, SLOT_BYTES].map((at) => bytes.subarray(at, at + SLOT_BYTES))
}

function slotVersion(slot: Buffer): number | undefined {
  if (slot.length < SLOT_BYTES || !slot.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
  if (crc32(slot.subarray(0, CRC_OFFSET)) !== slot.readUInt32BE(CRC_OFFSET)) return undefined
  return slot.readUInt32BE(8)
}

function decode(slot: Buffer) {
  if (slotVersion(slot) !== MARK_VERSION) return []
  const [view, ...snapshots] = [0, 1, 2].map((i) => copyAt(slot, VIEW_OFFSET + i * COPY_BYTES))
  const state: MarkState = {
    sequence: readU64(slot, 24),
    chain: slot.subarray(32, 32 + CHAIN_BYTES),
    oldest: { sequence: readU64(slot, 64), chain: slot.subarray(72, 72 + CHAIN_BYTES) },
    view,
    snapshots: snapshots.filter((copy) => copy !== undefined),
  }
  return [{ state, turn: readU64(slot, 16), slot }]
}

function copyAt(slot: Buffer, at: number): KnownCopy | undefined {
  const hash = slot.subarray(at + 8, at + COPY_BYTES)
  if (isZero(hash)) return undefined
  return { sequence: readU64(slot, at), hash }
}
