/**
 * The key service: calls by name for a server, methods for a program, keyrings for sealed objects.
 *
 * The way that every call takes is service/service.ts; what operations do is in operations/, how an input looks is
 * its source's business.
 *
 * @module
 */
import type { X509Certificate } from 'node:crypto'
import type { LastUses } from '../audit/key-uses.js'
import type { Place } from '../aws/arn.js'
import { lowerCamel } from '../aws/model.js'
import { randomId } from '../bytes/random.js'
import { type Clock, systemClock } from '../clock.js'
import type { Engines } from '../engine/choose.js'
import { givenMembers, reading } from '../given.js'
import type { Keyring } from '../message/keyring.js'
import type { Directory } from '../policy/grammar/identified.js'
import type { Pool } from '../pool/pool.js'
import type { Root } from '../root/root.js'
import type { Caller } from '../service/caller.js'
import type { Call } from '../service/calls/call.js'
import type { CallContext, CallSource } from '../service/calls/call-context.js'
import type { Gate } from '../service/gate.js'
import { pagesOf } from '../service/page.js'
import { Schedule } from '../service/schedule.js'
import { openSeenTime, type SeenTime } from '../service/seen-time.js'
import {
  type AwsService,
  type Read,
  Service,
  type ServiceTable,
  valuesOf,
} from '../service/service.js'
import { Locks } from '../store/keep/locks.js'
import type { Store } from '../store/store.js'
import { decryptMany, type GenerateDataKeysInput, generateDataKeys } from './batch.js'
import { DataKeyHandles } from './handles.js'
import { ImportedExpiry } from './imports/expiry.js'
import { kmsKeyring } from './keyring.js'
import { keepAliases } from './keys/aliases.js'
import { AutomaticRotation } from './keys/automatic-rotation.js'
import { FreshKeys } from './keys/fresh.js'
import type { KmsKey } from './keys/key.js'
import { Keys } from './keys/keys.js'
import type { CachedKey } from './keys/material.js'
import type { KeyMaterial } from './keys/material-rows.js'
import { type ManagingService, managedKey } from './managed.js'
import { type InputOf, KMS_API, type OperationName } from './model/kms.js'
import type { AliasListEntry } from './operations/aliases.js'
import type { Decrypted, DecryptOutput } from './operations/crypto.js'
import type { DataKeyOutput } from './operations/data-keys.js'
import { type ChosenKey, createKey } from './operations/keys.js'
import { OPERATIONS } from './operations.js'
import type { Parts } from './parts.js'
import { KeyManager } from './proxy/key-manager.js'
import { RequestQuotas } from './quotas/quotas.js'
import { TrustedChains } from './recipient/trusted-chains.js'
import { AWS_ROOTS } from './recipient/trusted-roots.js'
import { EVENT_SOURCE, recordOfDeletion, recordOfExpiry, recordsOfRotation } from './records.js'
import { Stores } from './stores/stores.js'
import { askKms, type KmsQuestion } from './use/ask.js'
import { keyNamed } from './use/find-key.js'
import { Proxies } from './xks/proxies.js'

export interface KmsOptions {
  readonly store: Store
  readonly root: Root
  /** `small` wraps and unwraps; the root's handles must be of this engine. */
  readonly engines: Engines
  readonly pool: Pool
  readonly clock: Clock
  /** Whom key policies may name. */
  readonly principals: Directory
  /** When keys were last used. */
  readonly keyUses: LastUses
  /** Commits are only collected, and not seen: nothing is done by itself. */
  readonly isDraft?: boolean
  /** Asked in front of every call. */
  readonly faults?: Gate | undefined
  /** The region whose request quotas of AWS's hold; none do unless said. */
  readonly quotasOf?: string | undefined
  /** Whom attestation documents of recipients must lead back to; AWS unless said. */
  readonly attestationRoots?: readonly X509Certificate[]
  /** Of external key stores; by their names alone unless given. */
  readonly proxies?: Proxies
  /** Calls that wait for one of them at once; as many as come unless said. */
  readonly proxyUsesMax?: number
  /** Keys kept in memory with their material; 4,096 unless said. */
  readonly keysMax?: number
}

/** For whoever answers many callers. */
export interface KmsService extends AwsService {
  /** The same service, as one caller sees it, who has been believed. */
  as(caller: Caller, source?: CallSource): Kms
  /**
   * Asks `call.may` what its operation would ask of a key or an alias, and does nothing.
   * @throws SealtrailError `InputInvalid`, `NotFoundException`
   */
  ask(call: Call, question: KmsQuestion): Promise<void>
  /** The ARN of the key that is named so in any of the four forms: nobody is asked. Undefined when there is none. */
  keyArn(keyId: string, place: Place): Promise<string | undefined>
  /** For whoever seals in this process, in the name of others. */
  readonly dataKeys: DataKeyHandles
  /** For a KMS elsewhere, whose external keys are keys of ours. */
  readonly keyManager: KeyManager
  /** The ARN of the key that an AWS service has for the account; made when there is none yet. */
  managedKey(by: ManagingService, place: Place): Promise<string>
  /** CreateKey, of a key that a seed brings. */
  createChosenKey(chosen: ChosenKey, read: Read, context: CallContext): Promise<object>
  /**
   * Somebody says that the wall clock is right: keys whose waiting period is over by it are deleted at once.
   * Otherwise time counts that was seen to pass (service/seen-time.ts).
   */
  confirmClock(): Promise<void>
  /** For whoever else destroys what is due. */
  readonly seenTime: SeenTime
  /** Waits for calls under way, then wipes every key handle. Twice is fine. */
  close(): Promise<void>
}

/** A method for each operation, such as `generateDataKey` for GenerateDataKey. */
type KmsMethods = {
  readonly [Name in OperationName as Uncapitalize<Name>]: Method<
    InputOf<Name>,
    Awaited<ReturnType<(typeof OPERATIONS)[Name]['run']>>
  >
}

/** Without a recipient, an answer shows its secret; with one, it is sealed. */
type Method<Input, Output> = 'Recipient' extends keyof Input
  ? {
      (input: Unsealed<Input>): Promise<Exclude<Output, Sealed>>
      (input: Input & { readonly Recipient: object }): Promise<Extract<Output, Sealed>>
      (input: Input): Promise<Output>
    }
  : (input: Input) => Promise<Output>
type Unsealed<Input> = Input & { readonly Recipient?: undefined }
type Sealed = { readonly CiphertextForRecipient: Uint8Array }

export interface Kms extends KmsMethods {
  /** Many data keys of one kind under one key, with one wait for the disk. A record for each. */
  readonly generateDataKeys: {
    (input: Unsealed<GenerateDataKeysInput>): Promise<DataKeyOutput[]>
    (input: GenerateDataKeysInput): ReturnType<typeof generateDataKeys>
  }
  /**
   * Many blobs, with one wait for the disk; outcomes in the order of `inputs`, a record for each.
   * @throws SealtrailError only when nothing could be answered.
   */
  readonly decryptMany: {
    (
      inputs: ReadonlyArray<Unsealed<InputOf<'Decrypt'>>>,
    ): Promise<Array<PromiseSettledResult<DecryptOutput>>>
    (inputs: ReadonlyArray<InputOf<'Decrypt'>>): Promise<Array<PromiseSettledResult<Decrypted>>>
  }
  /** Data keys for sealed objects under the key that `keyId` names; without one, only to open them. */
  keyring(options?: { readonly keyId?: string | undefined }): Keyring
  /** Every key of the account and region, page by page. */
  everyKey(): AsyncIterable<{ readonly KeyId: string; readonly KeyArn: string }>
  /** Every alias of the account and region, page by page. */
  everyAlias(): AsyncIterable<AliasListEntry>
}

const KEYS_MAX = 4096
const ALIASES_MAX = 16_384
const EMBEDDED: CallSource = { sourceIpAddress: '127.0.0.1', userAgent: 'sealtrail' }

const TABLE: ServiceTable<Parts> = {
  api: KMS_API,
  eventSource: EVENT_SOURCE,
  internalFault: 'KMSInternalException',
  records: { hasEmptyResources: true },
  operations: OPERATIONS,
}

/**
 * Deletes what was due while nobody ran.
 * @throws SealtrailError `StoreFailed`
 */
export async function createKms(options: KmsOptions): Promise<KmsService> {
  const { store, root, clock, keysMax = KEYS_MAX, isDraft = false } = options
  const locks = new Locks()
  const aliases = keepAliases(store, locks, ALIASES_MAX)
  const recordDeletion = (key: KmsKey) => recordOfDeletion(clock.now(), key)
  const keys = new Keys({ store, root, locks, aliases, keysMax, recordDeletion })
  const seenTime = await openSeenTime(store, clock)
  const schedule = new Schedule(seenTime)
  const recordsOf = (rotated: readonly KmsKey[]) =>
    recordsOfRotation(clock.now(), rotated, 'AUTOMATIC')
  const rotations = new AutomaticRotation({ ...options, keys, recordsOf })
  const recordOf = (key: KmsKey, { materialId }: KeyMaterial) =>
    recordOfExpiry(clock.now(), key, materialId)
  const expiry = new ImportedExpiry({ store, root, keys, recordOf })
  if (!isDraft) for (const due of [keys, expiry, rotations, seenTime]) schedule.add(due)
  await schedule.catchUp()
  const { proxies = new Proxies({ clock: systemClock }), proxyUsesMax } = options
  const stores = await Stores.open({ store, root, locks, proxies, isDraft, proxyUsesMax })
  const attestationChains = new TrustedChains(options.attestationRoots ?? AWS_ROOTS)
  const quotas = quotasFor(options, (place, keyId) => keyNamed(parts, place, keyId))
  const freshKeys = new FreshKeys(options.engines.small)
  const parts: Parts = {
    ...{ ...options, keys, freshKeys, aliases, rotations, expiry, schedule, seenTime },
    ...{ stores, proxies, quotas, attestationChains },
  }
  const service = new Service(TABLE, parts, gateOf(parts, options.faults))
  const dataKeys = new DataKeyHandles(parts, service)
  let closing: Promise<void> | undefined
  async function closeAll(): Promise<void> {
    freshKeys.close()
    await service.close()
    await stores.close()
    await proxies.close()
    await seenTime.close()
  }
  return {
    api: service.api,
    call: (operation, read, context) => service.call(operation, read, context),
    dataKeys,
    keyManager: new KeyManager(parts, service),
    seenTime,
    managedKey: (by, place) => managedKey(parts, service, by, place),
    as: (caller, source = EMBEDDED) => kmsAs(parts, service, dataKeys, caller, source),
    async ask(call, question) {
      await schedule.catchUp()
      await askKms(parts, call, question)
    },
    async keyArn(keyId, place) {
      await schedule.catchUp()
      return (await keyNamed(parts, place, keyId))?.key.arn
    },
    createChosenKey: (chosen, read, context) =>
      service.perform('CreateKey', read, context, (call, input) =>
        createKey(parts, call, input as InputOf<'CreateKey'>, chosen),
      ),
    async confirmClock() {
      seenTime.confirm()
      await schedule.catchUp()
    },
    async close() {
      closing ??= closeAll()
      await closing.finally(() => keys.close())
    },
  }
}

function quotasFor(
  { clock, quotasOf }: KmsOptions,
  find: (place: Place, keyId: string) => Promise<CachedKey | undefined>,
): RequestQuotas | undefined {
  if (quotasOf === undefined) return undefined
  const specOf = async (place: Place, keyId: string) => (await find(place, keyId))?.key.keySpec
  return new RequestQuotas({ clock, region: quotasOf, specOf })
}

/** What is due happens before every call. */
function gateOf({ schedule, quotas }: Parts, faults: Gate | undefined): Gate {
  if (quotas === undefined && faults === undefined) return () => schedule.catchUp()
  return async (call) => {
    await schedule.catchUp()
    await faults?.(call)
    await quotas?.take(call)
  }
}

function kmsAs(
  parts: Parts,
  service: Service<Parts>,
  dataKeys: DataKeyHandles,
  caller: Caller,
  source: CallSource,
): Kms {
  const context = (): CallContext => ({ caller, requestId: randomId(), ...source })
  // Which answer belongs to which input, types cannot follow through the service.
  const kms = {
    ...methods(service, context),
    generateDataKeys: (input) =>
      service.perform('GenerateDataKey', valuesOf(input), context(), (call, checked) =>
        generateDataKeys(parts, call, checked as InputOf<'GenerateDataKey'>, countIn(input)),
      ),
    decryptMany: (inputs) => service.track(() => decryptMany(parts, service, inputs, context())),
    keyring: (options = {}) => {
      const { keyId } = givenMembers(options, 'the options of a keyring')
      return kmsKeyring(dataKeys, context, keyId)
    },
    async *everyKey() {
      for await (const page of pagesOf(kms.listKeys)) yield* page.Keys
    },
    async *everyAlias() {
      for await (const page of pagesOf(kms.listAliases)) yield* page.Aliases
    },
  } as Kms
  return kms
}

/** Of an input that has been taken; this member is ours, and AWS's model does not know it. */
function countIn(input: GenerateDataKeysInput): number {
  return reading('NumberOfKeys', () => input.NumberOfKeys)
}

function methods(service: AwsService, context: () => CallContext): KmsMethods {
  const made: Record<string, unknown> = {}
  for (const name of Object.keys(OPERATIONS)) {
    made[lowerCamel(name)] = (input: unknown) => service.call(name, valuesOf(input), context())
  }
  return made as unknown as KmsMethods
}
