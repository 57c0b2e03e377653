/** Streams and files through the public door: what a caller's process must survive. */
import { readdirSync, writeFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openSealtrail, type Sealtrail } from '../../src/index.js'
import { temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('streams')
const at = (name: string) => `${folder.path}/${name}`
const gunzip = { bytesMax: 1e8 }

let sealtrail: Sealtrail
let keyId: string
const uncaught: unknown[] = []
const note = (error: unknown) => uncaught.push(error)
beforeAll(async () => {
  process.on('uncaughtException', note).on('unhandledRejection', note)
  sealtrail = await openSealtrail({ dataDir: at('data') })
  keyId = (await sealtrail.kms.createKey({})).KeyMetadata.KeyId
})
afterEach(async () => {
  await turn()
  expect(uncaught.splice(0)).toEqual([])
})
afterAll(async () => {
  process.off('uncaughtException', note).off('unhandledRejection', note)
  await sealtrail.close()
  folder.remove()
})

describe('a stream that compresses', () => {
  it.each([1, 100, 5000, 20_000])('takes %i bytes before it calls back', async (size) => {
    const stream = sealtrail.sealStream({ keyId, gzip: 1 })
    const sealed = buffer(stream)
    const room = Buffer.alloc(size)
    const pieces: Buffer[] = []
    for (let i = 0; i < 40; i++) {
      room.fill(65 + (i % 26))
      pieces.push(Buffer.from(room))
      await new Promise((resolve) => stream.write(room, resolve))
      room.fill(0)
    }
    stream.end()
    const plain = await sealtrail.open(await sealed, { gunzip })
    expect(Buffer.from(plain).equals(Buffer.concat(pieces))).toBe(true)
  })

  it('may be given up without a word', async () => {
    for (const make of [
      () => sealtrail.sealStream({ keyId, gzip: 1 }),
      () => sealtrail.openStream({ gunzip }),
    ]) {
      const stream = make()
      const written = new Promise((resolve) => stream.write('bytes', resolve))
      stream.destroy()
      expect(await written).toMatchObject({ code: 'ERR_STREAM_DESTROYED' })
    }
  })

  it('tells the writer what the key service says', async () => {
    const stream = sealtrail.sealStream({ keyId: 'alias/nobody', gzip: 1 })
    const heard = new Promise((resolve) => stream.once('error', resolve))
    const written = await new Promise((resolve) => stream.write('bytes', resolve))
    expect(written).toMatchObject({ code: 'NotFoundException' })
    expect(await heard).toBe(written)
  })

  it('asks for no key at a level that is none', async () => {
    const before = (await sealtrail.records({ limit: 100 })).length
    expect(() => sealtrail.sealStream({ keyId, gzip: 13 })).toThrow(
      expect.objectContaining({ code: 'InputInvalid' }),
    )
    await turn()
    expect(await sealtrail.records({ limit: 100 })).toHaveLength(before)
  })
})

describe('a file', () => {
  it('that cannot be sealed as asked is a rejection, and leaves nothing behind', async () => {
    writeFileSync(at('log'), 'bytes')
    const before = readdirSync(folder.path)
    for (const options of [{}, { keyId, gzip: 13 }, { keyId: 'alias/nobody' }]) {
      await expect(sealtrail.sealFile(at('log'), at('sealed'), options)).rejects.toMatchObject({
        name: 'SealtrailError',
      })
    }
    await expect(sealtrail.sealFile(folder.path, at('sealed'), { keyId })).rejects.toThrow('EISDIR')
    await expect(sealtrail.sealFile(at('log'), folder.path, { keyId })).rejects.toMatchObject({
      code: 'InputInvalid',
    })
    await expect(sealtrail.openFile(at('log'), at('opened'), { gunzip })).rejects.toMatchObject({
      code: 'ObjectDamaged',
    })
    expect(readdirSync(folder.path)).toEqual(before)
  })
})
