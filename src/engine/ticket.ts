/**
 * A ticket for a key: what one thread posts and one other takes, once.
 *
 *     open ──→ closed      by whoever is first: the thread that takes it, or the one that ends it
 *
 * The state stands in memory that both see, so that a ticket is good once whoever holds copies of it. What it is
 * good for (`claim`) is the engine's.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { invariant } from '../invariant.js'
import type { EngineName, SharedKey } from './engine.js'

const OPEN = 0
const CLOSED = 1

interface Ticket {
  readonly engine: EngineName
  readonly claim: unknown
  readonly state: Int32Array
}

/** `end` is called once, and told whether the ticket was never taken. */
export function issue(
  engine: EngineName,
  claim: unknown,
  end: (isUnused: boolean) => void,
): SharedKey {
  const ticket = { engine, claim, state: new Int32Array(new SharedArrayBuffer(4)) }
  let hasEnded = false
  return {
    ticket,
    end() {
      if (hasEnded) return
      hasEnded = true
      end(close(ticket))
    },
  }
}

/** What the ticket claims. @throws SealtrailError `KeyReleased` when it is closed. */
export function redeem(engine: EngineName, ticket: unknown): unknown {
  invariant(isTicket(ticket), 'a key is adopted by a ticket')
  invariant(ticket.engine === engine, 'a ticket is taken by an engine of the same name')
  if (close(ticket)) return ticket.claim
  throw new SealtrailError('KeyReleased', 'the ticket has been used, or its key is gone')
}

function close({ state }: Ticket): boolean {
  return Atomics.compareExchange(state, 0, OPEN, CLOSED) === OPEN
}

function isTicket(value: unknown): value is Ticket {
  return (value as Partial<Ticket> | null | undefined)?.state instanceof Int32Array
}
