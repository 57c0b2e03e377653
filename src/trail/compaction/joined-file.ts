/**
 * The records of several log files as those of one, compressed as they come.
 *
 *     {"Records":[ │ records of the first │ , │ of the second │ … │ ]}   → one gzip member
 *
 * What is held is the member, which is a fraction of the records. It is given out when it has been unpacked again, and
 * has as many records as went in. Source: docs/FORMAT.md §11.3.
 *
 * @module
 */
import { GunzipStage } from '../../gzip/gunzip-stage.js'
import { GzipStage } from '../../gzip/gzip.js'
import { invariant } from '../../invariant.js'
import type { LogFile } from '../reading/files.js'
import { HEAD, RecordCount, TAIL } from './record-count.js'

const COMMA = Buffer.from(',')
const FREE = async () => undefined

export class JoinedFile {
  readonly #gzip = new GzipStage()
  readonly #member: Uint8Array[] = []
  plainBytes = 0
  records = 0

  static async begin(): Promise<JoinedFile> {
    const file = new JoinedFile()
    await file.#push(HEAD)
    return file
  }

  /** @throws SealtrailError `ObjectDamaged`: the file is no good then. */
  async add(file: LogFile): Promise<void> {
    const { plain } = file
    let [count, bytes] = [0, HEAD.length + TAIL.length]
    for (const { text } of file.records()) {
      bytes += Buffer.byteLength(text) + (count === 0 ? 0 : COMMA.length)
      count++
    }
    if (count === 0) return
    // Nothing stands between them: the form in which trails write.
    if (bytes === plain.length) {
      await this.#next(plain.subarray(HEAD.length, plain.length - TAIL.length))
    } else {
      for (const { text } of file.records()) await this.#next(Buffer.from(text))
    }
    this.records += count
  }

  /** The member, in pieces; nothing may be added any more. */
  async end(): Promise<readonly Uint8Array[]> {
    await this.#push(TAIL)
    await this.#gzip.end(this.#member, FREE)
    this.release()
    await this.#check()
    return this.#member
  }

  release(): void {
    this.#gzip.release()
  }

  async #next(records: Uint8Array): Promise<void> {
    if (this.plainBytes > HEAD.length) await this.#push(COMMA)
    await this.#push(records)
  }

  async #push(bytes: Uint8Array): Promise<void> {
    this.plainBytes += bytes.length
    await this.#gzip.push(bytes, this.#member, FREE)
  }

  async #check(): Promise<void> {
    const gunzip = new GunzipStage({ bytesMax: this.plainBytes })
    const count = new RecordCount()
    const plain: Uint8Array[] = []
    try {
      for (const piece of this.#member) {
        await gunzip.push(piece, plain, FREE)
        for (const bytes of plain.splice(0)) count.push(bytes)
      }
      gunzip.end()
    } finally {
      gunzip.release()
    }
    const isWhole = count.isWhole && count.count === this.records
    invariant(isWhole, 'a compacted file has the records that went into it')
  }
}
