/**
 * The Merkle log over the journal: grown behind the calls, signed, asked for proofs.
 *
 *     journal ─ leaves ─▸ tiles, synced ─▸ checkpoint signed, kept ─▸ shown, and segments may be dropped
 *
 * It is begun when somebody first asks for its key or a checkpoint: what nobody holds a checkpoint of proves nothing. One
 * grows it at a time; proofs are of what is signed. Source: docs/FORMAT.md §12.
 *
 * @module
 */
import { readRecords } from '../audit/read.js'
import { leafHash } from '../bytes/merkle.js'
import { isSealtrailError, SealtrailError } from '../errors.js'
import type { Root } from '../root/root.js'
import { Locks } from '../store/keep/locks.js'
import type { Store } from '../store/store.js'
import { checkLog, type LogCheck } from './check-log.js'
import { openCheckpoint } from './checkpoint.js'
import { KeptLog } from './kept-log.js'
import { verifierText } from './note.js'
import { consistencyText, inclusionText } from './proof.js'
import { givenProof, proofInvalid } from './texts.js'
import { consistencyPath, inclusionPath, treeHash } from './tree.js'
import { writeTiles } from './write-tiles.js'

export interface MerkleLogOptions {
  readonly store: Store
  readonly root: Root
  /** How often it is grown; 0: only when somebody asks. */
  readonly tickMs: number
}

/** In no less than so many leaves more, a checkpoint is kept on the way. */
const SIGNED_EVERY = 2 ** 20
const GROWING = ['log']

export class MerkleLog {
  readonly #store: Store
  readonly #root: Root
  readonly #locks = new Locks()
  readonly #timer: NodeJS.Timeout | undefined
  #log: KeptLog | undefined
  #failure: SealtrailError | undefined
  #isClosing = false

  private constructor({ store, root, tickMs }: MerkleLogOptions, log: KeptLog | undefined) {
    this.#store = store
    this.#root = root
    this.#log = log
    if (tickMs > 0) this.#timer = setInterval(() => this.#tick(), tickMs).unref()
  }

  /**
   * Records that are in no checkpoint yet are kept from now on.
   * @throws SealtrailError `StoreDamaged` when the log does not fit to the journal, as far as its heads tell
   */
  static async open(options: MerkleLogOptions): Promise<MerkleLog> {
    const { store, root } = options
    const log = await KeptLog.open(store, root)
    try {
      if (log !== undefined) {
        log.checkReached((await store.leaves(log.upTo)).last)
        await log.goOn()
        await store.release(log.upTo)
      }
      return new MerkleLog(options, log)
    } catch (error) {
      await log?.tiles.close()
      throw error
    }
  }

  /** The verifier key, to be given to whoever shall check proofs. @throws SealtrailError `StoreFailed` */
  async key(): Promise<string> {
    return await this.#locks.run(GROWING, async () =>
      verifierText((await this.#begun()).key.verifier),
    )
  }

  /** A checkpoint with all that is durable now. @throws SealtrailError `StoreFailed`, `StoreDamaged` */
  async checkpoint(): Promise<string> {
    return await this.#withGrown(async ({ checkpoint }) => checkpoint!)
  }

  /**
   * That a record of `account` is in the log (c2sp.org/tlog-proof).
   * @throws SealtrailError `InputInvalid` when it has no such record; `StoreDamaged`
   */
  async inclusion(eventId: string, account: string): Promise<string> {
    const [found] = await readRecords(this.#store, { eventId, limit: 1 }, account)
    if (found === undefined) throw notFound(eventId)
    return await this.#withGrown(async (log) => {
      const { head, tiles, checkpoint } = log
      const index = log.indexOf(found.seq)
      if (index < 0) throw tooOld(eventId)
      const record = Buffer.from(found.record)
      const leaf = await tiles.hashes(0, index, 1)
      if (!leaf.equals(leafHash(record))) {
        const says = `the record of sequence ${found.seq} is not the one that the log has`
        throw new SealtrailError('StoreDamaged', says, { sequence: found.seq })
      }
      const path = await inclusionPath(tiles, index, head.size)
      return inclusionText({ record, index, path, checkpoint: checkpoint! })
    })
  }

  /**
   * That the log of now has all that it had at an older checkpoint, in the form in which witnesses take it.
   * @throws SealtrailError `ProofInvalid` when that is not so, or it is no checkpoint of this log
   */
  async consistency(given: string): Promise<string> {
    const text = givenProof(given, 'a checkpoint')
    return await this.#withGrown(async ({ head, tiles, checkpoint, key }) => {
      const old = openCheckpoint(text, key.verifier)
      if (old.size > head.size)
        throw proofInvalid(`the log has ${head.size} leaves, the checkpoint ${old.size}`)
      if (!(await treeHash(tiles, 0, old.size)).equals(old.root)) {
        throw proofInvalid(`the first ${old.size} leaves are not those of the checkpoint`)
      }
      const path = old.size === 0 ? [] : await consistencyPath(tiles, old.size, head.size)
      return consistencyText(old.size, path, checkpoint!)
    })
  }

  /** As check-log.ts has it, of all that is durable now. @throws SealtrailError `StoreFailed`, `StoreDamaged` */
  async check(checkpoint?: string): Promise<LogCheck> {
    const text = checkpoint === undefined ? undefined : givenProof(checkpoint, 'a checkpoint')
    return await this.#withGrown((log) => checkLog(this.#store, log, text))
  }

  /** As write-tiles.ts has it. */
  async writeTo(directory: string): Promise<void> {
    await this.#withGrown((log) => writeTiles(log, directory))
  }

  /** Waits for what is under way. Twice is fine. */
  async close(): Promise<void> {
    this.#isClosing = true
    clearInterval(this.#timer)
    await this.#locks.run(GROWING, async () => await this.#log?.tiles.close())
  }

  #tick(): void {
    if (this.#log === undefined) return
    this.#withGrown(async () => undefined).catch((error: unknown) => {
      // The store says itself what it can do no more, and whoever asks is told.
      if (!isSealtrailError(error)) throw error
    })
  }

  /** `work` on the log, grown by all that is durable; nobody grows or closes it meanwhile. */
  async #withGrown<Answer>(work: (log: KeptLog) => Promise<Answer>): Promise<Answer> {
    return await this.#locks.run(GROWING, async () => {
      const log = await this.#begun()
      if (this.#failure !== undefined) throw this.#failure
      try {
        await this.#grow(log)
      } catch (error) {
        if (isSealtrailError(error, 'StoreDamaged')) this.#failure = error
        throw error
      }
      return await work(log)
    })
  }

  async #grow(log: KeptLog): Promise<void> {
    const { tiles } = log
    // What was added when something failed counts for nothing.
    if (tiles.size !== log.head.size) await log.goOn()
    for (let isLast = false; !isLast; ) {
      const upTo = log.sequenceOf(tiles.size - 1)
      const { after, hashes, last } = await this.#store.leaves(upTo)
      if (after > upTo) throw lost(upTo + 1, after)
      await tiles.add(Buffer.from(hashes.buffer))
      isLast = log.sequenceOf(tiles.size - 1) >= last
      const unsigned = tiles.size - log.head.size
      if (unsigned >= SIGNED_EVERY || (isLast && unsigned > 0)) {
        await log.sign()
        await this.#store.release(log.upTo)
      }
    }
  }

  async #begun(): Promise<KeptLog> {
    if (this.#isClosing) throw new SealtrailError('Closed', 'the house is closed')
    this.#log ??= await KeptLog.begin(this.#store, this.#root)
    return this.#log
  }
}

function notFound(eventId: string): SealtrailError {
  return new SealtrailError('InputInvalid', `the account has no record with the eventID ${eventId}`)
}

function tooOld(eventId: string): SealtrailError {
  const says = `the record with the eventID ${eventId} is from before the log was begun`
  return new SealtrailError('InputInvalid', says)
}

function lost(from: number, after: number): SealtrailError {
  const says = `the log goes on at sequence ${from}, and the journal has nothing before ${after + 1}`
  return new SealtrailError('StoreDamaged', says)
}
