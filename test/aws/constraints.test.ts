/** What AWS says of inputs that break its model, word for word where AWS's words are known. */
import { describe, expect, it } from 'vitest'
import { VALUES } from '../../src/aws/forms/values.js'
import type { ShapeRow } from '../../src/aws/model.js'
import { KMS } from '../../src/aws/models/kms.gen.js'
import { takeKms, takeToy } from './sample.js'

const KEY = '1234abcd-12ab-34cd-56ef-1234567890ab'

function complaint(operation: string, input: object): string {
  try {
    if (operation === 'Play') takeToy(input, VALUES)
    else takeKms(operation, input, VALUES)
  } catch (error) {
    expect(error).toMatchObject({ code: 'ValidationException' })
    return (error as Error).message
  }
  return 'none'
}

describe('validation', () => {
  it('names a missing member', () => {
    expect(complaint('DescribeKey', {})).toBe(
      "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null",
    )
  })

  it('counts and joins what is wrong', () => {
    expect(complaint('Encrypt', { KeyId: '', Plaintext: new Uint8Array(4097) })).toBe(
      "2 validation errors detected: Value '' at 'keyId' failed to satisfy constraint: " +
        'Member must have length greater than or equal to 1; ' +
        "Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
    )
  })

  it.each([
    [0, 'Member must have value greater than or equal to 1'],
    [1025, 'Member must have value less than or equal to 1024'],
  ])('refuses %i random bytes', (NumberOfBytes, constraint) => {
    expect(complaint('GenerateRandom', { NumberOfBytes })).toBe(
      `1 validation error detected: Value '${NumberOfBytes}' at 'numberOfBytes' failed to satisfy constraint: ${constraint}`,
    )
  })

  it('quotes the pattern that a name must match', () => {
    expect(complaint('CreateAlias', { AliasName: 'alias/a b', TargetKeyId: KEY })).toBe(
      "1 validation error detected: Value 'alias/a b' at 'aliasName' failed to satisfy constraint: " +
        'Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$',
    )
  })

  it('matches patterns against the whole text', () => {
    expect(complaint('CreateAlias', { AliasName: 'alias/a\n', TargetKeyId: KEY })).toContain(
      'regular expression pattern',
    )
    const PolicyName = 'default!'
    expect(complaint('GetKeyPolicy', { KeyId: KEY, PolicyName })).toContain('pattern: [\\w]+')
  })

  it('refuses nothing where a structure belongs, beside structures without a prototype', () => {
    const tag = Object.assign(Object.create(null), { TagKey: 'a', TagValue: 'b' })
    expect(complaint('CreateKey', { Tags: [tag, null] })).toBe(
      "1 validation error detected: Value at 'tags' failed to satisfy constraint: " +
        'Member must satisfy constraint: [Member must not be null]',
    )
  })

  it('does not answer a list of wrong items with far more text than it is', () => {
    const Tags = Array.from({ length: 100_000 }, () => ({}))
    expect(complaint('CreateKey', { Tags }).length).toBeLessThan(20_000)
  })

  it('lists the choices', () => {
    expect(complaint('GenerateDataKey', { KeyId: KEY, KeySpec: 'AES_512' })).toBe(
      "1 validation error detected: Value 'AES_512' at 'keySpec' failed to satisfy constraint: " +
        'Member must satisfy enum value set: [AES_256, AES_128]',
    )
  })

  it('speaks of the items of a list', () => {
    expect(complaint('Play', { Name: 'a', Games: ['Chess', 'Fly'] })).toContain(
      "Value '[Chess, Fly]' at 'games' failed to satisfy constraint: " +
        'Member must satisfy constraint: [Member must satisfy enum value set: [Chess, Go]]',
    )
    expect(complaint('UntagResource', { KeyId: KEY, TagKeys: ['a', null] })).toContain(
      "at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must not be null]",
    )
  })

  it('numbers the structures of a list', () => {
    const Tags = [{ TagKey: 'a', TagValue: '' }, { TagKey: '' }]
    expect(complaint('CreateKey', { Tags })).toBe(
      "2 validation errors detected: Value '' at 'tags.2.member.tagKey' failed to satisfy constraint: " +
        'Member must have length greater than or equal to 1; ' +
        "Value null at 'tags.2.member.tagValue' failed to satisfy constraint: Member must not be null",
    )
  })

  it('refuses null in a map', () => {
    const EncryptionContext = { a: null }
    expect(complaint('Decrypt', { EncryptionContext })).toBe(
      "1 validation error detected: Value at 'encryptionContext' failed to satisfy constraint: " +
        'Map value must satisfy constraint: [Member must not be null]',
    )
  })

  it('bounds grant tokens in number and length', () => {
    const GrantTokens = Array.from({ length: 11 }, () => 'a')
    expect(complaint('DescribeKey', { KeyId: KEY, GrantTokens })).toContain(
      'Member must have length less than or equal to 10',
    )
    expect(complaint('DescribeKey', { KeyId: KEY, GrantTokens: [''] })).toContain(
      'Member must satisfy constraint: [Member must have length greater than or equal to 1]',
    )
  })

  it('does not repeat secrets', () => {
    const said = complaint('Play', { Name: 'a', Password: 'short' })
    expect(said).toContain("Value at 'password'")
    expect(said).not.toContain('short')
  })

  it('accepts the longest that is allowed', () => {
    expect(complaint('Encrypt', { KeyId: KEY, Plaintext: new Uint8Array(4096) })).toBe('none')
    expect(complaint('UpdateKeyDescription', { KeyId: KEY, Description: '' })).toBe('none')
  })
})

describe('the API table of KMS', () => {
  it('has every operation of AWS by name, and every shape of those that are served', () => {
    expect(Object.keys(KMS.operations)).toHaveLength(54)
    expect(KMS.others).toHaveLength(0)
    const shapes: Readonly<Record<string, object>> = KMS.shapes
    const named = Object.values<ShapeRow>(KMS.shapes).flatMap((shape) => {
      if (shape.type === 'list') return [shape.member]
      if (shape.type === 'map') return [shape.key, shape.value]
      return shape.type === 'structure' ? Object.values(shape.members) : []
    })
    for (const name of named) expect(shapes).toHaveProperty(name)
  })
})
