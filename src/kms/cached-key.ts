/**
 * One KMS key in memory: what is known of it, and handles on its material.
 *
 * Material is unwrapped by the root when first used and stays in the engine; JavaScript never sees its
 * bytes. A key that is dropped (evicted, deleted, closed) wipes its handles as soon as nobody uses them.
 *
 * @module
 */
import type { KeyHandle } from '../engine/engine.js'
import { invariant } from '../invariant.js'
import type { EncryptionContext } from '../message/encryption-context.js'
import type { Root } from '../root/root.js'
import type { Place } from './arn.js'
import type { KmsKey } from './key.js'
import type { KeyMaterial } from './key-rows.js'

/** The right to use one version of a key's material until it is given back. */
export interface Lease {
  readonly key: KmsKey
  readonly version: number
  readonly materialId: string
  readonly handle: KeyHandle
  /** Once, whatever happened. */
  release(): void
}

export class CachedKey {
  /** Replaced as a whole, after the change is durable. */
  key: KmsKey
  readonly #root: Root
  readonly #materials: ReadonlyMap<number, KeyMaterial>
  readonly #handles = new Map<number, KeyHandle>()
  #users = 0
  #isDropped = false

  constructor(key: KmsKey, materials: readonly KeyMaterial[], root: Root) {
    this.key = key
    this.#root = root
    this.#materials = new Map(materials.map((material) => [material.version, material]))
  }

  get currentMaterialId(): string {
    const material = this.#materials.get(this.key.currentMaterial)
    invariant(material, 'a key has the material that it names')
    return material.materialId
  }

  /** A handle on `version` of the material, or undefined when the key never had that version. */
  lease(key: KmsKey, version: number): Lease | undefined {
    const material = this.#materials.get(version)
    if (material === undefined) return undefined
    let handle = this.#handles.get(version)
    if (handle === undefined) {
      handle = this.#root.unwrapKey(material.wrapped, materialContext(key, version))
      this.#handles.set(version, handle)
    }
    this.#users++
    const release = () => {
      this.#users--
      this.#releaseUnused()
    }
    return { key, version, materialId: material.materialId, handle, release }
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
