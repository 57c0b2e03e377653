/**
 * Data keys under the KMS keys of a closed data directory: opened by the root alone, nobody asked and nothing recorded.
 *
 * For whoever checks what is stored, and answers no caller. A key that is disabled or waits for its deletion opens here
 * as well; one that was deleted does not, nor imported material that has gone, nor a key in an external key store: its proxy is not asked.
 *
 * @module
 */
import { parseArn } from '../aws/arn.js'
import type { Engine, KeyHandle } from '../engine/engine.js'
import type { EncryptionContext } from '../message/encryption-context.js'
import { invalidCiphertext } from '../message/keyring.js'
import type { Root } from '../root/root.js'
import type { Tables } from '../store/view/dialect.js'
import { readBlobHeader } from './blob/ciphertext-blob.js'
import { contextBytes } from './blob/wrapping.js'
import { isHere } from './keys/imported.js'
import { type Materials, readKeyMaterial } from './keys/material.js'
import { readKey } from './keys/rows.js'
import { SYMMETRIC } from './specs/key-specs.js'

export interface ClosedKeysOptions {
  readonly store: Tables & { shred(id: string): Uint8Array | undefined }
  readonly root: Root
  /** The root's, where its keys live. */
  readonly engine: Engine
}

export class ClosedKeys {
  readonly #options: ClosedKeysOptions
  /** By ARN; undefined: there is none any more. */
  readonly #kept = new Map<string, Materials | undefined>()

  constructor(options: ClosedKeysOptions) {
    this.#options = options
  }

  /**
   * Whoever asked releases it; or why it cannot be opened here: its KMS key was deleted, waits for its material to be imported
   * again, or has its other half elsewhere.
   * @throws SealtrailError `InvalidCiphertextException`, `StoreDamaged`
   */
  async open(
    keyArn: string,
    blob: Uint8Array,
    context: EncryptionContext,
  ): Promise<KeyHandle | 'deleted' | 'awaited' | 'external'> {
    if (!this.#kept.has(keyArn)) this.#kept.set(keyArn, await this.#materials(keyArn))
    const materials = this.#kept.get(keyArn)
    if (materials === undefined) return 'deleted'
    const header = readBlobHeader(blob)
    if (header?.isExternal) return 'external'
    const version = header?.materialVersion
    if (materials.all.some((one) => one.version === version && !isHere(one))) return 'awaited'
    const lease = header === undefined ? undefined : materials.use(header.materialVersion)
    if (lease === undefined) throw invalidCiphertext()
    try {
      const opened = this.#options.engine.unwrapKey(lease.handle, blob, contextBytes(context))
      if (opened === undefined) throw invalidCiphertext()
      return opened
    } finally {
      lease.release()
    }
  }

  close(): void {
    for (const materials of this.#kept.values()) materials?.drop()
    this.#kept.clear()
  }

  async #materials(keyArn: string): Promise<Materials | undefined> {
    const { store, root } = this.#options
    const { account = '', region = '', resource = '' } = parseArn(keyArn) ?? {}
    const place = { account, region, keyId: resource.replace(/^key\//, '') }
    const key = await readKey(store, root, place)
    if (key === undefined || (store.shred(key.shredId)?.length ?? 0) === 0) return undefined
    // Nothing was wrapped under any other.
    if (key.keySpec !== SYMMETRIC) throw invalidCiphertext()
    return (await readKeyMaterial(store, root, key)).materials
  }
}
