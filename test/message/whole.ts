/** Whole objects in memory as the library seals and opens them, over one engine. */
import type { Engine } from '../../src/engine/engine.js'
import type { Kms } from '../../src/kms/kms.js'
import type { EncryptionContext } from '../../src/message/encryption-context.js'
import { wholeHeader } from '../../src/message/header.js'
import type { OpenOptions } from '../../src/message/open.js'
import type { SealOptions } from '../../src/message/seal.js'
import { openPool } from '../../src/pool/pool.js'
import { type Objects, sealedObjects } from '../../src/sealed-objects.js'

const pool = openPool()

interface Opened {
  readonly plain: Uint8Array
  readonly encryptionContext: EncryptionContext
}

export function sealWhole({ engine, ...options }: SealOptions, plain: Uint8Array) {
  return objectsOver(engine).seal(plain, options)
}

export async function openWhole(
  { engine, ...options }: Omit<OpenOptions, 'limits'>,
  sealed: Uint8Array,
): Promise<Opened> {
  const plain = await objectsOver(engine).open(sealed, options)
  return { plain, encryptionContext: wholeHeader(sealed).encryptionContext }
}

/** Keyrings are given here, so there is no KMS to ask. */
export function objectsOver(engine: Engine): Objects {
  const engines = { bulk: engine, small: engine }
  return sealedObjects({ kms: {} as Kms, engines, pool })
}
