/**
 * How a sealed object can be damaged, in words. Frames are named by their number, from 1 on.
 *
 * What does not decrypt before any frame is read is not told apart: invalidCiphertext in keyring.ts.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'

export function damagedFrame(frame: number): SealtrailError {
  return new SealtrailError('ObjectDamaged', `frame ${frame} is not what was sealed`, { frame })
}

export function cutShort(frame: number): SealtrailError {
  return new SealtrailError('ObjectDamaged', `the object ends before frame ${frame} does`, {
    frame,
  })
}

export function cutInHeader(): SealtrailError {
  return new SealtrailError('ObjectDamaged', 'the object ends before its header does')
}

export function trailingBytes(): SealtrailError {
  return new SealtrailError('ObjectDamaged', 'something follows the end of the object')
}
