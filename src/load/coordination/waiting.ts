/**
 * A client that waits for coordinators, has one at a time, and tells what becomes of each.
 *
 * Who does not have the secret gets no further than the handshake (tls.ts). What a coordinator has done here is share.ts.
 *
 * @module
 */
import type { Clock } from '../../clock.js'
import type { Sent } from '../running/sender.js'
import type { Place } from '../scenario/place.js'
import type { TargetGiven } from '../scenario/scenario.js'
import { Share } from './share.js'
import { type Connection, fromOf, listenFor } from './tls.js'

export type Happened =
  /** Somebody without the secret, or who came at the wrong time, or said what is no hello. */
  | { readonly kind: 'refused'; readonly from: string; readonly reason: string }
  | {
      readonly kind: 'begun'
      readonly from: string
      readonly name: string
      /** 0 for the first of them. */
      readonly index: number
      readonly of: number
      readonly target: TargetGiven
    }
  | { readonly kind: 'sent'; readonly from: string; readonly sent: Sent }
  | { readonly kind: 'ended'; readonly from: string; readonly reason: string }

export interface WaitingOptions {
  readonly place: Place
  /** 32 bytes, which stay as they are until it is closed. */
  readonly secret: Uint8Array
  readonly clock: Clock
  readonly onHappened: (what: Happened) => void
}

export interface Waiting {
  readonly port: number
  /** Resolves when nothing is sent any more. */
  close(): Promise<void>
}

/** @throws SealtrailError `ConfigInvalid` when nobody can listen there */
export async function waitForCoordinators(options: WaitingOptions): Promise<Waiting> {
  const { place, secret, clock, onHappened } = options
  const shares = new Set<Share>()
  let current: Share | undefined
  const claim = async (share: Share) => {
    // Whose line has ended has only a process to end.
    while (current?.isEnding) await current.over
    if (current !== undefined || share.isEnding) return false
    current = share
    return true
  }
  const take = (socket: Connection) => {
    const from = fromOf(socket)
    const share: Share = new Share({
      ...{ socket, clock, claim: () => claim(share) },
      onStart: ({ name, clients: of, target }, index) =>
        onHappened({ kind: 'begun', from, name, index, of, target }),
      onSent: (sent) => onHappened({ kind: 'sent', from, sent }),
    })
    shares.add(share)
    void share.over.then((reason) => {
      const kind = current === share ? 'ended' : 'refused'
      if (current === share) current = undefined
      shares.delete(share)
      onHappened({ kind, from, reason })
    })
  }
  const onRefused = (from: string, reason: string) => onHappened({ kind: 'refused', from, reason })
  const listener = await listenFor(place, secret, take, onRefused)
  return {
    port: listener.port,
    async close() {
      listener.close()
      for (const share of shares) share.close('this client was stopped')
      await Promise.all([...shares].map(({ over }) => over))
    },
  }
}
