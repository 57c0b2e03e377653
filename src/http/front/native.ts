/**
 * The front in the Rust addon: connections, limits and HTTP on a thread of its own; whole requests in batches here.
 *
 * Each call of the bell brings all that has come since, each turn of the event loop takes all answers back. A body that
 * did not come with its head is asked for, a piece at a time. What is done with a request is in exchange.ts; the other
 * side is native/src/front.
 *
 * @module
 */
import dns from 'node:dns'
import { isIP } from 'node:net'
import { getSystemErrorMap } from 'node:util'
import type { Addon, FrontNumber } from '../../engine/native/addon.js'
import { troubleOf } from '../log.js'
import { Answers, BREAK } from './answers.js'
import { connectionFault } from './connection-fault.js'
import {
  exchange,
  type Front,
  type FrontOptions,
  type FrontParts,
  KEEP_ALIVE_MS,
  notListening,
  plainAddress,
  urlOf,
} from './exchange.js'
import { HeadLines } from './head-lines.js'
import { Lane } from './lane.js'
import { Turn } from './turn.js'

/** Numbers of native/src/front/exchange.rs. */
const [WHOLE, BEGUN, PIECE, LAST_PIECE, GONE, TROUBLE, CLOSED, SENT] = [1, 2, 3, 4, 5, 6, 7, 8]
const [KIND_MASK, IS_LAST, HAS_MANY_HOSTS, EXPECTS] = [0xff, 0x100, 0x200, 0x400]
/** How many rows there are, and what time it is. */
const HEAD_WORDS = 2
const HEAD_BYTES = 4 * HEAD_WORDS
const ROW_WORDS = 8
const SYSTEM_ERROR = -1000
const FAULTS = [undefined, 'HPE_HEADER_OVERFLOW', 'ERR_HTTP_REQUEST_TIMEOUT']

/**
 * Listens when resolved.
 * @throws SealtrailError `ConfigInvalid` when the address cannot be had.
 */
export async function openNativeFront(parts: FrontParts, addon: Addon): Promise<Front> {
  const { config } = parts
  const address = await addressOf(config)
  const front = new NativeFront(parts, addon, address)
  return { address, url: urlOf(address, front.port), stop: () => front.stop() }
}

class NativeFront {
  readonly port: number
  readonly #parts: FrontParts
  readonly #addon: Addon
  readonly #number: FrontNumber
  readonly #answers: Answers
  /** The request of each connection, by its number, until the client has gone or the next one comes. */
  readonly #turns: Array<Turn | undefined> = []
  readonly #lane: Lane | undefined
  readonly #closed: Promise<void>
  #isStopping = false
  #close: () => void = () => undefined

  /** @throws SealtrailError `ConfigInvalid` */
  constructor(parts: FrontParts, addon: Addon, address: string) {
    this.#parts = parts
    this.#addon = addon
    this.#closed = new Promise((resolve) => {
      this.#close = resolve
    })
    this.#number = open(parts.config, addon, address, () => this.#take())
    this.#answers = new Answers(addon, this.#number)
    this.port = addon.frontPort(this.#number)
    this.#lane = parts.lane && new Lane(addon, this.#number, parts.lane)
  }

  stop(): Promise<void> {
    this.#isStopping = true
    this.#lane?.close()
    this.#addon.frontStop(this.#number)
    return this.#closed
  }

  #take(): void {
    const batch = this.#addon.frontTake(this.#number)
    const [count = 0, now = 0] = new Uint32Array(batch, 0, HEAD_WORDS)
    const rows = new Uint32Array(batch, HEAD_BYTES, count * ROW_WORDS)
    const bytes = Buffer.from(batch, HEAD_BYTES + rows.byteLength)
    for (let at = 0; at < rows.length; at += ROW_WORDS) {
      const row = rows.subarray(at, at + ROW_WORDS)
      try {
        this.#hear(row, bytes, now)
      } catch (error) {
        // Only a defect gets here, and ends its connection.
        this.#parts.logger.error(troubleOf(error), 'broken')
        this.#answers.put({ connection: row[1]!, serial: row[2]! }, '', '', BREAK)
      }
    }
  }

  #hear(row: Uint32Array, bytes: Buffer, now: number): void {
    const [kind = 0, connection = 0, serial = 0, , , bodyStart = 0, end = 0] = row
    const known = this.#turns[connection]
    const turn = known?.serial === serial ? known : undefined
    switch (kind & KIND_MASK) {
      case WHOLE:
      case BEGUN:
        this.#begin(row, bytes, now)
        break
      case PIECE:
      case LAST_PIECE:
        turn?.give(bytes.subarray(bodyStart, end), kind === LAST_PIECE)
        break
      case GONE:
        turn?.leave()
        this.#turns[connection] = undefined
        break
      case SENT:
        turn?.flow()
        break
      case TROUBLE:
        this.#parts.logger.error({ code: systemErrorName(connection) }, 'trouble with the port')
        break
      case CLOSED:
        if (!this.#isStopping) this.#parts.logger.error({}, 'the port has closed by itself')
        this.#addon.frontDrop(this.#number)
        this.#close()
    }
  }

  #begin(row: Uint32Array, bytes: Buffer, now: number): void {
    const [kind = 0, connection = 0, serial = 0, ...places] = row
    const [start = 0, headStart = 0, bodyStart = 0, end = 0, since = 0] = places
    const lines = new HeadLines(bytes.toString('latin1', headStart, bodyStart))
    const turn = new Turn({
      place: { connection, serial },
      answers: this.#answers,
      ask: () => this.#addon.frontAsk(this.#number, connection, serial),
      clock: this.#parts.clock,
      isHead: lines.method === 'HEAD',
      isLast: (kind & IS_LAST) !== 0,
      isLate: (kind & KIND_MASK) === BEGUN,
      isExpecting: (kind & EXPECTS) !== 0,
    })
    this.#turns[connection] = turn
    const arrival = {
      method: lines.method,
      target: lines.target,
      headers: lines,
      head: { bytes, start: headStart, end: bodyStart },
      hosts: (kind & HAS_MANY_HOSTS) === 0 ? 1 : 2,
      body: turn.body ?? bytes.subarray(bodyStart, end),
      isGone: () => turn.isGone,
      invite: turn.invite,
      repeats: this.#lane?.listener(),
      waitedMs: (now - since) >>> 0,
      remoteAddress: plainAddress(bytes.toString('latin1', start, headStart)),
    }
    void exchange(this.#parts, arrival, turn)
  }
}

/** @throws SealtrailError `ConfigInvalid` */
function open(config: FrontOptions, addon: Addon, address: string, bell: () => void): FrontNumber {
  const faults = FAULTS.map((code) => `${connectionFault(code)}\0`).join('')
  const { port, headerBytesMax, headersTimeoutMs, requestTimeoutMs } = config
  const settings = Uint32Array.of(
    ...[port, headerBytesMax, headersTimeoutMs, requestTimeoutMs],
    ...[KEEP_ALIVE_MS, config.connectionsMax, config.stopTimeoutMs, config.connectionsPerPeerMax],
  )
  const front = addon.frontOpen(Buffer.from(address), settings, Buffer.from(faults), bell)
  if (front > 0) return front
  const errno = SYSTEM_ERROR - front
  throw notListening(config, systemErrorName(errno), new Error(`system error ${errno}`))
}

async function addressOf(config: FrontOptions): Promise<string> {
  if (isIP(config.host) !== 0) return config.host
  return await new Promise((resolve, reject) => {
    dns.lookup(config.host, (error, address) => {
      if (error === null) resolve(address)
      else reject(notListening(config, error.code, error))
    })
  })
}

function systemErrorName(errno: number): string {
  return getSystemErrorMap().get(-errno)?.[0] ?? `system error ${errno}`
}
