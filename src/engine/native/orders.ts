/**
 * Keys that the addon makes on threads of its own, and when they are there.
 *
 * The addon has one bell for each thread of JavaScript, so this knows of all orders of the thread. Its event loop stays
 * while one is open.
 *
 * @module
 */
import type { Addon, PrivateKeyNumber } from './addon.js'
import { check } from './answers.js'

interface Order {
  readonly done: (key: PrivateKeyNumber) => void
  readonly failed: (error: unknown) => void
}

const orders = new Map<PrivateKeyNumber, Order>()

/** @param spec the place of one of RSA. @throws SealtrailError `EngineUnavailable` when there is no room. */
export async function orderKey(addon: Addon, spec: number): Promise<PrivateKeyNumber> {
  const key = check(addon.privateOrder(spec, () => takeAll(addon)))
  return new Promise((done, failed) => orders.set(key, { done, failed }))
}

function takeAll(addon: Addon): void {
  for (const [key, { done, failed }] of orders) {
    try {
      if (check(addon.privateTake(key)) === 0) continue
      done(key)
    } catch (error) {
      failed(error)
    }
    orders.delete(key)
  }
}
