/**
 * `sealtrail objects cp SOURCE TARGET`: an object into another, also under another encryption.
 *
 * In one call up to 5 GiB, as S3 has it, and part by part above.
 *
 * @module
 */
import { Command } from 'commander'
import type { S3 } from '../../s3/s3.js'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'
import { type Address, address, addressIn, copySourceOf, objectAddress, uriOf } from './address.js'
import { SSE_NAMES, sseMembers, withSseOptions } from './sse-options.js'
import { CALL_BYTES_MAX, inParts } from './upload.js'

type Sse = ReturnType<typeof sseMembers>

/** The members that describe an object, which a copy in one call takes over by itself. */
const DESCRIBING = [
  ...['CacheControl', 'ContentDisposition', 'ContentEncoding', 'ContentLanguage', 'ContentType'],
  ...['Expires', 'Metadata', 'StorageClass', 'WebsiteRedirectLocation'],
] as const

export function cpCommand(terminal: Terminal): Command {
  const command = new Command('cp')
    .description('copy an object')
    .argument('<source>', 'BUCKET/KEY', objectAddress)
    .argument(
      '<target>',
      'BUCKET/KEY; where it ends in /, the name of SOURCE goes behind it',
      address,
    )
    .option('--version-id <id>', 'of an older version of SOURCE')
  return withSseOptions(command).action(async function cp(
    this: Command,
    source: Address,
    given: Address,
  ) {
    const { versionId, ...options } = this.opts()
    const config = settings(terminal, this, [...SSE_NAMES, 'versionId'])
    const target = addressIn(given, source.key)
    await withSealtrail(config, async ({ s3 }) => {
      const asked = { Bucket: source.bucket, Key: source.key, VersionId: versionId }
      const head = (await s3.headObject(asked)) as { readonly ContentLength: number }
      const sse = sseMembers(options)
      const answer =
        head.ContentLength <= CALL_BYTES_MAX
          ? await copyWhole(s3, copySourceOf(source, versionId), target, sse)
          : await copyInParts(s3, copySourceOf(source, versionId), target, sse, head)
      await terminal.print(answer, [`${uriOf(source)} → ${uriOf(target)}`])
    })
  })
}

async function copyWhole(
  s3: S3,
  CopySource: string,
  { bucket, key }: Address,
  sse: Sse,
): Promise<object> {
  return (await s3.copyObject({ Bucket: bucket, Key: key, CopySource, ...sse })) as object
}

async function copyInParts(
  s3: S3,
  CopySource: string,
  { bucket, key }: Address,
  sse: Sse,
  head: { readonly ContentLength: number },
): Promise<object> {
  const target = { Bucket: bucket, Key: key }
  const shown = head as Readonly<Record<string, unknown>>
  const described = Object.fromEntries(
    DESCRIBING.filter((name) => shown[name] !== undefined).map((name) => [name, shown[name]]),
  )
  const { ContentLength: bytes } = head
  return await inParts(s3, target, { ...described, ...sse }, async (UploadId, add) => {
    for (let first = 0, PartNumber = 1; first < bytes; first += CALL_BYTES_MAX, PartNumber++) {
      const last = Math.min(first + CALL_BYTES_MAX, bytes) - 1
      const CopySourceRange = `bytes=${first}-${last}`
      const part = { ...target, UploadId, PartNumber, CopySource, CopySourceRange }
      const { CopyPartResult } = (await s3.uploadPartCopy(part)) as { CopyPartResult: unknown }
      add(PartNumber, CopyPartResult)
    }
  })
}
