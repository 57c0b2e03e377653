/**
 * Whether a key's state allows an operation: its own, or that of the custom key store that it is in.
 *
 * What each state allows is in keys/states.ts.
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import type { KmsKey } from '../keys/key.js'
import { checkKeyState } from '../keys/states.js'
import type { Parts } from '../parts.js'

/** Ask only after authorisation. @throws SealtrailError `DisabledException`, `KMSInvalidStateException` */
export function checkState({ stores }: Parts, { operation }: Call, key: KmsKey): void {
  checkKeyState(operation, stores.asShown(key))
}
