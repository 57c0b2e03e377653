/**
 * One KMS key in memory: what is known of it, the grants on it, and handles on its material.
 *
 * Material is unwrapped by its shred key, and that by the root, when first used and stays in the engine; JavaScript never sees its
 * bytes. What is known of a key is replaced as a whole, and its material goes from one CachedKey to the next; when
 * the material is dropped (evicted, deleted, closed, or imported anew), its handles are wiped as soon as nobody uses them.
 *
 * @module
 */

import type { Place } from '../../aws/arn.js'
import { randomText } from '../../bytes/random.js'
import type { KeyHandle } from '../../engine/engine.js'
import type { PrivateKeyHandle } from '../../engine/private-keys.js'
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import type { EncryptionContext } from '../../message/encryption-context.js'
import type { Root, ShredKey } from '../../root/root.js'
import type { Tables } from '../../store/view/dialect.js'
import type { KeyGrants } from '../grants/key-grants.js'
import { goneMaterial, stateWith } from './imported.js'
import type { KmsKey } from './key.js'
import {
  type KeyMaterial,
  readMaterials,
  readShreds,
  type ShredSource,
  type Shreds,
} from './material-rows.js'

/** The right to use one version of a key's material until it is given back. */
export interface LeaseOf<Handle> {
  readonly key: KmsKey
  readonly version: number
  readonly materialId: string
  readonly handle: Handle
  /** The key cannot be used from some time on, though nobody changes it. */
  readonly expires: boolean
  /** Once, whatever happened. */
  release(): void
}

/** Of a symmetric key. */
export type Lease = LeaseOf<KeyHandle>
/** Of a key of any other spec. */
export type PrivateLease = LeaseOf<PrivateKeyHandle>

export type MaterialHandle = KeyHandle | PrivateKeyHandle

export interface CachedKey {
  readonly key: KmsKey
  readonly grants: KeyGrants
  readonly materials: Materials
}

/**
 * The key that `row` tells of, with its material. Where a repair left a row without its shred, imported material is not here any
 * more, and the key waits for it; a key whose own is gone can be looked at and deleted.
 */
export async function readKeyMaterial(
  store: Tables & ShredSource,
  root: Root,
  row: KmsKey,
): Promise<Pick<CachedKey, 'key' | 'materials'>> {
  const rows = await readMaterials(store, root, row)
  const shreds = await readShreds(store, row, rows)
  const versions = rows.map((one) => {
    const id = one.imported?.shredId
    return id === undefined || shreds.has(id) ? one : goneMaterial(one)
  })
  const isLess = versions.some((one, i) => one !== rows[i])
  const key = isLess ? { ...row, keyState: stateWith(row, versions) } : row
  return { key, materials: new Materials(key, versions, root, shreds) }
}

/** A handle on `version` of a symmetric key's material, or undefined when it never had that version. */
export function leaseOf({ key, materials }: CachedKey, version: number): Lease | undefined {
  const used = materials.use(version)
  return used && { key, version, ...used }
}

/** The material of a key that is not symmetric; it has one. */
export function privateLeaseOf({ key, materials }: CachedKey): PrivateLease {
  const version = key.currentMaterial
  return { key, version, ...materials.usePrivate(version) }
}

type Used<Handle> = Omit<LeaseOf<Handle>, 'key' | 'version'>

/** Every version of one key's material. */
export class Materials {
  readonly #key: KmsKey
  readonly #root: Root
  readonly #shreds: Shreds
  readonly #versions: Map<number, KeyMaterial>
  readonly #handles = new Map<number, MaterialHandle>()
  readonly #expires: boolean
  #users = 0
  #isDropped = false

  constructor(key: KmsKey, versions: readonly KeyMaterial[], root: Root, shreds: Shreds) {
    this.#key = key
    this.#root = root
    this.#shreds = shreds
    this.#versions = new Map(versions.map((material) => [material.version, material]))
    this.#expires = versions.some(({ imported }) => imported?.validTo !== undefined)
  }

  get versions(): number[] {
    return [...this.#versions.keys()]
  }

  /** Of all shreds under which any of it is wrapped. */
  get shredIds(): string[] {
    return [...this.#shreds.keys()]
  }

  /** In the order in which the key came by them. */
  get all(): KeyMaterial[] {
    return [...this.#versions.values()]
  }

  /** For {@link add} once it is committed. `handle` stays the caller's. */
  wrap(handle: MaterialHandle, facts: Omit<KeyMaterial, 'wrapped'>): KeyMaterial {
    const shredKey = this.#openShredKey(this.#key.shredId)
    try {
      return wrapMaterial(shredKey, this.#key, handle, facts)
    } finally {
      shredKey.release()
    }
  }

  /**
   * All of it under the shred key of a related key; of imported material only what is to be imported there, too, which what
   * waits for a rotation is not yet. `shredKey` stays the caller's.
   */
  copyTo(shredKey: ShredKey, related: KmsKey): KeyMaterial[] {
    const own = this.all.filter(({ version }) => version <= related.currentMaterial)
    return own.map((material) => {
      if (material.imported !== undefined) return goneMaterial(material)
      const used = this.#use(material.version)!
      try {
        return wrapMaterial(shredKey, related, used.handle, material)
      } finally {
        used.release()
      }
    })
  }

  add(material: KeyMaterial): void {
    this.#versions.set(material.version, material)
  }

  /**
   * The same material, but for what `changes` say: of a version, what it is from now on, or undefined where the key has it no
   * more. For a CachedKey to take the place of the one with these.
   */
  changed(
    changes: ReadonlyMap<number, KeyMaterial | undefined>,
    kept: Shreds = new Map(),
  ): Materials {
    const versions = new Map<number, KeyMaterial | undefined>([...this.#versions, ...changes])
    const left = [...versions.values()].filter((material) => material !== undefined)
    const shredIds = new Set([this.#key.shredId, ...left.map(({ imported }) => imported?.shredId)])
    const shreds = [...this.#shreds, ...kept].filter(([id]) => shredIds.has(id))
    left.sort((a, b) => a.version - b.version)
    return new Materials(this.#key, left, this.#root, new Map(shreds))
  }

  /** @throws SealtrailError `StoreDamaged` when a repair has left the key without it. */
  #openShredKey(id: string): ShredKey {
    const bytes = this.#shreds.get(id)
    if (bytes !== undefined) return this.#root.openShredKey(id, bytes)
    const { arn } = this.#key
    throw new SealtrailError('StoreDamaged', `the material of key ${arn} is gone`, { key: arn })
  }

  use(version: number): Used<KeyHandle> | undefined {
    const used = this.#use(version)
    invariant(used === undefined || !isPrivate(used.handle), 'a symmetric key is meant')
    return used as Used<KeyHandle> | undefined
  }

  usePrivate(version: number): Used<PrivateKeyHandle> {
    const used = this.#use(version)
    invariant(used !== undefined && isPrivate(used.handle), 'a key that is not symmetric is meant')
    return used as Used<PrivateKeyHandle>
  }

  #use(version: number): Used<MaterialHandle> | undefined {
    const material = this.#versions.get(version)
    if (material?.wrapped === undefined) return undefined
    let handle = this.#handles.get(version)
    if (handle === undefined) {
      handle = this.#unwrap(material, material.wrapped)
      this.#handles.set(version, handle)
    }
    this.#users++
    const release = () => {
      this.#users--
      this.#releaseUnused()
    }
    return { materialId: material.materialId, handle, expires: this.#expires, release }
  }

  #unwrap({ version, imported }: KeyMaterial, wrapped: Uint8Array): MaterialHandle {
    const { keySpec, shredId } = this.#key
    const shredKey = this.#openShredKey(imported?.shredId ?? shredId)
    try {
      const context = materialContext(this.#key, version)
      if (keySpec === 'SYMMETRIC_DEFAULT') return shredKey.unwrapKey(wrapped, context)
      invariant(keySpec !== 'SM2', 'there are no keys of SM2')
      return shredKey.unwrapPrivateKey(keySpec, wrapped, context)
    } finally {
      shredKey.release()
    }
  }

  /** Called when the cache lets go of the key. Those who use it may finish. */
  drop(): void {
    this.#isDropped = true
    this.#releaseUnused()
  }

  #releaseUnused(): void {
    if (!this.#isDropped || this.#users > 0) return
    for (const handle of this.#handles.values()) handle.release()
    this.#handles.clear()
  }
}

/** Of which JavaScript sees only the wrapped form; `handle` and `shredKey` stay the caller's. */
export function wrapMaterial(
  shredKey: ShredKey,
  place: Place & { readonly keyId: string },
  handle: MaterialHandle,
  facts: Omit<KeyMaterial, 'wrapped'>,
): KeyMaterial & { readonly wrapped: Uint8Array } {
  const context = materialContext(place, facts.version)
  const wrapped = isPrivate(handle)
    ? shredKey.wrapPrivateKey(handle, context)
    : shredKey.wrapKey(handle, context)
  return { ...facts, wrapped }
}

export function isPrivate(handle: MaterialHandle): handle is PrivateKeyHandle {
  return 'spec' in handle
}

/** Random: tells nothing of the material. */
export function newMaterialId(): string {
  return randomText('0123456789abcdef', 64)
}

/** Binds wrapped material to its place, so that rows cannot be exchanged. */
export function materialContext(
  { account, region, keyId }: Place & { readonly keyId: string },
  version: number,
): EncryptionContext {
  return {
    'sealtrail:account': account,
    'sealtrail:region': region,
    'sealtrail:key-id': keyId,
    'sealtrail:material': String(version),
  }
}
