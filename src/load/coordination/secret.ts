/**
 * The secret that coordinator and clients of a load have in common: who has it can have a client send anything anywhere.
 *
 * A file of one key (root/key-file.ts): 32 bytes, binary, its owner's alone. The first client makes it; whoever runs the
 * others, and the coordinator, copies it. Source: docs/FORMAT.md §15.1.
 *
 * @module
 */
import { resolve } from 'node:path'
import { secretBytes } from '../../bytes/secret.js'
import { KEY_BYTES } from '../../engine/engine.js'
import { openNodeEngine } from '../../engine/node/node.js'
import { SealtrailError } from '../../errors.js'
import { createKeyFile, type KeyFileKind, readKeyFile } from '../../root/key-file.js'

export const SECRET_FILE = 'sealtrail-load.secret'
const KIND: KeyFileKind = { magic: 'sealload', name: 'secret file of load', code: 'ConfigInvalid' }

/** 32 bytes, which the caller wipes. @throws SealtrailError `ConfigInvalid`, saying how to mend it */
export async function readSecret(file: string): Promise<Uint8Array> {
  const secret = await readKeyFile(resolve(file), KIND)
  if (secret !== undefined) return secret
  throw new SealtrailError(
    'ConfigInvalid',
    `the secret file of load ${resolve(file)} is not there: the first \`sealtrail load client\` makes one; copy that, with mode 0600, and name it by --secret`,
  )
}

/** True when there was none, and this made it. @throws SealtrailError `ConfigInvalid` */
export async function makeSecret(file: string): Promise<boolean> {
  const secret = secretBytes(KEY_BYTES)
  openNodeEngine().randomFill(secret)
  try {
    return await createKeyFile(resolve(file), secret, KIND)
  } finally {
    secret.fill(0)
  }
}
