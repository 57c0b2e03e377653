/**
 * `sealtrail open IN OUT`: open what `seal` or an AWS Encryption SDK sealed under one of our keys.
 *
 * Frames go on as they are checked. A signed message, which is what the Encryption SDKs write unless told otherwise,
 * is gathered and opened whole: nothing of it is good before its signature, which comes last.
 *
 * @module
 */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Command } from 'commander'
import { SealtrailError } from '../errors.js'
import { isSignedMessage } from '../message/header.js'
import type { OpenOptions } from '../sealed-objects.js'
import type { Sealtrail } from '../sealtrail.js'
import { contextPair } from './seal.js'
import { settings, withSealtrail } from './terminal/settings.js'
import type { Terminal } from './terminal/terminal.js'
import { checkPlaces, tellTransfer, through } from './terminal/through.js'

/** Output bounds for --gunzip: a bomb stops here, a log does not. */
const GUNZIP = { bytesMax: 2 ** 40, ratioMax: 1032 }
/** A signed message is in memory three times over for a moment: in pieces, as one, and opened. */
const SIGNED_BYTES_MAX = 256 << 20

const CONTEXT_HELP = `
The context is compared before a key is asked and anything is written: every
pair that --context gives must be in the object, which may hold more. Without
--context nothing is compared. --exact-context allows no more pairs than those
given, and without --context none at all.`

export function openCommand(terminal: Terminal): Command {
  return new Command('open')
    .description('open IN (or - for stdin) into OUT (or - for stdout)')
    .argument('<in>')
    .argument('<out>')
    .option('--context <k=v>', 'pair that the object must carry; repeat for more', contextPair)
    .option('--exact-context', 'refuse an object that carries other pairs too', false)
    .option('--gunzip', 'unpack what was sealed with --gzip')
    .option('--force', 'replace OUT where it is there already', false)
    .addHelpText('after', CONTEXT_HELP)
    .action(async function open(this: Command, source: string, target: string) {
      const { context = {}, exactContext, gunzip, force } = this.opts()
      const config = settings(terminal, this, ['context', 'exactContext', 'gunzip', 'force'])
      const places = { source, target, force }
      await checkPlaces(terminal, places)
      await withSealtrail(config, async (sealtrail) => {
        const options = {
          encryptionContext: context,
          exactContext,
          ...(gunzip ? { gunzip: GUNZIP } : {}),
        }
        await tellTransfer(terminal, await through(terminal, places, opening(sealtrail, options)))
      })
    })
}

/** Looks at the first bytes, which say how the rest must be opened. */
function opening(sealtrail: Sealtrail, options: OpenOptions) {
  return async function* open(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const pieces = source[Symbol.asyncIterator]()
    let head: Uint8Array = new Uint8Array(0)
    while (isSignedMessage(head) === undefined) {
      const next = await pieces.next()
      if (next.done) break
      head = Buffer.concat([head, next.value])
    }
    const all = following(head, pieces)
    if (isSignedMessage(head)) {
      yield await sealtrail.open(await gathered(all), options)
      return
    }
    const opened = sealtrail.openStream(options)
    const flowing = pipeline(Readable.from(all, { objectMode: false }), opened)
    // `opened` ends with the same error.
    flowing.catch(() => undefined)
    yield* opened
  }
}

async function* following(
  head: Uint8Array,
  pieces: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value
}

async function gathered(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.length
    if (bytes > SIGNED_BYTES_MAX) {
      const says = `a signed message is opened whole, in memory: this one has more than ${SIGNED_BYTES_MAX} bytes`
      throw new SealtrailError('InputTooLarge', says)
    }
    all.push(piece)
  }
  return Buffer.concat(all)
}
