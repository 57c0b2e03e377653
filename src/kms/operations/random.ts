/**
 * GenerateRandom.
 *
 * @module
 */
import { secretBytes } from '../../bytes/secret.js'
import type { Call } from '../../service/calls/call.js'
import type { InputOf } from '../model/kms.js'
import type { Parts } from '../parts.js'
import { invalid, refuseRecipient, unsupported } from '../refusals.js'
import { noSuchStore } from '../stores/store.js'
import { mayInAccount } from '../use/may-use.js'

export interface RandomOutput {
  /** The caller's to wipe. */
  readonly Plaintext: Uint8Array
}

export async function generateRandom(
  parts: Parts,
  call: Call,
  input: InputOf<'GenerateRandom'>,
): Promise<RandomOutput> {
  if (input.NumberOfBytes === undefined) throw invalid('NumberOfBytes is required.')
  refuseRecipient(input.Recipient)
  mayInAccount(call)
  if (input.CustomKeyStoreId !== undefined) refuseStore(parts, call, input.CustomKeyStoreId)
  const Plaintext = secretBytes(input.NumberOfBytes)
  parts.engines.small.randomFill(Plaintext)
  try {
    await call.succeed()
    return { Plaintext }
  } catch (error) {
    Plaintext.fill(0)
    throw error
  }
}

/** Only a CloudHSM cluster gives random bytes, and there are none. */
function refuseStore({ stores }: Parts, { caller }: Call, storeId: string): never {
  if (stores.find({ ...caller, storeId }) === undefined) throw noSuchStore(storeId)
  throw unsupported('GenerateRandom is not supported in an external key store.')
}
