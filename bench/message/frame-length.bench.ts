/**
 * What does the frame length cost?
 *
 * Sealing and opening 1 MiB in memory with the engine for bulk, and reading 1,000 bytes from its middle: long
 * frames cost less for the whole and more for a part. 64 KiB is the default.
 */
import { chooseEngines } from '../../src/engine/choose.js'
import { openRange } from '../../src/message/range.js'
import { openWhole, sealWhole } from '../../test/message/whole.js'
import { contest } from '../support/contest.js'
import { stayOnOneCore } from '../support/machine.js'
import { encryptionContext, keyring } from './sdk.js'

const TOTAL_BYTES = 1024 * 1024
const plain = Buffer.alloc(TOTAL_BYTES, 'a line of a log, and another one; ')
const [middle, partBytes] = [TOTAL_BYTES / 2 - 500, 1000]
const part = plain.subarray(middle, middle + partBytes)

stayOnOneCore()
const engine = chooseEngines('auto').bulk
const baselines = ['64 KiB']
const objects = []
for (const frameKiB of [4, 16, 64, 256, 1024]) {
  const options = { engine, keyring, encryptionContext, frameBytes: frameKiB * 1024 }
  objects.push({ name: `${frameKiB} KiB`, options, sealed: await sealWhole(options, plain) })
}

await contest(
  { title: `seal 1 MiB, ${engine.name}, frames of`, baselines, bytesPerOp: TOTAL_BYTES },
  objects.map(({ name, options, sealed }) => ({
    name,
    answer: async () => (await openWhole(options, sealed)).plain,
    run: () => sealWhole(options, plain),
  })),
)

await contest(
  { title: `open 1 MiB, ${engine.name}, frames of`, baselines, bytesPerOp: TOTAL_BYTES },
  objects.map(({ name, options, sealed }) => ({
    name,
    answer: async () => (await openWhole(options, sealed)).plain,
    run: () => openWhole(options, sealed),
  })),
)

await contest(
  { title: `read ${partBytes} of 1 MiB, ${engine.name}, frames of`, baselines },
  objects.map(({ name, options, sealed }) => {
    const read = async (offset: number, bytes: number) => sealed.subarray(offset, offset + bytes)
    const source = { size: sealed.length, read }
    const open = () => openRange(source, options, middle, partBytes)
    return {
      name,
      answer: async () => {
        const { plain: opened } = await open()
        if (Buffer.compare(opened, part) !== 0) throw new Error('another part came out')
        return opened
      },
      run: open,
    }
  }),
)
