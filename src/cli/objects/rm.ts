/**
 * `sealtrail objects rm`: one object, one version, or all whose keys begin alike.
 *
 * Where a bucket has versions, an object is hidden under a delete marker, as with any client of S3.
 *
 * @module
 */
import { Command } from 'commander'
import { SealtrailError } from '../../errors.js'
import type { S3 } from '../../s3/s3.js'
import { EXIT } from '../terminal/failure.js'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'
import { type Address, address, uriOf } from './address.js'
import { pagesOfObjects, pagesOfVersions } from './pages.js'

interface Named {
  readonly Key: string
  readonly VersionId?: string
}

interface Answer {
  readonly Errors: ReadonlyArray<Named & { readonly Code: string; readonly Message: string }>
}

export function rmCommand(terminal: Terminal): Command {
  return new Command('rm')
    .description('remove an object')
    .argument('<object>', 'BUCKET/KEY; with --recursive, BUCKET or what keys begin with', address)
    .option('--version-id <id>', 'that version, for good')
    .option('--recursive', 'all objects whose keys begin with KEY')
    .option('--versions', 'with --recursive: all their versions and delete markers, for good')
    .action(async function rm(this: Command, object: Address) {
      const { versionId, recursive, versions } = this.opts()
      const config = settings(terminal, this, ['versionId', 'recursive', 'versions'])
      if (recursive && versionId !== undefined) {
        throw new SealtrailError('InputInvalid', '--version-id names one object: no --recursive')
      }
      if (!recursive && (versions || object.key === '')) {
        const says = versions ? '--versions is for --recursive' : `${object.bucket} is a bucket`
        throw new SealtrailError('InputInvalid', `${says}: --recursive removes all below it`)
      }
      await withSealtrail(config, async ({ s3 }) => {
        await (recursive
          ? removeAll(terminal, s3, object, versions === true)
          : removeOne(terminal, s3, object, versionId))
      })
    })
}

async function removeOne(
  terminal: Terminal,
  s3: S3,
  object: Address,
  VersionId: string | undefined,
): Promise<void> {
  const asked = { Bucket: object.bucket, Key: object.key, VersionId }
  const answer = (await s3.deleteObject(asked)) as object
  await terminal.print({ Key: object.key, ...answer }, [`removed: ${uriOf(object)}`])
}

/** What cannot be removed is told, and the rest goes. */
async function removeAll(
  terminal: Terminal,
  s3: S3,
  prefix: Address,
  hasVersions: boolean,
): Promise<void> {
  let removed = 0
  const errors: Answer['Errors'][number][] = []
  for await (const Objects of hasVersions ? versionsIn(s3, prefix) : objectsIn(s3, prefix)) {
    if (Objects.length === 0) continue
    const asked = { Bucket: prefix.bucket, Delete: { Objects, Quiet: true } }
    const { Errors } = (await s3.deleteObjects(asked)) as Answer
    errors.push(...Errors)
    removed += Objects.length - Errors.length
  }
  const lines = errors.map(({ Key, Code, Message }) => {
    return `not removed: ${uriOf({ bucket: prefix.bucket, key: Key })}: ${Message} (${Code})`
  })
  await terminal.print({ removed, errors }, [...lines, `removed: ${removed}`])
  if (errors.length > 0) terminal.exitCode = EXIT.failed
}

async function* objectsIn(s3: S3, prefix: Address): AsyncGenerator<Named[]> {
  for await (const { Contents } of pagesOfObjects(s3, prefix, true)) {
    yield Contents.map(({ Key }) => ({ Key }))
  }
}

async function* versionsIn(s3: S3, prefix: Address): AsyncGenerator<Named[]> {
  for await (const { Versions, DeleteMarkers } of pagesOfVersions(s3, prefix, true)) {
    yield [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }))
  }
}
