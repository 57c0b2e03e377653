/**
 * The disk, failing when it is told to: the nth call, or every one from it on until it is mended.
 *
 * @module
 */
import { type Disk, type DiskFile, disk as realDisk } from '../../../src/store/files/disk.js'

export type FaultKind = 'EIO' | 'ENOSPC' | 'short'

export class FaultyDisk implements Disk {
  calls = 0
  faults = 0
  /** Names of the calls so far. */
  readonly trace: string[] = []
  #from = Number.POSITIVE_INFINITY
  #to = 0
  #kind: FaultKind = 'EIO'
  #only: string | undefined

  fail(
    kind: FaultKind,
    {
      at,
      times = 1,
      only,
    }: { readonly at: number; readonly times?: number; readonly only?: string },
  ): void {
    this.#kind = kind
    this.#from = at
    this.#to = at + times
    this.#only = only
    this.calls = 0
  }

  mend(): void {
    this.#from = Number.POSITIVE_INFINITY
  }

  async open(path: string, purpose: 'read' | 'write' | 'make'): Promise<DiskFile> {
    this.#next(`open-${purpose}`)
    const file = await realDisk.open(path, purpose)
    return {
      bytes: () => this.#run('stat', () => file.bytes()),
      read: (target, offset) => this.#run('read', () => file.read(target, offset)),
      write: (bytes, offset) => this.#write(file, bytes, offset),
      sync: () => this.#run('sync', () => file.sync()),
      cut: (bytes) => this.#run('cut', () => file.cut(bytes)),
      close: () => file.close(),
    }
  }

  rename = (from: string, to: string) => this.#run('rename', () => realDisk.rename(from, to))
  unlink = (path: string) => this.#run('unlink', () => realDisk.unlink(path))
  makeDirectory = (path: string) => this.#run('mkdir', () => realDisk.makeDirectory(path))
  syncDirectory = (path: string) => this.#run('sync', () => realDisk.syncDirectory(path))
  names = (path: string) => this.#run('names', () => realDisk.names(path))

  /** A write that fails has written some of it. */
  async #write(file: DiskFile, bytes: Uint8Array, offset: number): Promise<number> {
    const half = bytes.subarray(0, Math.ceil(bytes.length / 2))
    try {
      if (!this.#next('write')) return await file.write(half, offset)
    } catch (error) {
      await file.write(half, offset)
      throw error
    }
    return await file.write(bytes, offset)
  }

  async #run<Answer>(call: string, work: () => Promise<Answer>): Promise<Answer> {
    this.#next(call)
    return await work()
  }

  /** False for a call that is to do a part of its work. */
  #next(call: string): boolean {
    this.trace.push(call)
    if (this.#only !== undefined && this.#only !== call) return true
    this.calls++
    if (this.calls < this.#from || this.calls >= this.#to) return true
    if (this.#kind === 'short' && call !== 'write') return true
    this.faults++
    if (this.#kind === 'short') return false
    throw Object.assign(new Error(`${this.#kind}: it was told to, ${call}`), { code: this.#kind })
  }
}
