/** JSON from strangers. */
import { describe, expect } from 'vitest'
import { parseJson } from '../../src/http/protocols/json-text.js'
import { bytesNear, fuzz, unlessRefused } from '../support/fuzz.js'

const bodies = [
  '{"KeyId":"alias/a","EncryptionContext":{"tenant":"acme","__proto__":"x"},"GrantTokens":["a","b"]}',
  '{"a":[1,-2.5e3,true,false,null,"\\ud83d\\ude00\\u0061\\"\\\\"],"":{"":{}}}',
  '[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]',
  '"ü€😀"',
]

describe('a JSON body', () => {
  fuzz(
    bytesNear(bodies.map((text) => Buffer.from(text))),
    'reads as JSON.parse reads it, or is refused',
    (bytes) => {
      const value = unlessRefused(['SerializationException'], () => parseJson(bytes))
      if (value === undefined || bytes.length === 0) return
      expect(value).toEqual(
        JSON.parse(new TextDecoder('utf8', { fatal: true, ignoreBOM: true }).decode(bytes)),
      )
    },
  )
})
