/**
 * Calls of KMS under encryption contexts: GenerateDataKey, Encrypt, Decrypt.
 *
 * What is wrapped is unwrapped again, of a share of the calls, under its context and under another one, which must be refused;
 * what Decrypt gives is always compared, and no data key may come twice. Requests are made before the run: each is sent many times.
 *
 * @module
 */
import { hash } from 'node:crypto'
import { SealtrailError } from '../../errors.js'
import { NumberList } from '../targets/number-list.js'
import type { KmsAnswer, KmsCalls, KmsOperation } from '../targets/target.js'
import { askedAgain, Behind, isNoAnswer } from './behind.js'
import { Checking, Sampler } from './checking.js'
import { inParallel } from './in-parallel.js'
import type { Answering, Work, WorkParts } from './work.js'

const BLOBS_MIN = 64
const DATA_KEY_BYTES = 32
/** Of a million marks of 52 bits two are the same once in ten thousand runs. */
const KEYS_KNOWN_MAX = 1_000_000
const MARK_DIGITS = 13
/** AWS's, of a context that does not fit. */
const REFUSAL = 'InvalidCiphertextException'

interface Sending {
  readonly request: object
  readonly context: Readonly<Record<string, string>>
  /** What goes in, or must come out. */
  readonly plaintext: Uint8Array | undefined
  readonly blob: Uint8Array | undefined
}

export class KmsWork implements Work {
  readonly #operation: KmsOperation
  readonly #parts: WorkParts
  readonly #kms: KmsCalls
  readonly #answering: Answering
  readonly #sampler: Sampler
  readonly #behind = new Behind()
  readonly #gives: Checking
  readonly #refuses = new Checking('kms refuses another context')
  readonly #once = new Checking('kms gives each data key once')
  /** What data keys that were looked at are known by. */
  readonly #keys = new NumberList()
  #sendings: readonly Sending[] = []
  #next = 0

  constructor(operation: KmsOperation, parts: WorkParts) {
    const { kms } = parts.target
    if (kms === undefined) throw new SealtrailError('TargetFailed', 'the target has no KMS')
    this.#operation = operation
    this.#parts = parts
    this.#kms = kms
    this.#answering = parts.answering
    this.#sampler = new Sampler(parts.check)
    this.#gives = new Checking('kms.Decrypt gives what was wrapped')
  }

  get checks(): readonly Checking[] {
    return [this.#gives, this.#refuses, this.#once]
  }

  async prepare(): Promise<void> {
    const { contexts } = this.#parts.settings
    const count = this.#operation === 'Decrypt' ? Math.max(BLOBS_MIN, contexts) : contexts
    this.#sendings = await inParallel(count, (number) => this.#sendingOf(number))
  }

  isReady(): boolean {
    return true
  }

  begin(slot: number): void {
    const sending = this.#sendings[this.#next]!
    this.#next = this.#next + 1 === this.#sendings.length ? 0 : this.#next + 1
    this.#kms.send(sending.request, (code, answer) => {
      if (answer !== undefined) this.#look(sending, answer)
      this.#answering.done(slot, code, sending.plaintext?.length ?? DATA_KEY_BYTES)
    })
  }

  flush(): void {}

  async verify(): Promise<void> {
    const repeated = this.#keys.repeated()
    this.#once.noteAll(this.#keys.length, repeated, () => `${repeated} data keys were given before`)
    await this.#behind.settled()
  }

  async #sendingOf(number: number): Promise<Sending> {
    const { settings, target, seed } = this.#parts
    const KeyId = target.keyId
    const more = settings.contexts === 1 ? {} : { number: String(number % settings.contexts) }
    const EncryptionContext = { ...settings.context, ...more }
    const plaintext = plaintextOf(seed, number, settings.bytes)
    const shared = { context: EncryptionContext }
    if (this.#operation === 'GenerateDataKey') {
      const input = { KeyId, KeySpec: 'AES_256', EncryptionContext } as const
      const request = this.#kms.request('GenerateDataKey', input)
      return { ...shared, request, plaintext: undefined, blob: undefined }
    }
    const encrypt = this.#kms.request('Encrypt', { KeyId, Plaintext: plaintext, EncryptionContext })
    if (this.#operation === 'Encrypt') {
      return { ...shared, request: encrypt, plaintext, blob: undefined }
    }
    const { CiphertextBlob: blob } = await askedAgain<KmsAnswer>((done) =>
      this.#kms.send(encrypt, done),
    )
    return { ...shared, request: this.#decryption(blob, EncryptionContext), plaintext, blob }
  }

  #decryption(blob: Uint8Array | undefined, EncryptionContext: Sending['context']): object {
    const CiphertextBlob = blob ?? new Uint8Array(0)
    return this.#kms.request('Decrypt', { CiphertextBlob, EncryptionContext })
  }

  #look(sending: Sending, answer: KmsAnswer): void {
    const { context, blob } = sending
    if (this.#operation === 'Decrypt') {
      this.#compare(answer.Plaintext, sending.plaintext, context)
      if (this.#sampler.takes()) this.#tryOther(blob, context)
      return
    }
    if (!this.#sampler.takes()) return
    const { CiphertextBlob } = answer
    // It is compared later, and may be wiped before.
    const wrapped = sending.plaintext ?? answer.Plaintext?.slice()
    if (sending.plaintext === undefined && wrapped !== undefined) this.#know(wrapped)
    const request = this.#decryption(CiphertextBlob, context)
    this.#behind.look((isLast, end) =>
      this.#kms.send(request, (code, opened) => {
        const isAnswered = !isNoAnswer(code)
        if (isAnswered || isLast) this.#compare(opened?.Plaintext, wrapped, context)
        end(isAnswered)
      }),
    )
    this.#tryOther(CiphertextBlob, context)
  }

  #know(dataKey: Uint8Array): void {
    if (this.#keys.length === KEYS_KNOWN_MAX) return
    const digits = hash('sha256', dataKey, 'hex').slice(0, MARK_DIGITS)
    this.#keys.push(Number.parseInt(digits, 16))
  }

  #tryOther(blob: Uint8Array | undefined, context: Sending['context']): void {
    const other = { ...context, 'sealtrail:other': 'context' }
    const request = this.#decryption(blob, other)
    const says = (code = 'success') => `Decrypt under another context ended with ${code}`
    this.#behind.look((isLast, end) =>
      this.#kms.send(request, (code) => {
        const isAnswered = !isNoAnswer(code)
        if (isAnswered || isLast) this.#refuses.note(code === REFUSAL, () => says(code))
        end(isAnswered)
      }),
    )
  }

  #compare(
    given: Uint8Array | undefined,
    wanted: Uint8Array | undefined,
    context: Sending['context'],
  ): void {
    const holds = given !== undefined && wanted !== undefined && Buffer.compare(given, wanted) === 0
    this.#gives.note(holds, () => {
      const what = given === undefined ? 'nothing' : 'something else'
      return `${what} came back under ${JSON.stringify(context)}`
    })
  }
}

function plaintextOf(seed: number, number: number, bytes: number): Uint8Array {
  const pattern = hash('sha256', `${seed}:${number}`, 'buffer')
  return Buffer.alloc(bytes, pattern)
}
