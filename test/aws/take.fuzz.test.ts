/** Inputs that no client would make, for every operation of the KMS API that is served. */
import * as fc from 'fast-check'
import { describe, expect } from 'vitest'
import { JSON_VALUES } from '../../src/aws/forms/json.js'
import { VALUES } from '../../src/aws/forms/values.js'
import { lowerCamel } from '../../src/aws/model.js'
import { KMS } from '../../src/aws/models/kms.gen.js'
import { take } from '../../src/aws/take.js'
import { KMS_API } from '../../src/kms/model/kms.js'
import { fuzz, unlessRefused } from '../support/fuzz.js'

const members = [
  ...new Set(
    Object.keys(KMS.operations).flatMap((name) =>
      (KMS_API.operation(name)!.input?.members ?? []).map((member) => member.name),
    ),
  ),
]
const name = fc.constantFrom(...members, '__proto__', 'constructor', 'Colour')
const leaf = fc.oneof(
  fc.string({ maxLength: 50 }),
  fc.constantFrom(
    'alias/a',
    'AES_256',
    'AAAA',
    '1234abcd-12ab-34cd-56ef-1234567890ab',
    '2026-01-01T00:00:00Z',
  ),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
)
const value = fc.oneof(
  leaf,
  fc.array(leaf, { maxLength: 5 }),
  fc.dictionary(fc.oneof(name, fc.string({ maxLength: 5 })), leaf, { maxKeys: 5 }),
  fc.array(fc.dictionary(fc.constantFrom('TagKey', 'TagValue', 'x'), leaf), { maxLength: 3 }),
)
const input = fc.oneof(fc.dictionary(name, value, { maxKeys: 8 }), value)
const operations = fc.constantFrom(...Object.keys(KMS.operations))

describe('an input', () => {
  const calls = fc.tuple(operations, input, fc.constantFrom(JSON_VALUES, VALUES))
  fuzz(calls, 'has members of its model only, or is refused', ([operation, given, form]) => {
    const structure = KMS_API.operation(operation)!.input
    const taken = unlessRefused(['SerializationException', 'ValidationException'], () =>
      take(structure, given, form),
    )
    if (taken === undefined) return
    const known = new Set(structure?.members.map((member) => member.name))
    expect(Object.getPrototypeOf(taken.input)).toBeNull()
    expect(Object.keys(taken.input).filter((member) => !known.has(member))).toEqual([])
    // A record can be made of it, and tells no member that was not taken.
    const shown = JSON.parse(JSON.stringify(taken.shown)) as object
    const lowered = Object.keys(taken.input).map(lowerCamel)
    expect(Object.keys(shown).filter((member) => !lowered.includes(member))).toEqual([])
  })
})
