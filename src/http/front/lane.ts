/**
 * Calls that repeat others, answered by the addon: what may be repeated is said here, and taken back here.
 *
 *     a call goes well → its use is admitted: signing key, key material, record and answer with holes
 *     a fact is about to change → all is cleared, and nothing is admitted until it has changed
 *
 * Nothing is decided twice: the decision is that of the call that went well (service/deciding/may.ts), and holds as long as no
 * fact changes. A call that began before the last change says nothing of what holds now, so its use is not admitted. What the
 * addon does not know, or doubts, comes here as every request does. The other side is native/src/lane.
 *
 * @module
 */
import { writeJson } from '../../aws/forms/json.js'
import type { Engine } from '../../engine/engine.js'
import type { Addon, FrontNumber, LaneNumber, ScribeNumber } from '../../engine/native/addon.js'
import { redeemNumber } from '../../engine/native/native.js'
import type { Repeatable } from '../../service/calls/repeatable.js'
import type { FactsListener } from '../../store/store.js'
import { type Logger, troubleOf } from '../log.js'
import type { NativeSigner } from '../native-signer.js'
import type { Received } from '../received.js'
import { KEEP_ALIVE_MS } from './exchange.js'

export interface LaneParts {
  readonly scribe: ScribeNumber
  readonly bodyBytesMax: number
  readonly onFacts: (listener: FactsListener) => () => void
  /** Where the keys are; the native one. */
  readonly engine: Pick<Engine, 'shareKey'>
  readonly logger: Logger
}

/** Bytes that native/src/lane/template.rs takes for holes, and what stands in their place until then. */
const HOLES = {
  ciphertext: Buffer.from('sealtrail: ciphertext, 30 bytes'.slice(0, 30)),
  plaintext: Buffer.from('sealtrail: plaintext, 30 bytes.'.slice(0, 30)),
  sourceIpAddress: '(sealtrail: source)',
  userAgent: '(sealtrail: agent)',
  encryptionContext: '(sealtrail: context)',
  requestId: '(sealtrail: request)',
  eventId: '(sealtrail: event)',
} as const
/** So that what is due by time (service/schedule.ts) sees a call every now and then, whatever is repeated. */
const CLEAR_MS = 1000
/** A moment at which nobody called; what the record makes of it is a hole. */
const EVENT_TIME = 0
const EVENT_TIME_TEXT = '1970-01-01T00:00:00Z'

export class Lane {
  readonly #addon: Addon
  readonly #parts: LaneParts
  readonly #number: LaneNumber
  readonly #forget: () => void
  readonly #clearing: NodeJS.Timeout
  /** Facts that are changing now. */
  #changing = 0
  /** Grows with every change. */
  #epoch = 0
  /** Names of uses that are there: what JavaScript has to answer all the same does not bring them again. */
  readonly #admitted = new Set<string>()

  constructor(addon: Addon, front: FrontNumber, parts: LaneParts) {
    this.#addon = addon
    this.#parts = parts
    const keepAlive = Buffer.from(`${KEEP_ALIVE_MS / 1000}`)
    this.#number = addon.laneOpen(front, parts.scribe, parts.bodyBytesMax, keepAlive)
    this.#clearing = setInterval(() => this.#clear(), CLEAR_MS).unref()
    this.#forget = parts.onFacts({
      changing: () => {
        this.#changing++
        this.#epoch++
        this.#clear()
      },
      changed: () => {
        this.#changing--
      },
    })
  }

  /** For a request that has just come: what wants to know that its signer's call may be repeated. */
  listener(): Received['repeats'] {
    if (this.#changing > 0) return undefined
    const epoch = this.#epoch
    return (signer) => (call) => {
      if (epoch !== this.#epoch) return
      try {
        this.#admit(signer, call)
      } catch (error) {
        // The call itself went well.
        this.#parts.logger.error(troubleOf(error), 'not repeated')
      }
    }
  }

  close(): void {
    this.#forget()
    clearInterval(this.#clearing)
    this.#addon.laneClose(this.#number)
  }

  #clear(): void {
    this.#admitted.clear()
    this.#addon.laneClear(this.#number)
  }

  #admit({ credential, key }: NativeSigner, call: Repeatable): void {
    const name = nameOf(credential, call)
    const known = name.toString('latin1')
    if (this.#admitted.has(known)) return
    const [record, answer] = [recordOf(call), answerOf(call)]
    if (record === undefined || answer === undefined) return
    const { ticket, end } = this.#parts.engine.shareKey(call.handle)
    const material = redeemNumber(ticket)
    const { header, keyBytes } = call
    this.#addon.laneAdmit(
      ...([this.#number, name, key, material, header, keyBytes] as const),
      ...([record, answer] as const),
    )
    end()
    this.#admitted.add(known)
  }
}

/** As native/src/lane/answer.rs writes it. */
function nameOf(credential: string, call: Repeatable): Buffer {
  const said = call.said.map((text) => (text === undefined ? '-' : `=${text}`))
  const lines = [credential, call.operation.name, ...said, call.hasContext ? '=' : '-', '']
  const header = call.keyBytes === 0 ? call.header : new Uint8Array(0)
  return Buffer.concat([Buffer.from(lines.join('\n')), header])
}

function recordOf(call: Repeatable): Buffer | undefined {
  const { sourceIpAddress, userAgent, encryptionContext, requestId, eventId } = HOLES
  const record = call.record({
    ...{ eventId, requestId, sourceIpAddress, userAgent, encryptionContext },
    eventTime: EVENT_TIME,
  })
  return holed(record, [
    [`"eventTime":"${EVENT_TIME_TEXT}"`, '"eventTime":"\x03"'],
    [sourceIpAddress, '\x04'],
    [userAgent, '\x05'],
    ...(call.hasContext ? [[`"${encryptionContext}"`, '\x06'] as const] : []),
    [requestId, '\x07'],
    [eventId, '\x08'],
  ])
}

function answerOf({ operation, output, keyBytes }: Repeatable): Buffer | undefined {
  const { ciphertext: CiphertextBlob, plaintext: Plaintext } = HOLES
  const made = keyBytes === 0 ? {} : { CiphertextBlob }
  const text = writeJson(operation.output!, { ...output, ...made, Plaintext })
  return holed(text.toString('latin1'), [
    ...(keyBytes === 0 ? [] : [[CiphertextBlob.toString('base64'), '\x01'] as const]),
    [Plaintext.toString('base64'), '\x02'],
  ])
}

/** Undefined unless each text is there once, and nothing looks like a hole. */
function holed(
  text: string,
  holes: ReadonlyArray<readonly [text: string, hole: string]>,
): Buffer | undefined {
  let template = text
  for (const [mark, hole] of holes) {
    const parts = template.split(mark)
    if (parts.length !== 2) return undefined
    template = parts.join(hole)
  }
  return Buffer.from(template)
}
