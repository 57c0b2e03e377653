/** JSON in, typed values out, and back: the form of inputs and outputs, not their meaning. */

import { describe, expect, it } from 'vitest'
import { JSON_VALUES, writeJson } from '../../src/aws/forms/json.js'
import { VALUES } from '../../src/aws/forms/values.js'
import { KMS_API } from '../../src/kms/model/kms.js'
import { fc, test } from '../support/property.js'
import { TOY_API, takeKms, takeToy } from './sample.js'

const readInput = (operation: string, json: unknown) => takeKms(operation, json, JSON_VALUES).input
const takeInput = (operation: string, given: unknown) => takeKms(operation, given, VALUES).input
const writeOutput = (operation: string, output: object) =>
  writeJson(KMS_API.operation(operation)!.output!, output)

const KEY = '1234abcd-12ab-34cd-56ef-1234567890ab'

describe('an input read from JSON', () => {
  it('has typed members', () => {
    const json = { KeyId: KEY, Plaintext: 'aGk=', EncryptionContext: { a: 'b' }, DryRun: false }
    expect(readInput('Encrypt', json)).toEqual({
      KeyId: KEY,
      Plaintext: Buffer.from('hi'),
      EncryptionContext: { a: 'b' },
      DryRun: false,
    })
  })

  it.each(['', 'QQ==', 'QUI=', 'QUJD', 'QR==', 'QUJ='])(
    'has the bytes of %j alone in their memory',
    (text) => {
      const { Plaintext } = readInput('Encrypt', { KeyId: KEY, Plaintext: `aGlo${text}` }) as {
        Plaintext: Uint8Array
      }
      expect(Plaintext).toEqual(Buffer.from(`aGlo${text}`, 'base64'))
      expect(Plaintext.buffer.byteLength).toBe(Plaintext.length)
    },
  )

  it('has no members that the model does not know, and none that are null', () => {
    expect(readInput('DescribeKey', { KeyId: KEY, Colour: 'red', GrantTokens: null })).toEqual({
      KeyId: KEY,
    })
  })

  it('knows __proto__ as a key of a context and nothing else', () => {
    const text =
      '{"EncryptionContext":{"__proto__":"p","constructor":"c"},"__proto__":{"KeyId":"x"}}'
    const input = readInput('Decrypt', JSON.parse(text)) as {
      EncryptionContext: Record<string, string>
      KeyId?: string
    }
    expect(Object.entries(input.EncryptionContext)).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ])
    expect(input.KeyId).toBeUndefined()
    expect(({} as { p?: string }).p).toBeUndefined()
  })

  it('does not look into members that the model does not know, however deep', () => {
    const deep = JSON.parse('['.repeat(200_000) + ']'.repeat(200_000))
    expect(readInput('ListKeys', { Limit: 5, Deep: deep })).toEqual({ Limit: 5 })
  })

  it.each([
    [
      'a number for a string',
      'DescribeKey',
      { KeyId: 5 },
      'NUMBER_VALUE cannot be converted to String',
    ],
    [
      'a boolean for a string',
      'DescribeKey',
      { KeyId: true },
      'TRUE_VALUE cannot be converted to String',
    ],
    [
      'a string for a number',
      'ListKeys',
      { Limit: '5' },
      'STRING_VALUE cannot be converted to Integer',
    ],
    [
      'a fraction for a whole number',
      'ListKeys',
      { Limit: 1.5 },
      'NUMBER_VALUE cannot be converted to Integer',
    ],
    [
      '1e400 for a whole number',
      'ListKeys',
      { Limit: Number('1e400') },
      'NUMBER_VALUE cannot be converted to Integer',
    ],
    [
      'a number beyond 32 bits',
      'ListKeys',
      { Limit: 2 ** 31 },
      'NUMBER_VALUE cannot be converted to Integer',
    ],
    [
      'a string for a boolean',
      'Decrypt',
      { DryRun: 'true' },
      'STRING_VALUE cannot be converted to Boolean',
    ],
    [
      'a list for a string',
      'DescribeKey',
      { KeyId: [KEY] },
      'Start of list found where not expected',
    ],
    [
      'a map for a string',
      'DescribeKey',
      { KeyId: {} },
      'Start of structure or map found where not expected.',
    ],
    [
      'a string for a list',
      'DescribeKey',
      { KeyId: KEY, GrantTokens: 'a' },
      'Expected list or null',
    ],
    ['a list for a map', 'Decrypt', { EncryptionContext: [] }, 'Expected map or null'],
    [
      'a number in a context',
      'Decrypt',
      { EncryptionContext: { a: 1 } },
      'NUMBER_VALUE cannot be converted to String',
    ],
    ['a list for an input', 'ListKeys', [], 'Expected map or null'],
    ['nothing for an input', 'ListKeys', null, 'Expected map or null'],
    [
      'a number for a blob',
      'Decrypt',
      { CiphertextBlob: 1 },
      'NUMBER_VALUE cannot be converted to Blob',
    ],
  ])('is refused with %s', (_, operation, json, message) => {
    expect(() => readInput(operation, json)).toThrow(
      expect.objectContaining({ code: 'SerializationException', message }),
    )
  })

  it.each(['aGk', 'aG=k', 'aGk=\n', 'a-_=', '=', 'aGk=='])(
    'is refused with %j for base64',
    (CiphertextBlob) => {
      expect(() => readInput('Decrypt', { CiphertextBlob })).toThrow(
        expect.objectContaining({ code: 'SerializationException' }),
      )
    },
  )

  it('is refused for an operation that does not exist', () => {
    for (const name of ['Fly', '__proto__', 'toString', '']) {
      expect(() => readInput(name, {})).toThrow(
        expect.objectContaining({ code: 'UnknownOperationException' }),
      )
    }
  })

  test.prop([fc.jsonValue()])('is an object or refused, whatever comes', (json) => {
    try {
      expect(typeof readInput('Encrypt', json)).toBe('object')
    } catch (error) {
      expect(error).toMatchObject({
        code: expect.stringMatching(/^(Serialization|Validation)Exception$/),
      })
    }
  })
})

describe('an input of a program', () => {
  it('has bytes for blobs and dates for timestamps', () => {
    const Plaintext = new Uint8Array([1])
    expect(takeInput('Encrypt', { KeyId: KEY, Plaintext })).toEqual({ KeyId: KEY, Plaintext })
    expect(() => takeInput('Encrypt', { KeyId: KEY, Plaintext: 'AQ==' })).toThrow(
      expect.objectContaining({ code: 'SerializationException' }),
    )
    expect(() => takeToy({ Name: 'a', Until: new Date(Number.NaN) }, VALUES)).toThrow(
      expect.objectContaining({ code: 'SerializationException' }),
    )
  })
})

describe('an output', () => {
  it('is JSON with base64 blobs and epoch seconds', () => {
    const output = {
      Aliases: [{ AliasName: 'alias/a', CreationDate: new Date(1_700_000_000_123) }],
      Truncated: false,
    }
    expect(writeOutput('ListAliases', output)).toBe(
      '{"Aliases":[{"AliasName":"alias/a","CreationDate":1700000000.123}],"Truncated":false}',
    )
    const blob = new Uint8Array([0, 104, 105, 0]).subarray(1, 3)
    expect(writeOutput('Encrypt', { CiphertextBlob: blob })).toBe('{"CiphertextBlob":"aGk="}')
  })

  it('is bytes of its own when plaintext is in it, which is then no string', () => {
    const Plaintext = new Uint8Array([0, 104, 105, 0]).subarray(1, 3)
    const alone = writeOutput('GenerateRandom', { Plaintext })
    expect(alone).toBeInstanceOf(Buffer)
    expect(String(alone)).toBe('{"Plaintext":"aGk="}')
    const beside = writeOutput('Decrypt', { Plaintext, KeyId: KEY, handle: 1 })
    expect(beside).toBeInstanceOf(Buffer)
    expect((beside as Buffer).buffer.byteLength).toBe(beside.length)
    expect(String(beside)).toBe(`{"KeyId":"${KEY}","Plaintext":"aGk="}`)
    const [Key, Key2] = [new Uint8Array([1]), new Uint8Array([2, 3])]
    const two = writeJson(TOY_API.operation('Play')!.output!, { Key, Key2, Games: ['Go'] })
    expect(String(two)).toBe('{"Games":["Go"],"Key":"AQ==","Key2":"AgM="}')
    expect((two as Buffer).buffer.byteLength).toBe(two.length)
  })

  it('holds nothing that the model does not know', () => {
    expect(writeOutput('CancelKeyDeletion', { KeyId: KEY, handle: 1 })).toBe(`{"KeyId":"${KEY}"}`)
  })
})
