/**
 * The log as it is kept: its key, its tiles, and the last checkpoint that was signed, held against each other.
 *
 * Growing it from the journal is merkle-log.ts; whether the journal is still what it was, check-log.ts. Source:
 * docs/FORMAT.md §12.3.
 *
 * @module
 */
import { join } from 'node:path'
import { isSealtrailError, SealtrailError } from '../errors.js'
import type { Root } from '../root/root.js'
import { readPublicFile } from '../store/files/public-file.js'
import { writeWholeFile } from '../store/files/whole-file.js'
import type { Store } from '../store/store.js'
import { type Head, headText, openCheckpoint } from './checkpoint.js'
import { LogKey } from './log-key.js'
import { signedNote } from './note.js'
import { LOG_DIRECTORY, orFailed, Tiles } from './tiles.js'
import { EMPTY_ROOT } from './tree.js'

const CHECKPOINT_BYTES_MAX = 64 * 1024

export class KeptLog {
  readonly key: LogKey
  readonly tiles: Tiles
  readonly #path: string
  #checkpoint: string | undefined
  #head: Head = { size: 0, root: EMPTY_ROOT }

  private constructor(dataDir: string, key: LogKey) {
    this.key = key
    this.tiles = new Tiles(dataDir)
    this.#path = join(dataDir, LOG_DIRECTORY, 'checkpoint')
  }

  /** Undefined when no log was begun. @throws SealtrailError `StoreDamaged` for a checkpoint that the key did not sign */
  static async open(store: Store, root: Root): Promise<KeptLog | undefined> {
    const key = await LogKey.open(store, root)
    if (key === undefined) return undefined
    const log = new KeptLog(store.dataDir, key)
    await log.#read()
    return log
  }

  /** A log that begins where the journal does. @throws SealtrailError `StoreFailed` */
  static async begin(store: Store, root: Root): Promise<KeptLog> {
    // What it begins with is not dropped meanwhile.
    await store.release(0)
    const { after } = await store.leaves(0)
    return new KeptLog(store.dataDir, await LogKey.make(store, root, after + 1))
  }

  /** The last one; undefined before the first. */
  get checkpoint(): string | undefined {
    return this.#checkpoint
  }

  /** What it says. */
  get head(): Head {
    return this.#head
  }

  /** The sequence number of the last leaf that is signed. */
  get upTo(): number {
    return this.sequenceOf(this.#head.size - 1)
  }

  sequenceOf(index: number): number {
    return this.key.first + index
  }

  indexOf(sequence: number): number {
    return sequence - this.key.first
  }

  /** Goes on behind the checkpoint. @throws SealtrailError `StoreDamaged` unless its root follows from the tiles */
  async goOn(): Promise<void> {
    await this.tiles.begin(this.#head.size)
    if (this.tiles.root().equals(this.#head.root)) return
    throw this.#unfit('its root does not follow from the tiles of the log')
  }

  /** Signs what the tiles have, and keeps it, before anybody sees it. @throws SealtrailError `StoreFailed` */
  async sign(): Promise<void> {
    await this.tiles.sync()
    const head = { size: this.tiles.size, root: this.tiles.root() }
    const { key } = this
    const text = headText(key.verifier.name, head)
    const checkpoint = signedNote(text, key.verifier, (bytes) => key.sign(bytes))
    await orFailed(() => writeWholeFile(this.#path, [Buffer.from(checkpoint)]))
    this.#head = head
    this.#checkpoint = checkpoint
  }

  /** @throws SealtrailError `StoreDamaged` when the journal ends before it at `last` */
  checkReached(last: number): void {
    if (this.upTo <= last) return
    throw this.#unfit(
      `it has sequence ${this.upTo}, and the journal ends at ${last}: an older state came back, or a repair gave it up`,
    )
  }

  async #read(): Promise<void> {
    const unusable = (reason: string) => this.#unfit(`it ${reason}`)
    const file = { path: this.#path, bytesMax: CHECKPOINT_BYTES_MAX, unusable }
    const checkpoint = (await readPublicFile(file))?.toString('utf8')
    if (checkpoint === undefined) return
    try {
      this.#head = openCheckpoint(checkpoint, this.key.verifier)
    } catch (error) {
      if (!isSealtrailError(error, 'ProofInvalid')) throw error
      throw this.#unfit('the log did not sign it')
    }
    this.#checkpoint = checkpoint
  }

  #unfit(reason: string): SealtrailError {
    const says = `the last checkpoint of the log does not fit: ${reason}; \`sealtrail trail check-log\` says more`
    return new SealtrailError('StoreDamaged', says, { file: this.#path })
  }
}
