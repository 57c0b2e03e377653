/**
 * `sealtrail objects ls`: buckets, objects, versions.
 *
 * Told page by page as they are read, however many there are; as JSON in one list.
 *
 * @module
 */
import { Command } from 'commander'
import type { S3 } from '../../s3/s3.js'
import { settings, withSealtrail } from '../terminal/settings.js'
import { type Terminal, table } from '../terminal/terminal.js'
import { type Address, address } from './address.js'
import { pagesOfObjects, pagesOfVersions } from './pages.js'

interface Row {
  readonly value: object
  readonly cells: readonly string[]
}

const WIDTHS = [24, 14] as const

export function lsCommand(terminal: Terminal): Command {
  return new Command('ls')
    .description('list buckets; or what is in BUCKET, and its key begins with KEY')
    .argument('[prefix]', 'BUCKET or BUCKET/KEY', address)
    .option('--recursive', 'also what lies below a further /')
    .option('--versions', 'older versions and delete markers, too')
    .action(async function ls(this: Command, prefix: Address | undefined) {
      const { recursive = false, versions = false } = this.opts()
      const config = settings(terminal, this, ['recursive', 'versions'])
      await withSealtrail(config, async ({ s3 }) => {
        const pages =
          prefix === undefined
            ? bucketRows(s3)
            : versions
              ? versionRows(s3, prefix, recursive)
              : objectRows(s3, prefix, recursive)
        await tell(terminal, pages)
      })
    })
}

async function tell(terminal: Terminal, pages: AsyncIterable<readonly Row[]>): Promise<void> {
  const values: object[] = []
  for await (const rows of pages) {
    if (terminal.isJson) values.push(...rows.map(({ value }) => value))
    else if (rows.length > 0) await terminal.print(undefined, table(rows.map(({ cells }) => cells)))
  }
  if (terminal.isJson) await terminal.print(values, [])
}

async function* bucketRows(s3: S3): AsyncGenerator<Row[]> {
  let ContinuationToken: string | undefined
  do {
    const page = (await s3.listBuckets({ MaxBuckets: 1000, ContinuationToken })) as {
      readonly Buckets: ReadonlyArray<{ readonly Name: string; readonly CreationDate: Date }>
      readonly ContinuationToken?: string
    }
    yield page.Buckets.map((value) => {
      return { value, cells: [value.CreationDate.toISOString(), value.Name] }
    })
    ContinuationToken = page.ContinuationToken
  } while (ContinuationToken !== undefined)
}

async function* objectRows(s3: S3, prefix: Address, isAll: boolean): AsyncGenerator<Row[]> {
  for await (const { Contents, CommonPrefixes } of pagesOfObjects(s3, prefix, isAll)) {
    yield [
      ...CommonPrefixes.map(prefixRow),
      ...Contents.map((value) => rowOf(value, value.LastModified, String(value.Size), value.Key)),
    ]
  }
}

async function* versionRows(s3: S3, prefix: Address, isAll: boolean): AsyncGenerator<Row[]> {
  for await (const page of pagesOfVersions(s3, prefix, isAll)) {
    yield [
      ...page.CommonPrefixes.map(prefixRow),
      ...page.Versions.map((value) =>
        rowOf(value, value.LastModified, String(value.Size), value.Key, value.VersionId),
      ),
      ...page.DeleteMarkers.map((value) =>
        rowOf(value, value.LastModified, 'deleted', value.Key, value.VersionId),
      ),
    ]
  }
}

function prefixRow(value: { readonly Prefix: string }): Row {
  return { value, cells: [''.padEnd(WIDTHS[0]), ''.padStart(WIDTHS[1]), value.Prefix] }
}

function rowOf(value: object, time: Date, size: string, ...names: readonly string[]): Row {
  return { value, cells: [time.toISOString(), size.padStart(WIDTHS[1]), ...names] }
}
