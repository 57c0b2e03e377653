/**
 * One end of a line between coordinator and client: messages both ways, and whether the other one is still there.
 *
 * Each end says each second that it is alive. One that is silent for ten is given up, as is one that says what is no message:
 * a cut cable tells nobody. The end of a line is told once, with its reason. What the messages are is messages.ts.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import type { Clock } from '../../clock.js'
import { Frames, frameOf } from './frames.js'
import { HELLO_BYTES_MAX, MESSAGE_BYTES_MAX } from './messages.js'

const BEAT_MS = 1000
export const SILENCE_MS = 10_000
/** For what was said last to leave, and for the other end to go. */
const CLOSING_MS = 2000
/** Said, and not yet taken: who asks and does not listen is not answered for good. */
const WAITING_BYTES_MAX = 2 * MESSAGE_BYTES_MAX
const ALIVE = 'alive'

export interface LineOptions<Heard> {
  readonly socket: Duplex
  readonly clock: Clock
  /** What a value means. @throws Error when it is no message */
  readonly read: (value: unknown) => Heard
  /** @throws Error when it is out of turn */
  readonly onMessage: (message: Heard) => void
  readonly onEnd: (reason: string) => void
  /** False while this end cannot say that it is alive. */
  readonly isWell?: () => boolean
}

export class Line<Said extends object, Heard> {
  readonly #options: LineOptions<Heard>
  readonly #frames: Frames
  readonly #beat: NodeJS.Timeout
  #heardMs: number
  #isEnded = false

  constructor(options: LineOptions<Heard>) {
    this.#options = options
    const { socket, clock } = options
    this.#heardMs = clock.elapsed()
    this.#frames = new Frames(HELLO_BYTES_MAX, (value) => this.#hear(value))
    socket.on('data', (piece: Buffer) => this.#take(piece))
    socket.on('error', ({ code, message }: NodeJS.ErrnoException) =>
      this.#end(`lost the connection: ${code ?? message}`),
    )
    socket.on('close', () => this.#end('ended the connection'))
    this.#beat = setInterval(() => this.#live(), BEAT_MS)
  }

  /** Each knows who the other is: longer messages may come. */
  greeted(): void {
    this.#frames.bytesMax = MESSAGE_BYTES_MAX
  }

  /** Nothing, when the line has ended. */
  say(message: Said): void {
    if (this.#isEnded) return
    const { socket } = this.#options
    if (socket.writableLength > WAITING_BYTES_MAX) this.#end('does not take what it is told')
    else socket.write(frameOf(message, MESSAGE_BYTES_MAX))
  }

  /** After what was said; told as an end, unless it has ended. */
  close(reason: string): void {
    this.#end(reason)
  }

  #take(piece: Buffer): void {
    if (this.#isEnded) return
    try {
      this.#frames.push(piece)
    } catch (error) {
      this.#end(`said what is no message here: ${(error as Error).message}`)
    }
  }

  #hear(value: unknown): void {
    if (this.#isEnded) return
    this.#heardMs = this.#options.clock.elapsed()
    const isAlive = (value as { readonly kind?: unknown } | null)?.kind === ALIVE
    if (!isAlive) this.#options.onMessage(this.#options.read(value))
  }

  #live(): void {
    const { clock, socket, isWell } = this.#options
    const silentMs = clock.elapsed() - this.#heardMs
    if (silentMs > SILENCE_MS) this.#end(`was silent for ${SILENCE_MS / 1000} s`)
    else if (isWell?.() !== false) socket.write(frameOf({ kind: ALIVE }, HELLO_BYTES_MAX))
  }

  #end(reason: string): void {
    if (this.#isEnded) return
    this.#isEnded = true
    clearInterval(this.#beat)
    const { socket, onEnd } = this.#options
    socket.end()
    const timer = setTimeout(() => socket.destroy(), CLOSING_MS)
    socket.once('close', () => clearTimeout(timer))
    onEnd(reason)
  }
}
