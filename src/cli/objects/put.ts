/**
 * `sealtrail objects put IN OBJECT`: a file or stream into an object.
 *
 * @module
 */
import { Command } from 'commander'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'
import { outOf, tellTransfer } from '../terminal/through.js'
import { type Address, address, addressIn, objectAddress, uriOf } from './address.js'
import { SSE_NAMES, sseMembers, withSseOptions } from './sse-options.js'
import { upload } from './upload.js'

export function putCommand(terminal: Terminal): Command {
  const command = new Command('put')
    .description('put IN (or - for stdin) into an object, replacing the one that is there')
    .argument('<in>')
    .argument('<object>', 'BUCKET/KEY; where it ends in /, the name of IN goes behind it', address)
    .option('--content-type <type>', 'what readers are told it is')
  return withSseOptions(command).action(async function put(
    this: Command,
    source: string,
    given: Address,
  ) {
    const { contentType, ...options } = this.opts()
    const config = settings(terminal, this, [...SSE_NAMES, 'contentType'])
    const target = source === '-' ? objectAddress(uriOf(given)) : addressIn(given, source)
    const members = {
      ...sseMembers(options),
      ...(contentType === undefined ? {} : { ContentType: contentType }),
    }
    await withSealtrail(config, async ({ s3 }) => {
      const { answer, ...transfer } = await outOf(terminal, source, (pieces, bytes) =>
        upload(s3, target, pieces, bytes, members),
      )
      await tellTransfer(terminal, { ...transfer, target: uriOf(target), ...answer })
    })
  })
}
