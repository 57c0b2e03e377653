/**
 * What a target can be asked, whatever it is: calls that tell how they ended by calling back, once.
 *
 * Not promises: a run asks tens of thousands of times a second, and a target with callbacks of its own (wire/sender.ts) needs no
 * more. A failure is a code, AWS's where AWS has one, or the system's. A target offers those groups that it has.
 *
 * @module
 */

import type { SigningAlgorithm } from '../../kms/specs/key-specs.js'
import type { Check } from '../report/run.js'
import type { Encryption } from '../scenario/scenario.js'

/** `code` is undefined of a call that was answered well. */
export type Done<Answer> = (code: string | undefined, answer?: Answer) => void

export type KmsOperation = 'GenerateDataKey' | 'Encrypt' | 'Decrypt' | 'Sign' | 'Verify'

export interface KmsInput {
  readonly KeyId?: string
  readonly KeySpec?: 'AES_256'
  readonly Plaintext?: Uint8Array
  readonly CiphertextBlob?: Uint8Array
  readonly EncryptionContext?: Readonly<Record<string, string>>
  readonly Message?: Uint8Array
  readonly Signature?: Uint8Array
  readonly SigningAlgorithm?: SigningAlgorithm
}

/** Members are made when they are read: to be read at once, and once. */
export interface KmsAnswer {
  readonly Plaintext?: Uint8Array | undefined
  readonly CiphertextBlob?: Uint8Array | undefined
  readonly Signature?: Uint8Array | undefined
  readonly SignatureValid?: boolean | undefined
}

export interface KmsCalls {
  /** Made once, sent often. */
  request(operation: KmsOperation, input: KmsInput): object
  /** @param request one of {@link request}'s */
  send(request: object, done: Done<KmsAnswer>): void
}

export interface ObjectCalls {
  /** `body` stays as it is until then. */
  put(key: string, body: Uint8Array, encryption: Encryption, done: Done<void>): void
  /** @param bytesMax what is longer is broken off, where it comes from another process */
  get(key: string, encryption: Encryption, bytesMax: number, done: Done<Uint8Array>): void
  /** A page of keys behind `after`; empty at the end. */
  list(prefix: string, after: string, done: Done<readonly string[]>): void
}

export interface LogCalls {
  /**
   * Lines of events, compressed, sealed and put; durable when done, with the bytes that are stored, where they are known.
   * @param number another one for each call, of all processes
   */
  write(number: number, lines: Uint8Array, done: Done<number | undefined>): void
  /** Names of log files of this run, in the order of their names, behind `after`; empty at the end. */
  list(after: string, done: Done<readonly string[]>): void
  /** What a log file holds, opened and unpacked: `{"Records":[…]}`. */
  read(name: string, done: Done<Uint8Array>): void
}

/** Log files of other events. */
export type AuditEventLogs = Pick<LogCalls, 'list' | 'read'>

export interface AuditEventCalls {
  /** Answers the eventIDs that were told, by the ids of the events. @param events each a whole event, of the channel's form */
  put(
    events: ReadonlyArray<{ readonly id: string; readonly text: string }>,
    done: Done<ReadonlyMap<string, string>>,
  ): void
  /** Of a day, as `2026-01-02`; undefined where they cannot be read. */
  logsOf(day: string): AuditEventLogs | undefined
}

/** Whether what was answered well is recorded. */
export interface RecordsChecked {
  /** Records from here on count. */
  begin(): Promise<void>
  check(): Promise<readonly Check[]>
}

export interface Target {
  /** The key that is used: id or ARN. */
  readonly keyId: string
  /** Keys that sign, by their key specs. */
  readonly signingKeys: Readonly<Record<string, string>>
  /** 12 digits: whose the events are. */
  readonly account: string
  readonly kms: KmsCalls | undefined
  readonly objects: ObjectCalls | undefined
  readonly logs: LogCalls | undefined
  readonly auditEvents: AuditEventCalls | undefined
  /** Where records can be read. */
  readonly records: RecordsChecked | undefined
  close(): Promise<void>
}

/** A callback as a promise, for what is not measured. @throws CallFailed */
export function asked<Answer>(call: (done: Done<Answer>) => void): Promise<Answer> {
  return new Promise((resolve, reject) =>
    call((code, answer) => {
      if (code === undefined) resolve(answer as Answer)
      else reject(new CallFailed(code))
    }),
  )
}

/** A call that was not answered well; its code is all there is to say. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed'
  readonly code: string

  constructor(code: string) {
    super(code)
    this.code = code
  }
}
