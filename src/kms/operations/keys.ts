/**
 * CreateKey, DescribeKey, ListKeys, UpdateKeyDescription.
 *
 * @module
 */
import { randomId } from '../../bytes/random.js'
import type { KeyHandle } from '../../engine/engine.js'
import { invariant } from '../../invariant.js'
import type { Call } from '../../service/calls/call.js'
import { openPage, type PageOutput } from '../../service/page.js'
import type { Change } from '../../store/change.js'
import { checkGrantTokens } from '../grants/tokens.js'
import { type KeyMetadata, type KmsKey, keyArn, keyMetadata, keyResource } from '../keys/key.js'
import { type MaterialHandle, newMaterialId, wrapMaterial } from '../keys/material.js'
import { type KeyMaterial, putMaterial } from '../keys/material-rows.js'
import { defaultPolicy } from '../keys/policy.js'
import { putKey, readKeyIds, readRelated } from '../keys/rows.js'
import { checkKeyState } from '../keys/states.js'
import { withTags } from '../keys/tags.js'
import type { InputOf } from '../model/kms.js'
import type { Parts } from '../parts.js'
import { invalid, unsupported } from '../refusals.js'
import { algorithmsOf, KEY_SPECS, SYMMETRIC } from '../specs/key-specs.js'
import { type KeyKind, kmsFact } from '../use/facts.js'
import { changeKey, findKey } from '../use/find-key.js'
import { mayInAccount } from '../use/may-use.js'
import { checkNewPolicy } from './key-policies.js'
import { inKeyStore } from './key-stores/external-key.js'

export interface KeyOutput {
  readonly KeyMetadata: KeyMetadata
}

export interface ListKeysOutput extends PageOutput {
  readonly Keys: readonly { readonly KeyId: string; readonly KeyArn: string }[]
}

const FIRST_MATERIAL = 1
const ORIGINS: readonly string[] = ['AWS_KMS', 'EXTERNAL', 'EXTERNAL_KEY_STORE']
const LIST_LIMITS = { usual: 100, max: 1000 }

/** What a seed brings; otherwise both are drawn. */
export interface ChosenKey {
  readonly keyId: string
  /** Whoever gives it releases it. */
  readonly material: KeyHandle | undefined
}

export async function createKey(
  parts: Parts,
  call: Call,
  input: InputOf<'CreateKey'>,
  chosen?: ChosenKey,
): Promise<KeyOutput> {
  mayInAccount(call, { key: kindOf(input) })
  checkWanted(input)
  const wanted = wantedKey(parts, call, input, chosen?.keyId ?? newKeyId(input))
  if (wanted.tags.length > 0) mayTag(call, wanted)
  const principals = input.Policy === undefined ? [] : checkNewPolicy(parts, call, wanted, input)
  return await inKeyStore(parts, call, input, (external) =>
    makeKey(parts, call, { ...wanted, principals, external }, { material: chosen?.material }),
  )
}

interface Making {
  readonly material?: KeyHandle | undefined
  /** Become true with the key. */
  readonly changes?: readonly Change[]
}

/** For whoever may have it made. */
export async function makeKey(
  parts: Parts,
  call: Call,
  wanted: Omit<KmsKey, 'shredId'>,
  { material: chosen, changes = [] }: Making,
): Promise<KeyOutput> {
  const { key, materials, shred } = await firstMaterials(parts, wanted, chosen)
  const output = { KeyMetadata: keyMetadata(key, materials) }
  showDefaults(call, key)
  if (chosen !== undefined) call.showBeside({ keyMaterial: 'given' })
  call.uses(keyResource(key))
  const shreds = [{ keep: key.shredId, bytes: shred }]
  const put = materials.map((material) => putMaterial(parts.root, key, material))
  await call.succeed([putKey(parts.root, key), ...put, ...changes], output, { shreds })
  parts.keys.add(key, materials, new Map([[key.shredId, shred]]))
  return output
}

/** Before it has material. */
export type WantedKey = Omit<KmsKey, 'shredId' | 'principals'>

export function newKeyId({ MultiRegion }: InputOf<'CreateKey'>): string {
  return MultiRegion ? `mrk-${randomId().replaceAll('-', '')}` : randomId()
}

export function wantedKey(
  parts: Parts,
  { caller }: Call,
  input: InputOf<'CreateKey'>,
  keyId: string,
): WantedKey {
  const { account, region } = caller
  return {
    account,
    region,
    keyId,
    arn: keyArn({ account, region }, keyId),
    createdAt: parts.clock.now(),
    description: descriptionOf(input.Description ?? ''),
    keyState: input.Origin === 'EXTERNAL' ? 'PendingImport' : 'Enabled',
    deletionAt: undefined,
    ...kindOf(input),
    policy: input.Policy ?? defaultPolicy(caller),
    tags: withTags([], input.Tags ?? []),
    currentMaterial: FIRST_MATERIAL,
  }
}

/** Who makes a key with tags must be allowed to tag by his own policies. */
export function mayTag(call: Call, { account, arn, ...key }: WantedKey): void {
  const fact = (name: string) => kmsFact({ call, key }, name)
  call.may({ action: 'kms:TagResource', owner: account, region: key.region, arn, fact })
}

export async function describeKey(
  parts: Parts,
  call: Call,
  input: InputOf<'DescribeKey'>,
): Promise<KeyOutput> {
  checkGrantTokens(parts.root, input.GrantTokens)
  const { key, materials } = await findKey(parts, call, input.KeyId)
  checkKeyState(call.operation, key)
  const others = await readRelated(parts.store, key)
  await call.succeed()
  return { KeyMetadata: keyMetadata(parts.stores.asShown(key), materials.all, others) }
}

export async function listKeys(
  parts: Parts,
  call: Call,
  input: InputOf<'ListKeys'>,
): Promise<ListKeysOutput> {
  const page = openPage('keys', /^\d{1,15}$/, input, LIST_LIMITS)
  mayInAccount(call)
  const rows = await readKeyIds(parts.store, call.caller, Number(page.after ?? 0), page.rows)
  const [items, rest] = page.cut(rows, (row) => String(row.seq))
  const Keys = items.map(({ key_id }) => {
    return { KeyId: key_id, KeyArn: keyArn(call.caller, key_id) }
  })
  await call.succeed()
  return { Keys, ...rest }
}

export async function updateKeyDescription(
  parts: Parts,
  call: Call,
  input: InputOf<'UpdateKeyDescription'>,
): Promise<void> {
  const description = descriptionOf(input.Description)
  await changeKey(parts, call, input.KeyId, async (key) => {
    const next = { ...key, description }
    await call.succeed([putKey(parts.root, next)])
    return { next, answer: undefined }
  })
}

/** The database keeps any text but this. */
export function descriptionOf(text: string): string {
  if (text.includes('\0')) throw invalid('A description cannot hold the character NUL.')
  return text
}

/** Fresh unless it is chosen, as a symmetric key's may be; none, when it will be imported. Whoever asked releases it. */
async function firstHandle(
  { engines, freshKeys }: Parts,
  { keySpec, origin, account }: Omit<KmsKey, 'shredId'>,
  chosen: KeyHandle | undefined,
): Promise<MaterialHandle | undefined> {
  if (origin === 'EXTERNAL') return undefined
  if (chosen !== undefined) return engines.small.cloneKey(chosen)
  if (keySpec === SYMMETRIC) return engines.small.generateKey()
  invariant(keySpec !== 'SM2', 'there are no keys of SM2')
  return await freshKeys.make(keySpec, account)
}

interface First {
  readonly key: KmsKey
  readonly materials: readonly KeyMaterial[]
  readonly shred: Uint8Array
}

/** The key with its shred, and its material wrapped under that. */
async function firstMaterials(
  parts: Parts,
  wanted: Omit<KmsKey, 'shredId'>,
  chosen: KeyHandle | undefined,
): Promise<First> {
  const version = wanted.currentMaterial
  const handle = await firstHandle(parts, wanted, chosen)
  try {
    const shredKey = parts.root.newShredKey()
    try {
      const key: KmsKey = { ...wanted, shredId: shredKey.id }
      const facts = { version, materialId: newMaterialId(), createdAt: parts.clock.now() }
      const materials = handle === undefined ? [] : [wrapMaterial(shredKey, key, handle, facts)]
      return { key, materials, shred: shredKey.bytes }
    } finally {
      shredKey.release()
    }
  } finally {
    handle?.release()
  }
}

/** What is wanted, before it is known whether we make such keys. */
function kindOf(input: InputOf<'CreateKey'>): KeyKind {
  return {
    keySpec: input.KeySpec ?? input.CustomerMasterKeySpec ?? SYMMETRIC,
    keyUsage: input.KeyUsage ?? 'ENCRYPT_DECRYPT',
    origin: input.Origin ?? 'AWS_KMS',
    multiRegion: input.MultiRegion ?? false,
  }
}

/** What we do not make is refused by name. */
function checkWanted(input: InputOf<'CreateKey'>): void {
  const { KeySpec, CustomerMasterKeySpec, KeyUsage } = input
  if (KeySpec !== undefined && CustomerMasterKeySpec !== undefined) {
    throw invalid(
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    )
  }
  const kind = kindOf(input)
  const { keySpec, keyUsage, origin } = kind
  if (keySpec !== SYMMETRIC && KeyUsage === undefined) {
    throw invalid(
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    )
  }
  if (KEY_SPECS[keySpec] === undefined) throw unsupported(`KeySpec ${keySpec} is not supported.`)
  if (algorithmsOf(kind).length === 0) {
    throw invalid(`KeyUsage ${keyUsage} is not compatible with KeySpec ${keySpec}`)
  }
  if (!ORIGINS.includes(origin)) throw unsupported(`Origin ${origin} is not supported.`)
  if (origin === 'EXTERNAL' && keySpec.startsWith('ML_DSA_')) {
    throw unsupported(`Origin ${origin} is not supported for KeySpec ${keySpec}.`)
  }
}

/** AWS's record of CreateKey names what was made also where the caller did not. */
function showDefaults(call: Call, key: KmsKey): void {
  call.showDefault('description', key.description)
  call.showDefault('keyUsage', key.keyUsage)
  call.showDefault('keySpec', key.keySpec)
  call.showDefault('customerMasterKeySpec', key.keySpec)
  call.showDefault('origin', key.origin)
  call.showDefault('multiRegion', key.multiRegion)
  call.showDefault('bypassPolicyLockoutSafetyCheck', false)
}
