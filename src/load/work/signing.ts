/**
 * Sign of KMS: messages under a key of a spec and an algorithm.
 *
 * Of a share of the signatures Verify must say that they are of their message, and must refuse them of another. Messages are
 * made before the run: each is sent many times.
 *
 * @module
 */
import { hash } from 'node:crypto'
import { SealtrailError } from '../../errors.js'
import type { KmsAnswer, KmsCalls } from '../targets/target.js'
import { Behind, isNoAnswer } from './behind.js'
import { Checking, Sampler } from './checking.js'
import type { Work, WorkParts } from './work.js'

const MESSAGES = 64
/** AWS's, of a signature of something else. */
const REFUSAL = 'KMSInvalidSignatureException'

interface Sending {
  readonly request: object
  readonly message: Uint8Array
}

export class SignWork implements Work {
  readonly #parts: WorkParts
  readonly #kms: KmsCalls
  readonly #key: string
  readonly #sampler: Sampler
  readonly #behind = new Behind()
  readonly #verifies = new Checking('kms.Verify knows what was signed')
  readonly #refuses = new Checking('kms.Verify refuses another message')
  readonly checks = [this.#verifies, this.#refuses]
  #sendings: readonly Sending[] = []
  #next = 0

  constructor(parts: WorkParts) {
    const { kms, signingKeys } = parts.target
    const key = signingKeys[parts.settings.keySpec]
    if (kms === undefined || key === undefined) {
      throw new SealtrailError('TargetFailed', 'the target has no KMS, or no key that signs')
    }
    this.#parts = parts
    this.#kms = kms
    this.#key = key
    this.#sampler = new Sampler(parts.check)
  }

  async prepare(): Promise<void> {
    const { seed, settings } = this.#parts
    this.#sendings = Array.from({ length: MESSAGES }, (_, number) => {
      const message = Buffer.alloc(settings.bytes, hash('sha256', `${seed}:${number}`, 'buffer'))
      return { message, request: this.#request('Sign', message) }
    })
  }

  isReady(): boolean {
    return true
  }

  begin(slot: number): void {
    const { request, message } = this.#sendings[this.#next++ % MESSAGES]!
    this.#kms.send(request, (code, answer) => {
      if (answer !== undefined && this.#sampler.takes()) this.#look(message, answer)
      this.#parts.answering.done(slot, code, message.length)
    })
  }

  flush(): void {}

  async verify(): Promise<void> {
    await this.#behind.settled()
  }

  #request(operation: 'Sign' | 'Verify', Message: Uint8Array, Signature?: Uint8Array): object {
    const signature = Signature === undefined ? {} : { Signature }
    const SigningAlgorithm = this.#parts.settings.algorithm
    return this.#kms.request(operation, {
      ...{ KeyId: this.#key, Message, SigningAlgorithm, ...signature },
    })
  }

  #look(message: Uint8Array, { Signature = new Uint8Array(1) }: KmsAnswer): void {
    const other = Uint8Array.from(message)
    other[0]! ^= 1
    this.#ask(message, Signature, this.#verifies, (code, answer) => {
      return code === undefined && answer?.SignatureValid === true
    })
    this.#ask(other, Signature, this.#refuses, (code) => code === REFUSAL)
  }

  #ask(
    message: Uint8Array,
    signature: Uint8Array,
    checking: Checking,
    holds: (code: string | undefined, answer: KmsAnswer | undefined) => boolean,
  ): void {
    const request = this.#request('Verify', message, signature)
    this.#behind.look((isLast, end) =>
      this.#kms.send(request, (code, answer) => {
        const isAnswered = !isNoAnswer(code)
        const says = () => `Verify ended with ${code ?? 'success'}`
        if (isAnswered || isLast) checking.note(holds(code, answer), says)
        end(isAnswered)
      }),
    )
  }
}
