/**
 * The key service: calls by name for a server, methods for a program, keyrings for sealed objects.
 *
 * Every call takes the same way: input checked, operation run, record durable, answer. A call that fails is
 * recorded as well, once its operation is known; when the record cannot be written, the caller is told that
 * instead of the answer. What operations do is in operations/, how JSON becomes input in wire.ts.
 *
 * @module
 */
import type { CompiledQuery } from 'kysely'
import { auditInsert } from '../audit/append.js'
import { newEventId } from '../audit/event-id.js'
import { randomId } from '../bytes/random.js'
import type { Clock } from '../clock.js'
import type { Engines } from '../engine/choose.js'
import { SealtrailError } from '../errors.js'
import { givenMembers, isPlainObject, unlike } from '../given.js'
import { type Caller, checkCaller, givenCaller } from '../iam/caller.js'
import { invariant } from '../invariant.js'
import type { Keyring } from '../message/keyring.js'
import type { Pool } from '../pool/pool.js'
import type { Root } from '../root/root.js'
import type { Store } from '../store/store.js'
import { Aliases } from './aliases.js'
import { decryptMany, type GenerateDataKeysInput, generateDataKeys } from './batch.js'
import { Call, type CallContext } from './call.js'
import type { KmsKey } from './key.js'
import { kmsKeyring, type Perform } from './keyring.js'
import { Keys } from './keys.js'
import { Locks } from './locks.js'
import { type InputOf, isOperationName, lowerCamel } from './model-types.js'
import type { AliasListEntry } from './operations/aliases.js'
import type { DecryptOutput } from './operations/crypto.js'
import type { DataKeyOutput } from './operations/data-keys.js'
import { type Parts, unsupported } from './operations/parts.js'
import { isOffered, type OfferedOperation, OPERATIONS } from './operations.js'
import type { PageInput, PageOutput } from './paging.js'
import { validateInput } from './validate.js'
import { takeInput } from './wire.js'

export type { CallContext } from './call.js'

export interface KmsOptions {
  readonly store: Store
  readonly root: Root
  /** `small` wraps and unwraps; the root's handles must be of this engine. */
  readonly engines: Engines
  readonly pool: Pool
  readonly clock: Clock
  /** Keys kept in memory with their material; 4,096 unless said. */
  readonly keysMax?: number
  /** Aliases kept in memory; 16,384 unless said. */
  readonly aliasesMax?: number
}

/** For whoever answers many callers. */
export interface KmsService {
  /**
   * Runs `operation` on an AWS-shaped input for the caller of `context`; operations that answer nothing
   * resolve to an empty object.
   * @throws SealtrailError with AWS's code and message.
   */
  call(operation: string, input: object, context: CallContext): Promise<object>
  /** The same service, as one caller sees it. */
  as(caller: Caller, door?: Door): Kms
  /** Waits for calls under way, then wipes every key handle. Twice is fine. */
  close(): Promise<void>
}

/** How a program's calls show in their records. */
export interface Door {
  readonly sourceIpAddress: string
  readonly userAgent: string
}

/** A method for each operation, such as `generateDataKey` for GenerateDataKey. */
type KmsMethods = {
  readonly [Name in OfferedOperation as Uncapitalize<Name>]: (
    input: InputOf<Name>,
  ) => ReturnType<(typeof OPERATIONS)[Name]['run']>
}

export interface Kms extends KmsMethods {
  /** Many data keys of one kind under one key, with one wait for the disk. A record for each. */
  generateDataKeys(input: GenerateDataKeysInput): Promise<DataKeyOutput[]>
  /**
   * Many blobs, with one wait for the disk; outcomes in the order of `inputs`, a record for each.
   * @throws SealtrailError only when nothing could be answered.
   */
  decryptMany(
    inputs: ReadonlyArray<InputOf<'Decrypt'>>,
  ): Promise<Array<PromiseSettledResult<DecryptOutput>>>
  /** Data keys for sealed objects under the key that `keyId` names; without one, only to open them. */
  keyring(options?: { readonly keyId?: string | undefined }): Keyring
  /** Every key of the account and region, page by page. */
  everyKey(): AsyncIterable<{ readonly KeyId: string; readonly KeyArn: string }>
  /** Every alias of the account and region, page by page. */
  everyAlias(): AsyncIterable<AliasListEntry>
}

const KEYS_MAX = 4096
const ALIASES_MAX = 16_384
const EMBEDDED: Door = { sourceIpAddress: '127.0.0.1', userAgent: 'sealtrail' }

/**
 * Deletes what was due while nobody ran.
 * @throws SealtrailError `StoreFailed`
 */
export async function createKms(options: KmsOptions): Promise<KmsService> {
  const { store, root, clock, keysMax = KEYS_MAX, aliasesMax = ALIASES_MAX } = options
  const locks = new Locks()
  const aliases = new Aliases(store, locks, aliasesMax)
  const recordDeletion = (key: KmsKey) => deletionRecord(store, clock, key)
  const keys = new Keys({ store, root, clock, locks, aliases, keysMax, recordDeletion })
  await keys.deleteDue()
  return new Service({ ...options, keys, aliases })
}

class Service implements KmsService {
  readonly #parts: Parts
  readonly #underWay = new Set<Promise<unknown>>()
  #closing: Promise<void> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async call(operation: string, input: object, context: CallContext): Promise<object> {
    if (typeof operation !== 'string' || !isOperationName(operation)) {
      throw new SealtrailError('UnknownOperationException', '')
    }
    checkContext(context)
    if (!isOffered(operation)) throw unsupported(`The operation ${operation} is not supported.`)
    const run = OPERATIONS[operation].run as Run
    const output = await this.#perform(operation, input, context, (call, checked) =>
      run(this.#parts, call, checked),
    )
    return output ?? {}
  }

  as(given: Caller, door: Door = EMBEDDED): Kms {
    const caller = givenCaller(given)
    const { sourceIpAddress, userAgent } = givenMembers(door, 'a door')
    checkContext({ caller, requestId: '', sourceIpAddress, userAgent })
    const context = (): CallContext => ({
      ...{ caller, requestId: randomId(), sourceIpAddress, userAgent },
    })
    const perform: Perform = <Name extends OfferedOperation, Output>(
      operation: Name,
      input: InputOf<Name>,
      work: (call: Call, input: InputOf<Name>) => Promise<Output>,
    ) => this.#perform(operation, input as object, context(), work as Work<Output>)
    const kms: Kms = {
      ...this.#methods(context),
      generateDataKeys: (input) => generateDataKeys(this.#parts, input, perform),
      decryptMany: (inputs) => this.#track(() => decryptMany(this.#parts, inputs, context())),
      keyring: (options = {}) => {
        const { keyId } = givenMembers(options, 'the options of a keyring')
        return kmsKeyring(this.#parts, keyId, perform)
      },
      async *everyKey() {
        for await (const page of pages(kms.listKeys)) yield* page.Keys
      },
      async *everyAlias() {
        for await (const page of pages(kms.listAliases)) yield* page.Aliases
      },
    }
    return kms
  }

  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#underWay).then(() => this.#parts.keys.close())
    return this.#closing
  }

  #methods(context: () => CallContext): KmsMethods {
    const methods: Record<string, unknown> = {}
    for (const name of Object.keys(OPERATIONS)) {
      methods[lowerCamel(name)] = (input: object = {}) => this.call(name, input, context())
    }
    return methods as unknown as KmsMethods
  }

  #perform<Output>(
    operation: OfferedOperation,
    given: object,
    context: CallContext,
    work: Work<Output>,
  ): Promise<Output> {
    return this.#track(async () => {
      const call = new Call(operation, OPERATIONS[operation].isReadOnly, context, this.#parts)
      let input: { readonly Plaintext?: Uint8Array } | undefined
      try {
        input = takeInput(operation, given)
        validateInput(operation, input)
        call.showInput(input)
        await this.#parts.keys.deleteDue()
        const output = await work(call, input)
        invariant(call.isRecorded, 'an operation leaves a record before it answers')
        return output
      } catch (error) {
        if (!call.isRecorded) await call.fail(error)
        throw error
      } finally {
        input?.Plaintext?.fill(0)
      }
    })
  }

  async #track<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    if (this.#closing !== undefined) throw new SealtrailError('Closed', 'the key service is closed')
    const answer = work()
    this.#underWay.add(answer)
    try {
      return await answer
    } finally {
      this.#underWay.delete(answer)
    }
  }
}

/** @throws SealtrailError `InputInvalid` for what a record could not show */
function checkContext(context: CallContext): void {
  if (!isPlainObject(context)) throw unlike('the context of a call', 'a plain object', context)
  checkCaller(context.caller)
  for (const member of ['requestId', 'sourceIpAddress', 'userAgent'] as const) {
    if (typeof context[member] !== 'string') throw unlike(member, 'a string', context[member])
  }
}

type Run = (parts: Parts, call: Call, input: object) => Promise<object | undefined>
/** `input` has passed the checks, so it is what the operation takes. */
type Work<Output> = (call: Call, input: object) => Promise<Output>

async function* pages<Page extends PageOutput>(
  list: (input: PageInput) => Promise<Page>,
): AsyncGenerator<Page> {
  let Marker: string | undefined
  do {
    const page = await list({ Marker })
    yield page
    Marker = page.NextMarker
  } while (Marker !== undefined)
}

/** KMS itself deletes a key, days after somebody asked for it. */
function deletionRecord(store: Store, clock: Clock, key: KmsKey): CompiledQuery {
  const eventTime = clock.now()
  const service = 'kms.amazonaws.com'
  return auditInsert(store, {
    eventId: newEventId(eventTime),
    eventTime,
    eventSource: service,
    eventName: 'DeleteKey',
    account: key.account,
    region: key.region,
    identity: { type: 'AWSService', invokedBy: service },
    sourceIpAddress: service,
    userAgent: service,
    requestId: randomId(),
    readOnly: false,
    requestParameters: null,
    responseElements: { keyId: key.arn },
    resources: [{ accountId: key.account, type: 'AWS::KMS::Key', arn: key.arn }],
  })
}
