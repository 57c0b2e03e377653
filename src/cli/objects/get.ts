/**
 * `sealtrail objects get OBJECT OUT` and `sealtrail objects stat OBJECT`.
 *
 * A byte is written when its frame has been checked; a file appears whole, or not at all.
 *
 * @module
 */
import { Readable } from 'node:stream'
import { Command, InvalidArgumentError } from 'commander'
import { settings, withSealtrail } from '../terminal/settings.js'
import { type Terminal, table } from '../terminal/terminal.js'
import { checkPlaces, tellTransfer, through } from '../terminal/through.js'
import { type Address, objectAddress, uriOf } from './address.js'

export function getCommand(terminal: Terminal): Command {
  return new Command('get')
    .description('get an object into OUT (or - for stdout)')
    .argument('<object>', 'BUCKET/KEY', objectAddress)
    .argument('<out>')
    .option('--version-id <id>', 'of an older version')
    .option('--range <bytes>', 'a part of it: 0-99, 100-, or -100 for the last', byteRange)
    .option('--force', 'replace OUT where it is there already', false)
    .action(async function get(this: Command, object: Address, target: string) {
      const { versionId: VersionId, range: Range, force } = this.opts()
      const config = settings(terminal, this, ['versionId', 'range', 'force'])
      const places = { source: uriOf(object), target, force }
      await checkPlaces(terminal, places)
      await withSealtrail(config, async ({ s3 }) => {
        const input = { Bucket: object.bucket, Key: object.key, VersionId, Range }
        const { Body, ContentLength: bytes } = (await s3.getObject(input)) as {
          readonly Body: Uint8Array | Readable
          readonly ContentLength: number
        }
        const stream = Body instanceof Readable ? Body : Readable.from([Body])
        const asItIs = (pieces: AsyncIterable<Uint8Array>) => pieces
        const transfer = await through(terminal, places, asItIs, { stream, bytes })
        await tellTransfer(terminal, transfer)
      })
    })
}

export function statCommand(terminal: Terminal): Command {
  return new Command('stat')
    .description('show everything about one object')
    .argument('<object>', 'BUCKET/KEY', objectAddress)
    .option('--version-id <id>', 'of an older version')
    .action(async function stat(this: Command, { bucket, key }: Address) {
      const { versionId: VersionId } = this.opts()
      await withSealtrail(settings(terminal, this, ['versionId']), async ({ s3 }) => {
        const asked = { Bucket: bucket, Key: key, VersionId, ChecksumMode: 'ENABLED' as const }
        const members = (await s3.headObject(asked)) as object
        const rows = Object.entries(members).map(([name, value]) => [name, textOf(value)])
        await terminal.print(members, table(rows))
      })
    })
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** As the header says it; `bytes=` may be left out. */
function byteRange(given: string): string {
  const range = given.replace(/^bytes=/, '')
  if (/^(\d+-\d*|-\d+)$/.test(range)) return `bytes=${range}`
  throw new InvalidArgumentError('must be FIRST-LAST, FIRST- or -COUNT')
}
