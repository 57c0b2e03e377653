/** The sealed object that docs/FORMAT.md §2 shows is the one that we write. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Engine } from '../../src/engine/engine.js'
import { sealMessage as sealByCalls } from '../../src/engine/whole-message.js'
import { parseHeader } from '../../src/message/header.js'
import { openSealed } from '../../src/message/open.js'
import { sealMessage } from '../../src/message/seal.js'
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

/** `engine`, whose next random bytes are the message id of the vector. */
function withMessageId(engine: Engine): Engine {
  const fixed: Engine = new Proxy(engine, {
    get(target, name: keyof Engine) {
      if (name === 'randomFill') return (bytes: Uint8Array) => bytes.set(messageId)
      if (name === 'sealMessage') {
        return (...given: Parameters<Engine['sealMessage']>) => sealByCalls(fixed, ...given)
      }
      const member = target[name]
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  return fixed
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
