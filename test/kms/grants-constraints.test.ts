/** The constraints of grants against their plain meaning, and the index against a search through all. */
import { describe, expect, it } from 'vitest'
import { isAsStrict } from '../../src/kms/grants/constraints.js'
import { type GrantRequest, grantThatAllows } from '../../src/kms/grants/decide.js'
import type { Constraints, Grant, GrantOperation } from '../../src/kms/grants/grant.js'
import { KeyGrants, NO_GRANTS } from '../../src/kms/grants/key-grants.js'
import { fc, test } from '../support/property.js'

type Context = Readonly<Record<string, string>>

/** Few names and values, so that much is equal, but for the case of letters. */
const word = fc.constantFrom('a', 'A', 'b', 'B', 'ab', 'aB', '', '__proto__', 'İ', 'ß')
const context = fc.dictionary(word, word, { maxKeys: 4, noNullPrototype: false })
const constraints: fc.Arbitrary<Constraints> = fc.record(
  {
    EncryptionContextEquals: context,
    EncryptionContextSubset: context,
    SourceArn: fc.constantFrom('one', 'two'),
  },
  { requiredKeys: [] },
)
const operations = fc.uniqueArray(
  fc.constantFrom<GrantOperation>('Encrypt', 'Decrypt', 'CreateGrant', 'DescribeKey'),
  { minLength: 1 },
)
const principal = fc.constantFrom('arn:one', 'arn:two', 'three.amazonaws.com')

const grant = fc.record({ grantee: principal, operations, constraints }).map(
  (given): Grant => ({
    ...{ account: '1', region: 'r', keyId: 'k', grantId: '', createdAt: 0, issuer: '1' },
    ...{ name: undefined, retirer: undefined, ...given },
  }),
)
const grants = fc
  .array(grant, { maxLength: 8 })
  .map((all) => all.map((one, i) => ({ ...one, grantId: String(i) })))

const lowerPairs = (pairs: Context) =>
  Object.entries(pairs).map(([name, value]) => JSON.stringify([name.toLowerCase(), value]))

/** What AWS says in words. */
function plainlyFits(
  { EncryptionContextEquals, EncryptionContextSubset }: Constraints,
  of: Context,
) {
  const asked = lowerPairs(of)
  const isIn = (pairs: readonly string[], all: readonly string[]) =>
    pairs.every((pair) => all.includes(pair))
  if (EncryptionContextSubset !== undefined && !isIn(lowerPairs(EncryptionContextSubset), asked)) {
    return false
  }
  if (EncryptionContextEquals === undefined) return true
  const wanted = lowerPairs(EncryptionContextEquals)
  return wanted.length === asked.length && isIn(wanted, asked) && isIn(asked, wanted)
}

function plainlyAllows(one: Grant, request: GrantRequest): boolean {
  const { SourceArn } = one.constraints ?? {}
  return (
    request.principals.includes(one.grantee) &&
    one.operations.includes(request.operation as GrantOperation) &&
    (SourceArn === undefined || SourceArn === request.sourceArn) &&
    (request.operation === 'DescribeKey' ||
      plainlyFits(one.constraints ?? {}, request.context ?? {}))
  )
}

const request: fc.Arbitrary<GrantRequest> = fc.record({
  operation: fc.constantFrom('Encrypt', 'Decrypt', 'DescribeKey', 'DisableKey'),
  principals: fc.uniqueArray(principal, { maxLength: 2 }),
  context: fc.option(context, { nil: undefined }),
  sourceArn: fc.option(fc.constantFrom('one', 'two'), { nil: undefined }),
})

describe('the decision of grants', () => {
  test.prop([grants, request], { numRuns: 2000 })(
    'is that of a search through all of them',
    (all, asked) => {
      const allows = all.some((one) => plainlyAllows(one, asked))
      const found = grantThatAllows(new KeyGrants(all), asked)
      expect(found !== undefined).toBe(allows)
      if (found !== undefined) expect(plainlyAllows(found, asked)).toBe(true)
    },
  )

  test.prop([grants, grant, request])('never loses by one more grant', (all, more, asked) => {
    const before = new KeyGrants(all)
    const after = before.with({ ...more, grantId: '3x' })
    if (grantThatAllows(before, asked)) expect(grantThatAllows(after, asked)).toBeDefined()
    expect(after.all.map(({ grantId }) => grantId)).toEqual(
      [...before.all.map(({ grantId }) => grantId), '3x'].sort(),
    )
    expect(after.without({ ...more, grantId: '3x' }).all).toEqual(before.all)
  })

  it('is no for a key without grants', () => {
    const asked = { operation: 'Encrypt', principals: ['a'], context: {}, sourceArn: undefined }
    expect(grantThatAllows(NO_GRANTS, asked)).toBeUndefined()
  })
})

describe('a child that is as strict as its parent', () => {
  test.prop([constraints, constraints, context, fc.constantFrom('one', 'two', undefined)], {
    numRuns: 2000,
  })('lets through nothing that its parent does not', (child, parent, asked, source) => {
    if (!isAsStrict(child, parent)) return
    const fits = (one: Constraints) =>
      plainlyFits(one, asked) && (one.SourceArn === undefined || one.SourceArn === source)
    if (fits(child)) expect(fits(parent)).toBe(true)
  })

  test.prop([constraints])('may have the same constraints', (one) => {
    expect(isAsStrict(one, one)).toBe(true)
    expect(isAsStrict(one, {})).toBe(true)
    expect(isAsStrict(one, undefined)).toBe(true)
  })

  test.prop([grants, operations, constraints], { numRuns: 1000 })(
    'is what CreateGrant asks for',
    (all, ops, own) => {
      const child = { operations: ops, constraints: own }
      const asked = { operation: 'CreateGrant', principals: ['arn:one'], context: {}, child }
      const found = grantThatAllows(new KeyGrants(all), { ...asked, sourceArn: 'one' })
      const fits = all.some(
        (parent) =>
          parent.grantee === 'arn:one' &&
          parent.constraints?.SourceArn !== 'two' &&
          parent.operations.includes('CreateGrant') &&
          ops.every((operation) => parent.operations.includes(operation)) &&
          isAsStrict(own, parent.constraints),
      )
      expect(found !== undefined).toBe(fits)
    },
  )
})
