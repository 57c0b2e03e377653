/**
 * GenerateRandom.
 *
 * @module
 */
import { secretBytes } from '../../bytes/secret.js'
import type { Call } from '../../service/calls/call.js'
import type { InputOf } from '../model/kms.js'
import type { Parts } from '../parts.js'
import { type ForRecipient, handOver, recipientOf } from '../recipient/recipient.js'
import { invalid, unsupported } from '../refusals.js'
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
): Promise<RandomOutput | ForRecipient<RandomOutput, 'Plaintext'>> {
  if (input.NumberOfBytes === undefined) throw invalid('NumberOfBytes is required.')
  const recipient = recipientOf(parts, call, input.Recipient)
  mayInAccount(call, { attested: recipient?.attested })
  if (input.CustomKeyStoreId !== undefined) refuseStore(parts, call, input.CustomKeyStoreId)
  const Plaintext = secretBytes(input.NumberOfBytes)
  parts.engines.small.randomFill(Plaintext)
  try {
    const output = handOver(parts, call, recipient, 'Plaintext', Plaintext)
    await call.succeed()
    return output
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
