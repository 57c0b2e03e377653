/**
 * So many connections of one address and no more, so that one peer cannot have them all.
 *
 * Loopback has no such bound: whoever is behind a proxy on this machine comes from there.
 *
 * @module
 */
import { isLoopback } from './loopback.js'

export class Peers {
  readonly #connectionsMax: number
  readonly #counts = new Map<string, number>()

  constructor(connectionsMax: number) {
    this.#connectionsMax = connectionsMax
  }

  /** False: it has as many as it may. Who has come in leaves once. */
  enter(address: string): boolean {
    if (isLoopback(address)) return true
    const count = this.#counts.get(address) ?? 0
    if (count >= this.#connectionsMax) return false
    this.#counts.set(address, count + 1)
    return true
  }

  leave(address: string): void {
    if (isLoopback(address)) return
    const left = (this.#counts.get(address) ?? 1) - 1
    if (left === 0) this.#counts.delete(address)
    else this.#counts.set(address, left)
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#counts.size
  }
}
