/** The published schema and our checks say the same. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { complaintOf } from '../../src/seed/check.js'
import { SEED_SCHEMA } from '../../src/seed/schema.js'
import { fc, test } from '../support/property.js'
import { example, exampleText } from './house.js'

const published = JSON.parse(readFileSync('docs/seed.schema.json', 'utf8')) as object
const ajv = new Ajv2020({ strict: true, strictTypes: false })
const isValid = ajv.compile(published)

type Step = string | number
/** Every value in the example, by the way to it. */
function waysIn(value: unknown, way: Step[] = []): Step[][] {
  if (typeof value !== 'object' || value === null) return [way]
  const names: Step[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value)
  const inside = value as Record<Step, unknown>
  return [way, ...names.flatMap((name) => waysIn(inside[name], [...way, name]))]
}

/** The example with something else in one place. */
function changed(
  way: readonly Step[],
  change: (parent: Record<Step, unknown>, name: Step) => void,
) {
  const whole = { whole: example() } as Record<Step, unknown>
  let parent = whole
  for (const step of ['whole', ...way].slice(0, -1)) parent = parent[step] as typeof parent
  change(parent, ['whole', ...way].at(-1)!)
  return whole.whole
}

const ways = fc.constantFrom(...waysIn(example()))
const odd = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 3600, 43_201, '', [], {}, [[]], [''], { a: '' }),
  fc.constantFrom(
    'x'.repeat(65),
    'x'.repeat(9000),
    '€'.repeat(64),
    '/a/',
    'alias/',
    'mrk-1',
    'Active',
  ),
  fc.constantFrom(
    [1, 1],
    ['a', 'a'],
    ['Decrypt', 'Decrypt'],
    [{}],
    { '': '' },
    { ['k'.repeat(129)]: '' },
  ),
  fc.string({ maxLength: 20 }),
)

describe('the schema of seeds', () => {
  it('is published as it is', () => {
    expect(published).toEqual(SEED_SCHEMA)
  })

  it('is sound, and is of draft 2020-12', () => {
    expect(ajv.validateSchema(published)).toBe(true)
    expect(SEED_SCHEMA.$schema).toBe('https://json-schema.org/draft/2020-12/schema')
  })

  it('lets the examples of the docs through, and so do our checks', () => {
    const blocks = ['docs/SEED.md', 'README.md'].flatMap((file) => [
      ...readFileSync(file, 'utf8').matchAll(/```yaml seed\n([\s\S]*?)```/g),
    ])
    expect(blocks.length).toBeGreaterThan(0)
    expect(blocks.map(([, text]) => text)).toContain(exampleText())
    for (const [, text] of blocks) {
      const seed: unknown = parse(text!)
      expect([isValid(seed), complaintOf(SEED_SCHEMA, seed)]).toEqual([true, undefined])
    }
  })

  test.prop([ways, odd], { numRuns: 1000 })(
    'says the same as our checks of whatever stands in any place',
    (way, value) => {
      const seed = changed(way, (parent, name) => {
        parent[name] = value
      })
      agreeOn(seed)
    },
  )

  test.prop([ways, fc.boolean()], { numRuns: 300 })(
    'says the same as our checks of what is missing, and of what is one too many',
    (way, isMissing) => {
      const seed = changed(way, (parent, name) => {
        if (isMissing) delete parent[name]
        else if (typeof parent[name] === 'object') (parent[name] as Record<Step, unknown>).odd = 'x'
      })
      // A hole in a list is a null in JSON.
      if (seed !== undefined) agreeOn(JSON.parse(JSON.stringify(seed)))
    },
  )
})

function agreeOn(seed: unknown): void {
  const complaint = complaintOf(SEED_SCHEMA, seed)
  expect([complaint, complaint === undefined]).toEqual([complaint, isValid(seed)])
}
