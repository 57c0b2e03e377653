/**
 * `sealtrail keys import`: material of one's own, from a file or a pipe, wrapped as any importer wraps it.
 *
 *     GetParametersForImport → RSA_AES_KEY_WRAP_SHA_256 → ImportKeyMaterial
 *
 * The file has what AWS takes: the bytes of a symmetric or HMAC key, or a private key in PKCS #8, DER. It passes secret memory
 * only, and is wiped.
 *
 * @module
 */
import { type FileHandle, open } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import { secretBytes } from '../../bytes/secret.js'
import { wrapForImport } from '../../engine/openssl/key-wrap.js'
import { SealtrailError } from '../../errors.js'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'

/** No material that AWS takes is longer. */
const MATERIAL_BYTES_MAX = 4096
const WRAPPING = {
  WrappingAlgorithm: 'RSA_AES_KEY_WRAP_SHA_256',
  WrappingKeySpec: 'RSA_3072',
} as const

export function importCommand(terminal: Terminal): Command {
  return new Command('import')
    .description('import key material into a key that was made with --external')
    .argument('<key>', 'key id or key ARN')
    .argument('<file>', 'the bytes of the key; of a private key PKCS #8, DER')
    .option('--valid-to <date>', 'when it goes by itself, such as 2027-01-31T00:00:00Z', date)
    .option('--new', 'other material than before, for keys rotate')
    .option('--describe <text>', 'what the material is')
    .action(async function importMaterial(this: Command, KeyId: string, path: string) {
      const { validTo: ValidTo, new: isNew, describe: KeyMaterialDescription } = this.opts()
      const config = settings(terminal, this, ['validTo', 'new', 'describe'])
      const material = await materialIn(path)
      try {
        await withSealtrail(config, async ({ kms }) => {
          const { PublicKey, ImportToken } = await kms.getParametersForImport({
            KeyId,
            ...WRAPPING,
          })
          const answer = await kms.importKeyMaterial({
            ...{ KeyId, ImportToken, ValidTo, KeyMaterialDescription },
            EncryptedKeyMaterial: wrapForImport(PublicKey, material),
            ExpirationModel:
              ValidTo === undefined ? 'KEY_MATERIAL_DOES_NOT_EXPIRE' : 'KEY_MATERIAL_EXPIRES',
            ...(isNew && { ImportType: 'NEW_KEY_MATERIAL' }),
          })
          await terminal.print(answer, [answer.KeyMaterialId])
        })
      } finally {
        material.fill(0)
      }
    })
}

async function materialIn(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    return await read(file)
  } finally {
    await file.close()
  }
}

/** Secret bytes, the caller's to wipe. From a pipe, too, which gives them piece by piece and has no place to read from. */
async function read(file: FileHandle): Promise<Uint8Array> {
  const room = secretBytes(MATERIAL_BYTES_MAX + 1)
  try {
    for (let bytes = 0; bytes < room.length; ) {
      const { bytesRead } = await file.read(room, bytes, room.length - bytes, null)
      if (bytesRead === 0) return room.subarray(0, bytes)
      bytes += bytesRead
    }
    const says = `a file of key material has at most ${MATERIAL_BYTES_MAX} bytes`
    throw new SealtrailError('InputInvalid', says)
  } catch (error) {
    room.fill(0)
    throw error
  }
}

function date(given: string): Date {
  const time = new Date(given)
  if (Number.isNaN(time.getTime())) throw new InvalidArgumentError('must be a date')
  return time
}
