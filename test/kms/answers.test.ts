/**
 * What the operations answer, all of them: the members of AWS's model, and no others; a dry run of those that have one; and
 * the tags that none of those takes which take tags.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Shape } from '../../src/aws/model.js'
import type { KMS } from '../../src/aws/models/kms.gen.js'
import { KMS_API, type OperationName } from '../../src/kms/model/kms.js'
import type { OPERATIONS } from '../../src/kms/operations.js'
import { openTestKms, type TestKms } from '../support/kms.js'
import { goodInput, type HouseCall, prepare, SERVED, type World } from '../support/kms-inputs.mjs'
import { callsOf } from './every-operation.js'

let house: TestKms
let call: HouseCall
let world: World
beforeAll(async () => {
  house = await openTestKms()
  call = callsOf(house)
  world = await prepare(call)
})
afterAll(() => house.remove())

/** Whoever has no store of keys has nothing to do to one. */
const succeeds = (operation: string) =>
  !operation.endsWith('CustomKeyStore') || operation === 'DescribeCustomKeyStores'

async function inputOf(operation: string) {
  const input = await goodInput(operation, call, world)
  expect(input).toBeDefined()
  return input!
}

/** What in `value` is not in its shape, or not of its kind. */
function strangers(shape: Shape, value: unknown, at: string): string[] {
  const is = (claim: boolean) => (claim ? [] : [at])
  switch (shape.type) {
    case 'structure': {
      const source = value as Readonly<Record<string, unknown>>
      return Object.entries(source).flatMap(([name, item]) => {
        const member = shape.members.find((one) => one.name === name)
        if (item === undefined) return []
        return member === undefined
          ? [`${at}.${name}`]
          : strangers(member.shape, item, `${at}.${name}`)
      })
    }
    case 'list':
      return (value as unknown[]).flatMap((item, i) => strangers(shape.member, item, `${at}[${i}]`))
    case 'map':
      return Object.entries(value as object).flatMap(([name, item]) =>
        strangers(shape.value, item, `${at}.${name}`),
      )
    case 'string':
      return is(typeof value === 'string' && (shape.enum?.includes(value) ?? true))
    case 'integer':
      return is(Number.isInteger(value))
    case 'boolean':
      return is(typeof value === 'boolean')
    case 'blob':
      return is(value instanceof Uint8Array)
    case 'timestamp':
      return is(value instanceof Date && !Number.isNaN(value.getTime()))
    default:
      return [at]
  }
}

type Answer<Name extends OperationName> = Awaited<ReturnType<(typeof OPERATIONS)[Name]['run']>>
type Shapes = (typeof KMS)['shapes']
type MembersOf<Name extends OperationName> = (typeof KMS)['operations'][Name] extends {
  readonly output: infer Output extends keyof Shapes
}
  ? Shapes[Output] extends { readonly members: infer Members }
    ? keyof Members
    : never
  : never
/** Operations that could answer a member which the model does not have. */
type Strange = {
  [Name in OperationName]: [Exclude<keyof Answer<Name>, MembersOf<Name>>] extends [never]
    ? never
    : Name
}[OperationName]

describe('an answer', () => {
  it('has members of the model by its type alone', () => {
    // What is tested here, tsc tests: this line is wrong as soon as one has others.
    const strange: [Strange] extends [never] ? 'none' : Strange = 'none'
    expect(strange).toBe('none')
  })

  it.each(SERVED.filter(succeeds))('of %s has only members of the model', async (operation) => {
    const answer = await call(operation, await inputOf(operation))
    const { output } = KMS_API.operation(operation)!
    if (output === undefined) expect(answer).toEqual({})
    else {
      expect(Object.keys(answer).length).toBeGreaterThan(0)
      expect(strangers(output, answer, operation)).toEqual([])
    }
  })

  it('with others would be seen', () => {
    const { output } = KMS_API.operation('DescribeKey')!
    const metadata = { KeyId: 'a', KeyState: 'Gone', CreationDate: 1, Secret: 1, Enabled: true }
    expect(strangers(output!, { KeyMetadata: metadata, More: 1 }, 'it')).toEqual([
      ...['it.KeyMetadata.KeyState', 'it.KeyMetadata.CreationDate', 'it.KeyMetadata.Secret'],
      'it.More',
    ])
  })
})

const membersOf = (operation: string) =>
  KMS_API.operation(operation)!.input!.members.map(({ name }) => name)
const DRY = SERVED.filter((operation) => membersOf(operation).includes('DryRun'))
const SAYS = 'The request would have succeeded, but the DryRun option is set.'

const outcomeOf = (operation: string, input: object) =>
  call(operation, { ...input }).then(
    () => ({ code: 'done', message: '' }),
    ({ code, message }) => ({ code, message }) as { code: string; message: string },
  )

describe('a dry run', () => {
  it('is there of eight operations at least', () => {
    expect(DRY.length).toBeGreaterThanOrEqual(8)
  })

  it.each(DRY)('of %s changes nothing, says so, and is recorded', async (operation) => {
    const input = await inputOf(operation)
    let changes = 0
    const forget = house.store.onFacts({ changing: () => changes++, changed: () => undefined })
    // What was under way already is told at once.
    changes = 0
    const outcome = await outcomeOf(operation, { ...input, DryRun: true })
    forget()
    expect(outcome).toEqual({ code: 'DryRunOperationException', message: SAYS })
    expect(changes).toBe(0)
    const record = (await house.records({ eventName: operation })).at(-1)
    expect(record).toMatchObject({
      ...{ errorCode: 'DryRunOperationException', errorMessage: SAYS, responseElements: null },
      resources: expect.arrayContaining([
        expect.objectContaining({ ARN: expect.stringContaining(':key/') }),
      ]),
    })
    // What would have succeeded, does.
    expect(await outcomeOf(operation, { ...input, DryRun: false })).toMatchObject({ code: 'done' })
  })

  it.each(DRY)('of %s fails as the call itself would', async (operation) => {
    const input = await inputOf(operation)
    const none = '00000000-0000-4000-8000-000000000000'
    const KeyId = membersOf(operation).find((name) => /^(KeyId|DestinationKeyId)$/.test(name))!
    const wrong = [
      { ...input, [KeyId]: none },
      { ...input, GrantTokens: ['none'] },
      { ...input, EncryptionContext: { another: 'context' } },
    ].filter((one) => Object.keys(one).every((name) => membersOf(operation).includes(name)))
    for (const one of wrong) {
      const dry = await outcomeOf(operation, { ...one, DryRun: true })
      const wet = await outcomeOf(operation, one)
      if (wet.code === 'done') expect(dry.code).toBe('DryRunOperationException')
      else expect(dry).toEqual(wet)
    }
    expect(wrong.length).toBeGreaterThan(0)
    const first = await outcomeOf(operation, { ...wrong[0], DryRun: true })
    expect(first.code).toBe('NotFoundException')
  })
})

const TAGGING = SERVED.filter((operation) => membersOf(operation).includes('Tags'))
const numbered = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ TagKey: `of${i}`, TagValue: 'x' }))

describe('tags', () => {
  it('are taken by three operations at least', () => {
    expect(TAGGING.length).toBeGreaterThanOrEqual(3)
  })

  it.each(TAGGING)('that %s is given are at most 50, each once, and none of AWS’s', async (one) => {
    const [first] = numbered(1)
    const refusals: Array<[object[], string]> = [
      [numbered(51), 'Too many tags'],
      [[first!, first!], 'Duplicate tag keys'],
      [[{ TagKey: 'aws:a', TagValue: '' }], 'Tags beginning with aws: are reserved'],
    ]
    const input = await inputOf(one)
    for (const [Tags, message] of refusals) {
      expect(await outcomeOf(one, { ...input, Tags })).toEqual({ code: 'TagException', message })
    }
    expect(await outcomeOf(one, { ...input, Tags: numbered(40) })).toMatchObject({ code: 'done' })
  })
})
