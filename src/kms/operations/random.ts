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
  if (input.CustomKeyStoreId !== undefined)
    throw unsupported('Custom key stores are not supported.')
  refuseRecipient(input.Recipient)
  mayInAccount(call)
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
