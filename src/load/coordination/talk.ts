/**
 * What is asked of a client and answered: one thing at a time; windows come as they end, in their order.
 *
 * Whatever goes wrong with a client, or on the way to it, is one error that says which client it was.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import type { Clock } from '../../clock.js'
import { SealtrailError } from '../../errors.js'
import type { WindowData } from '../recording/recorder.js'
import { Line } from './line.js'
import { type FromClient, fromClient, type ToClient } from './messages.js'

type Kind = FromClient['kind']
type Told<K extends Kind> = Extract<FromClient, { readonly kind: K }>

export class Talk {
  readonly #name: string
  readonly #line: Line<ToClient, FromClient>
  #answered: ((message: FromClient) => void) | undefined
  #ended: ((error: SealtrailError) => void) | undefined
  #lost: SealtrailError | undefined
  #windows = 0
  /** There as soon as there are windows to be told. @throws Error of one that cannot be */
  onWindow: ((window: WindowData) => void) | undefined

  constructor(name: string, socket: Duplex, clock: Clock) {
    this.#name = name
    this.#line = new Line({
      ...{ socket, clock, read: fromClient },
      onMessage: (message) => this.#hear(message),
      onEnd: (reason) => {
        this.#lost = this.failed(reason)
        this.#ended?.(this.#lost)
      },
    })
  }

  /** @throws SealtrailError `TargetFailed` when it answers otherwise, or not at all */
  async ask<K extends Kind>(message: ToClient, kind: K): Promise<Told<K>> {
    const told = await new Promise<FromClient>((resolve, reject) => {
      this.#answered = resolve
      this.#ended = reject
      if (this.#lost === undefined) this.#line.say(message)
      else reject(this.#lost)
    })
    if (told.kind === kind) return told as Told<K>
    if (told.kind === 'refused' || told.kind === 'failed') throw this.failed(told.reason)
    this.close()
    throw this.failed(`said ${told.kind} where ${kind} was asked for`)
  }

  /** Asks for nothing. */
  say(message: ToClient): void {
    this.#line.say(message)
  }

  greeted(): void {
    this.#line.greeted()
  }

  close(): void {
    this.#line.close('was let go')
  }

  failed(reason: string): SealtrailError {
    return new SealtrailError('TargetFailed', `client ${this.#name} ${reason}`)
  }

  #hear(message: FromClient): void {
    if (message.kind === 'window') {
      const isNext = message.window.index === this.#windows++
      // Not before it was told to go, nor behind what it has sent in all.
      const hear = this.#answered && this.onWindow
      if (hear === undefined || !isNext) throw new Error('a window out of turn')
      hear(message.window)
      return
    }
    const answered = this.#answered
    this.#answered = undefined
    if (answered === undefined) throw new Error(`${message.kind}, unasked`)
    answered(message)
  }
}
