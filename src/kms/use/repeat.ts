/**
 * Uses of a key that may be repeated, word for word, by whoever answers without us (http/front/lane.ts).
 *
 * Only what is plainest: key, context, and what is opened or made. What a call says beyond that, it says alone. Nor is repeated
 * what ends by time: nobody looks at the schedule there.
 *
 * @module
 */
import { BLOB_HEADER_BYTES } from '../../engine/engine.js'
import type { Call } from '../../service/calls/call.js'
import type { Lease } from '../keys/material.js'
import type { InputOf } from '../model/kms.js'

type Input = {
  readonly [Member in keyof (InputOf<'Decrypt'> & InputOf<'GenerateDataKey'>)]?: unknown
} & { readonly KeyId?: string | undefined; readonly KeySpec?: string | undefined }

interface Used {
  readonly lease: Lease
  readonly blob: Uint8Array
  /** Of a data key; 0 when the blob was opened. */
  readonly keyBytes: number
  /** Its secret is left out. */
  readonly output: object
}

/** Behind the call's success. */
export function tellRepeatable(call: Call, input: Input, { lease, blob, ...used }: Used): void {
  if (call.context.repeats === undefined || lease.expires || !isPlain(input)) return
  // What a proxy does, nobody does without us.
  if (lease.key.external !== undefined) return
  // The blob of an input is wiped behind its call.
  const header = blob.slice(0, BLOB_HEADER_BYTES)
  const { Plaintext: _, CiphertextBlob: __, ...output } = used.output as Record<string, unknown>
  call.repeats({
    ...used,
    output,
    header,
    handle: lease.handle,
    said: [input.KeyId, input.KeySpec],
    hasContext: input.EncryptionContext !== undefined,
  })
}

function isPlain(input: Input): boolean {
  const { GrantTokens, DryRun, DryRunModifiers, Recipient, EncryptionAlgorithm } = input
  const beyond = [GrantTokens, DryRun, DryRunModifiers, Recipient, EncryptionAlgorithm]
  return input.NumberOfBytes === undefined && beyond.every((member) => member === undefined)
}
