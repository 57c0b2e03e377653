/** The sealed object that docs/FORMAT.md §2 shows is the one that we write. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Engine } from '../../src/engine/engine.js'
import { parseHeader } from '../../src/message/header.js'
import { openSealed } from '../../src/message/open.js'
import { sealMessage } from '../../src/message/seal.js'
import { sealedHeader } from '../engine/reference.js'
import { eachEngine } from '../support/engines.js'
import { hex } from './sample.js'

const ascending = (first: number) => Uint8Array.from({ length: 32 }, (_, i) => first + i)
const dataKey = ascending(0)
const messageId = ascending(0x20)
const plain = Buffer.from('sealtrail')
const parts = {
  encryptionContext: { a: 'b' },
  encryptedDataKeys: [
    { providerId: 'none', providerInfo: Buffer.alloc(0), ciphertext: Buffer.from('wrapped') },
  ],
  frameBytes: 4096,
}

/** The indented lines below "### Vector". */
function shownVector(): string {
  const [, section] = readFileSync('docs/FORMAT.md', 'utf8').split('### Vector\n')
  return [...section!.matchAll(/^ {4}([0-9a-f ]+)$/gm)]
    .map(([, line]) => line)
    .join('')
    .replaceAll(' ', '')
}

/** `engine`, whose message ids are that of the vector: its header is written by the reference. */
function withMessageId(engine: Engine): Engine {
  return new Proxy(engine, {
    get(target, name: keyof Engine) {
      if (name === 'sealMessage') {
        return (...given: Parameters<Engine['sealMessage']>) => {
          const [key, sealed, headerBytes, frameBytes, text] = given
          const header = sealed.subarray(0, headerBytes)
          const rest = header.subarray(35, headerBytes - 48)
          header.set(sealedHeader(dataKey, 0x0478, messageId, rest))
          const messageKey = target.openHeader(key, header)!
          const run = { messageId, frameBytes, firstFrame: 1, final: true }
          target.sealFrames(messageKey, run, text, sealed.subarray(headerBytes))
          messageKey.release()
        }
      }
      const member = target[name]
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

describe.each(eachEngine)('the vector of the format, over the $name engine,', ({ engine }) => {
  it('is what we write', () => {
    const key = engine.importKey(dataKey)
    expect(hex(sealMessage(withMessageId(engine), key, parts, plain))).toBe(shownVector())
    key.release()
  })

  it('is what we read', () => {
    const key = engine.importKey(dataKey)
    const sealed = Buffer.from(shownVector(), 'hex')
    expect(hex(openSealed(engine, parseHeader(sealed)!, key, sealed))).toBe(hex(plain))
    key.release()
  })
})
