/**
 * The headers of a request, read where the native front has written them.
 *
 *     POST\n/\nhost:kms.example\nx-amz-date:20260102T030405Z\n
 *
 * Few of them are ever looked at, so that none is taken apart before. A name has no colon and no line feed, a value no
 * line feed, and each name is there once: what is found between a line feed and a colon is a name. The other side is
 * native/src/front/head.rs.
 *
 * @module
 */
import type { Headers } from '../../sigv4/canonical-request.js'

export class HeadLines implements Headers {
  readonly method: string
  readonly target: string
  /** From the line feed before the first of them. */
  readonly #lines: string

  /** `text`: a character for each byte. */
  constructor(text: string) {
    const methodEnd = text.indexOf('\n')
    const targetEnd = text.indexOf('\n', methodEnd + 1)
    this.method = text.slice(0, methodEnd)
    this.target = text.slice(methodEnd + 1, targetEnd)
    this.#lines = text.slice(targetEnd)
  }

  get(name: string): string | undefined {
    const start = `\n${name}:`
    const at = this.#lines.indexOf(start)
    if (at === -1) return undefined
    const from = at + start.length
    return this.#lines.slice(from, this.#lines.indexOf('\n', from))
  }

  has(name: string): boolean {
    return this.#lines.includes(`\n${name}:`)
  }

  keys(): MapIterator<string> {
    return this.#all().keys()
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.#all()[Symbol.iterator]()
  }

  #all(): Map<string, string> {
    const lines = this.#lines.slice(1, -1).split('\n')
    const pairs = lines.map((line): [string, string] => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1)]
    })
    return new Map(this.#lines.length > 1 ? pairs : [])
  }
}
