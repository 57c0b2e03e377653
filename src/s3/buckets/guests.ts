/**
 * A bucket does not go while something is put into it.
 *
 * Many write into a bucket at once, so they hold no lock of it: they are counted while they commit. Who deletes the
 * bucket waits until nobody is left; those who come meanwhile wait for him, and are told when it has gone.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { Bucket } from './bucket.js'

interface Host {
  count: number
  /** Settles when whoever is alone has done; undefined while nobody wants to be. */
  closing: Promise<void> | undefined
  whenEmpty: (() => void) | undefined
}

export class Guests {
  readonly #find: (name: string) => Promise<Bucket | undefined>
  readonly #hosts = new Map<string, Host>()

  /** `find` says what bucket has a name now. */
  constructor(find: (name: string) => Promise<Bucket | undefined>) {
    this.#find = find
  }

  /** Runs `commit` while the bucket is there. @throws SealtrailError `NoSuchBucket` */
  async within<Answer>(bucket: Bucket, commit: () => Promise<Answer>): Promise<Answer> {
    const host = await this.#enter(bucket.id)
    try {
      const now = await this.#find(bucket.name)
      if (now?.id !== bucket.id) throw noSuchBucket(bucket.name)
      return await commit()
    } finally {
      this.#leave(bucket.id, host)
    }
  }

  /** Runs `work` while nobody commits anything into the bucket. One at a time for a bucket. */
  async alone<Answer>(bucket: Bucket, work: () => Promise<Answer>): Promise<Answer> {
    const host = await this.#enter(bucket.id)
    let done: () => void = () => undefined
    host.closing = new Promise((resolve) => {
      done = resolve
    })
    try {
      if (host.count > 1) {
        await new Promise<void>((resolve) => {
          host.whenEmpty = resolve
        })
      }
      return await work()
    } finally {
      host.closing = undefined
      host.whenEmpty = undefined
      this.#leave(bucket.id, host)
      done()
    }
  }

  async #enter(id: string): Promise<Host> {
    for (;;) {
      let host = this.#hosts.get(id)
      if (host?.closing !== undefined) {
        await host.closing
        continue
      }
      if (host === undefined) {
        host = { count: 0, closing: undefined, whenEmpty: undefined }
        this.#hosts.set(id, host)
      }
      host.count++
      return host
    }
  }

  #leave(id: string, host: Host): void {
    host.count--
    if (host.count === 1) host.whenEmpty?.()
    if (host.count === 0) this.#hosts.delete(id)
  }
}

export function noSuchBucket(name: string): SealtrailError {
  const says = 'The specified bucket does not exist'
  return new SealtrailError('NoSuchBucket', says, { BucketName: name })
}
