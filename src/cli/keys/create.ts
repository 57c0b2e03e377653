/**
 * `sealtrail keys create`: a key of any spec.
 *
 * @module
 */
import { Command, Option } from 'commander'
import { isSealtrailError, SealtrailError } from '../../errors.js'
import type { Kms } from '../../kms/kms.js'
import { KEY_SPECS, type KeySpec, type KeyUsage, SYMMETRIC } from '../../kms/specs/key-specs.js'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'
import { aliasName, isAliasTaken, type Tag, tagOf } from './on-key.js'

const NAMES = ['spec', 'usage', 'external', 'description', 'alias', 'tag', 'multiRegion'] as const

interface Options {
  readonly spec: KeySpec
  readonly usage?: KeyUsage
  readonly external?: true
  readonly description: string
  readonly alias?: string
  readonly tag?: readonly Tag[]
  readonly multiRegion?: true
}

export function createCommand(terminal: Terminal): Command {
  return new Command('create')
    .description('make a KMS key; prints its ARN')
    .addOption(new Option('--spec <spec>', 'what kind of key').choices(specs()).default(SYMMETRIC))
    .addOption(
      new Option(
        '--usage <usage>',
        'what for; the first that the spec has, in this order, unless said',
      ).choices(USAGES),
    )
    .option('--external', 'without material, which is imported (keys import)')
    .option('--description <text>', 'what the key is for', '')
    .option('--alias <name>', 'name it, such as alias/logs', aliasName)
    .option('--tag <Name=value>', 'a tag; repeat for more', tagOf)
    .option('--multi-region', 'make a multi-Region key (mrk-…)')
    .action(async function create(this: Command) {
      const options: Options = this.opts()
      const { alias } = options
      await withSealtrail(settings(terminal, this, NAMES), async ({ kms }) => {
        if (alias) await checkFree(kms, alias)
        const { KeyMetadata } = await kms.createKey(inputOf(options))
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

const USAGES = ['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'GENERATE_VERIFY_MAC', 'KEY_AGREEMENT'] as const

function specs(): KeySpec[] {
  return Object.keys(KEY_SPECS) as KeySpec[]
}

function inputOf({ spec, usage, external, description, tag, multiRegion }: Options) {
  return {
    KeySpec: spec,
    KeyUsage: usage ?? USAGES.find((each) => KEY_SPECS[spec]?.[each] !== undefined),
    Description: description,
    MultiRegion: multiRegion ?? false,
    ...(external && { Origin: 'EXTERNAL' as const }),
    ...(tag && { Tags: [...tag] }),
  }
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
  if (!(await isAliasTaken(kms, name))) return
  throw new SealtrailError(
    'AlreadyExistsException',
    `${name} is there already, and no key was made: 'sealtrail keys alias' points it at another key`,
  )
}
