/**
 * `sealtrail keys create`: what was made stays made, and whatever fails behind it tells of it.
 *
 * @module
 */
import { Command } from 'commander'
import { isSealtrailError, SealtrailError } from '../../errors.js'
import type { Kms } from '../../kms/kms.js'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'
import { aliasName, isTaken } from './alias.js'

export function createCommand(terminal: Terminal): Command {
  return new Command('create')
    .description('make a KMS key; prints its ARN')
    .option('--description <text>', 'what the key is for', '')
    .option('--alias <name>', 'name it, such as alias/logs', aliasName)
    .option('--multi-region', 'make a multi-Region key (mrk-…)', false)
    .option('--spec <spec>', 'such as RSA_2048; symmetric unless said')
    .option('--usage <usage>', 'of any other spec: SIGN_VERIFY, ENCRYPT_DECRYPT, …')
    .option('--external', 'its material will be imported (keys import)')
    .action(async function create(this: Command) {
      const { description, alias, multiRegion, spec, usage, external } = this.opts()
      const own = ['description', 'alias', 'multiRegion', 'spec', 'usage', 'external']
      const config = settings(terminal, this, own)
      await withSealtrail(config, async ({ kms }) => {
        if (alias) await checkFree(kms, alias)
        const { KeyMetadata } = await kms.createKey({
          Description: description,
          MultiRegion: multiRegion,
          ...{ KeySpec: spec, KeyUsage: usage, Origin: external && 'EXTERNAL' },
        })
        const { KeyId, Arn } = KeyMetadata
        if (alias) {
          const target = { AliasName: alias, TargetKeyId: KeyId }
          await kms.createAlias(target).catch((error: unknown) => {
            throw afterMaking(`the key ${Arn} was made, without an alias`, error)
          })
        }
        await terminal.print(KeyMetadata, [Arn]).catch((error: unknown) => {
          throw afterMaking(`the key ${Arn} was made, but`, error)
        })
      })
    })
}

/** A key cannot be unmade at once: whatever fails after it tells of it too. */
function afterMaking(says: string, cause: unknown): Error {
  const { message, code } = cause as NodeJS.ErrnoException
  const sentence = `${says}: ${message}`
  return isSealtrailError(cause)
    ? new SealtrailError(cause.code, sentence, cause.detail, { cause })
    : Object.assign(new Error(sentence, { cause }), { code })
}

/** Asked before the key is made: it cannot be unmade at once. */
async function checkFree(kms: Kms, name: string): Promise<void> {
  if (!(await isTaken(kms, name))) return
  throw new SealtrailError(
    'AlreadyExistsException',
    `${name} is there already, and no key was made: 'sealtrail keys alias' points it at another key`,
  )
}
