/**
 * Every operation refuses what AWS's model forbids, in AWS's words: made of the model, member by member, so that an operation
 * that is added is tested with the others. The words stand here once more, so that they cannot drift unseen.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Member, Shape, Structure } from '../../src/aws/model.js'
import { KMS_API } from '../../src/kms/model/kms.js'
import { valuesOf } from '../../src/service/service.js'
import { caller, openTestKms, type TestKms } from '../support/kms.js'
import { SERVED } from '../support/kms-inputs.mjs'

let house: TestKms
beforeAll(async () => {
  house = await openTestKms()
})
afterAll(() => house.remove())

/** A wrong value, what is said of it, and which of the model's rules it breaks. */
interface Wrong {
  readonly rule: 'required' | 'min' | 'max' | 'pattern' | 'enum' | 'item'
  readonly value: unknown
  readonly says: string
}

/** Some of these fits every pattern. */
const TEXTS = [
  ...['a', 'a.b.c', 'us-east-1', 'alias/a', 'arn:aws:s3:us-east-1:111122223333:a', 'a'.repeat(64)],
  ...[
    'cluster-aaaaaaaaaaa',
    'https://a.example.com',
    '/a/kms/xks/v1',
    'com.amazonaws.vpce.us-east-1.vpce-svc-a',
  ],
  ...['A'.repeat(20), 'a'.repeat(43), '1'.repeat(12)],
]
/** And some of these none. */
const STRANGE = [' ', '!', '\u0000', '\u{1F511}', '~']
/** What is longer is cut where it is repeated. */
const SHOWN_MAX = 512

function good(shape: Shape): unknown {
  switch (shape.type) {
    case 'string': {
      const { min = 0, max = Number.POSITIVE_INFINITY, whole } = shape
      const fits = (text: string) =>
        text.length >= min && text.length <= max && whole?.test(text) !== false
      const text = shape.enum?.[0] ?? TEXTS.find(fits)
      expect(text).toBeDefined()
      return text
    }
    case 'integer':
      return shape.min ?? 1
    case 'boolean':
      return false
    case 'blob':
      return new Uint8Array(shape.min ?? 1)
    case 'timestamp':
      return new Date(0)
    case 'list':
      return Array.from({ length: shape.min ?? 1 }, () => good(shape.member))
    case 'map':
      return { a: good(shape.value) }
    case 'structure':
      return filled(shape)
    default:
      return undefined
  }
}

/** With what is required. */
function filled({ members }: Structure): Record<string, unknown> {
  const required = members.filter(({ isRequired }) => isRequired)
  return Object.fromEntries(required.map(({ name, shape }) => [name, good(shape)]))
}

const shown = (text: string) =>
  ` '${text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text}'`

/** What is wrong with a value itself, without its place. */
function wrongValues(shape: Shape): Wrong[] {
  const bounds = 'min' in shape || 'max' in shape ? shape : {}
  const { min, max } = bounds as { min?: number; max?: number }
  const what = shape.type === 'integer' ? 'value' : 'length'
  const small = `Member must have ${what} greater than or equal to ${min}`
  const large = `Member must have ${what} less than or equal to ${max}`
  const sized = (value: (size: number) => unknown, show: (size: number) => string): Wrong[] => [
    ...(min === undefined || (min === 0 && what === 'length')
      ? []
      : [{ rule: 'min', value: value(min - 1), says: `${show(min - 1)}|${small}` } as const]),
    ...(max === undefined
      ? []
      : [{ rule: 'max', value: value(max + 1), says: `${show(max + 1)}|${large}` } as const]),
  ]
  switch (shape.type) {
    case 'string': {
      const { sensitive = false, whole, pattern } = shape
      const show = (text: string) => (sensitive ? '' : shown(text))
      const text = (size: number) => 'a'.repeat(size)
      const wrong = sized(text, (size) => show(text(size)))
      if (whole !== undefined) {
        const length = Math.max(1, min ?? 1)
        const other = STRANGE.map((piece) => piece.repeat(length).slice(0, max)).find(
          (one) => !whole.test(one) && one.isWellFormed(),
        )!
        const says = `${show(other)}|Member must satisfy regular expression pattern: ${pattern}`
        wrong.push({ rule: 'pattern', value: other, says })
      }
      if (shape.enum !== undefined) {
        const says = `${show('Fly')}|Member must satisfy enum value set: [${shape.enum.join(', ')}]`
        wrong.push({ rule: 'enum', value: 'Fly', says })
      }
      return wrong
    }
    case 'integer':
      return sized(
        (size) => size,
        (size) => ` '${size}'`,
      )
    case 'blob':
      return sized(
        (size) => new Uint8Array(size),
        () => '',
      )
    case 'list': {
      const { member } = shape
      const isShown = member.type === 'string' && member.sensitive !== true
      const list = (size: number) => Array.from({ length: size }, () => good(member))
      const show = (items: unknown[]) => (isShown ? shown(`[${items.join(', ')}]`) : '')
      const items = member.type === 'structure' ? [] : wrongValues(member)
      return [
        ...sized(list, (size) => show(list(size))),
        ...[...items, { value: null, says: '|Member must not be null' }].map(({ value, says }) => {
          const constraint = says.slice(says.lastIndexOf('|') + 1)
          const place = isShown ? shown(`[${value ?? ''}]`) : ''
          const must = `Member must satisfy constraint: [${constraint}]`
          return { rule: 'item', value: [value], says: `${place}|${must}` } as const
        }),
      ]
    }
    case 'map': {
      const says = '|Map value must satisfy constraint: [Member must not be null]'
      return [{ rule: 'item', value: { a: null }, says }]
    }
    default:
      return []
  }
}

interface Case extends Wrong {
  readonly input: Record<string, unknown>
  readonly at: string
}

/** Inputs of a structure in which one thing is wrong, and where. */
function casesOf(structure: Structure, path = ''): Case[] {
  return structure.members.flatMap((member) => {
    const { name, lowerName, shape, isRequired } = member
    const at = `${path}${lowerName}`
    const cases: Case[] = wrongValues(shape).map((wrong) => ({
      ...wrong,
      input: { ...filled(structure), [name]: wrong.value },
      at,
    }))
    if (isRequired) {
      const { [name]: _, ...input } = filled(structure)
      const says = ' null|Member must not be null'
      cases.push({ rule: 'required', value: undefined, says, input, at })
    }
    return [...cases, ...nestedCases(structure, member, at)]
  })
}

/** Members are named by their place: that of a list's structure is its number. */
function nestedCases(structure: Structure, { name, shape }: Member, at: string): Case[] {
  const isList = shape.type === 'list'
  const inner = isList ? shape.member : shape
  if (inner.type !== 'structure') return []
  return casesOf(inner, isList ? `${at}.1.member.` : `${at}.`).map((one) => ({
    ...one,
    input: { ...filled(structure), [name]: isList ? [one.input] : one.input },
  }))
}

const ALL = SERVED.map((operation) => {
  const { input } = KMS_API.operation(operation)!
  return { operation, cases: input === undefined ? [] : casesOf(input) }
})

const context = {
  ...{ caller, requestId: '00000000-0000-4000-8000-000000000000' },
  ...{ sourceIpAddress: '192.0.2.7', userAgent: 'a client' },
}

describe('the model', () => {
  it('has rules of every kind, which operations break in each', () => {
    const rules = new Set(ALL.flatMap(({ cases }) => cases.map(({ rule }) => rule)))
    expect([...rules].sort()).toEqual(['enum', 'item', 'max', 'min', 'pattern', 'required'])
    expect(ALL.flatMap(({ cases }) => cases).length).toBeGreaterThan(4 * SERVED.length)
  })
})

describe('an operation', () => {
  it.each(ALL)('such as $operation refuses what its model forbids', async (all) => {
    const { operation, cases } = all
    for (const { input, at, says } of cases) {
      const [value, constraint] = says.split(/\|(?=Member must|Map value must)/)
      const message = `1 validation error detected: Value${value} at '${at}' failed to satisfy constraint: ${constraint}`
      const outcome = await house.service.call(operation, valuesOf(input), context).then(
        () => ({ code: 'done', message: '' }),
        (error: Error & { code: string }) => ({ code: error.code, message: error.message }),
      )
      expect(outcome).toEqual({ code: 'ValidationException', message })
    }
    const records = (await house.records()).filter(({ eventName }) => eventName === operation)
    const codes = records.map(({ errorCode }) => errorCode)
    expect(codes).toEqual(cases.map(() => 'ValidationException'))
  })

  it.each(ALL.filter(({ cases }) => cases.length > 0))(
    'such as $operation takes what is as long, as many or as large as may be',
    ({ operation }) => {
      const { input } = KMS_API.operation(operation)!
      const read = () => valuesOf(filled(input!))(KMS_API.operation(operation)!)
      expect(read).not.toThrow()
      for (const { name, shape } of input!.members) {
        for (const value of edges(shape)) {
          const edge = { ...filled(input!), [name]: value }
          expect(() => valuesOf(edge)(KMS_API.operation(operation)!)).not.toThrow()
        }
      }
    },
  )
})

/** The largest and the smallest that a model lets be; of patterns not, which are for one kind of text each. */
function edges(shape: Shape): unknown[] {
  if (shape.type === 'integer') return [shape.min, shape.max].filter((one) => one !== undefined)
  if (shape.type === 'blob') {
    return [shape.min, shape.max].flatMap((one) => (one === undefined ? [] : [new Uint8Array(one)]))
  }
  if (shape.type === 'list' && shape.max !== undefined) {
    return [Array.from({ length: shape.max }, () => good(shape.member))]
  }
  if (shape.type !== 'string' || shape.whole !== undefined) return []
  if (shape.enum !== undefined) return [...shape.enum]
  return [shape.min, shape.max].flatMap((one) => (one === undefined ? [] : ['a'.repeat(one)]))
}
