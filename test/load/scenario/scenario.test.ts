/** Scenario files: what is wrong with one is said with its place, and the published schema says the same. */
import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { checkedScenario, readScenario } from '../../../src/load/scenario/read.js'
import { SCENARIO_SCHEMA } from '../../../src/load/scenario/schema.js'
import { complaintOf } from '../../../src/seed/check.js'
import { fc, test } from '../../support/property.js'

const published = JSON.parse(readFileSync('docs/load.schema.json', 'utf8')) as object
const isValid = new Ajv2020({ strict: true, strictTypes: false }).compile(published)

const whole = () => ({
  name: 'all of it',
  target: { kind: 'server', url: 'http://127.0.0.1:4599', region: 'eu-west-1' },
  work: [
    { kind: 'kms.Decrypt', weight: 2, context: { a: 'b' }, contexts: 10 },
    { kind: 's3.PutObject', size: '4KiB', encryption: 'SSE-C' },
    { kind: 'logs.write', batchBytes: '1MiB', batchAge: '500ms' },
  ],
  shape: { kind: 'spike', rate: 10, peak: 100, at: '1s', for: '1s' },
  warmup: '1s',
  duration: '5s',
  stop: { operations: 1000, steady: { windows: 5, percent: 3.5 } },
  clients: 2,
  raw: true,
})
const change = (more: object) => ({ ...whole(), ...more })
const said = (given: unknown) => {
  try {
    checkedScenario(given, 'it')
    return 'nothing'
  } catch (error) {
    return (error as Error).message
  }
}

describe('sizes of objects', () => {
  const put = (more: object) => change({ work: [{ kind: 's3.PutObject', ...more }] })
  const buckets = (least: string, most: string, weight = 1) => ({
    sizes: { kind: 'buckets', buckets: [{ least, most, weight }] },
  })

  it('are a histogram, in bytes, and the largest is the one there must be room for', () => {
    const { work } = checkedScenario(put(buckets('1KiB', '2KiB')), 'it')
    expect(work[0]).toMatchObject({
      size: 2048,
      sizes: { kind: 'buckets', buckets: [{ least: 1024, most: 2048, weight: 1 }] },
    })
    const real = checkedScenario(put({ sizes: { kind: 'real' } }), 'it').work[0]!
    expect(real.size).toBeGreaterThan(1024)
  })

  it.each([
    ['sizes must be at most 64MiB', put(buckets('1KiB', '65MiB'))],
    ['sizes must be at least 16B', put(buckets('1B', '1KiB'))],
    ['sizes least is at most as large as most', put(buckets('2KiB', '1KiB'))],
    ['sizes must be at least 16B', put({ sizes: { kind: 'log2', least: '0B', most: '1KiB' } })],
    ['work[0] has size and sizes', put({ size: '1KiB', ...buckets('1KiB', '2KiB') })],
    ['work[0].sizes must have buckets', put({ sizes: { kind: 'buckets' } })],
    ['work[0].sizes.kind must be one of log2,', put({ sizes: { kind: 'zipf' } })],
  ])('are refused: %s', (message, given) => {
    expect(said(given)).toContain(message)
  })

  it('of nothing are refused', () => {
    expect(said(put(buckets('1KiB', '2KiB', 0)))).not.toBe('nothing')
  })
})

describe('a replay', () => {
  const replay = (more: object = {}) => ({
    ...{ target: { kind: 'embedded' }, work: [{ kind: 'logs.write' }] },
    ...{ shape: { kind: 'replay', directory: 'logs' }, ...more },
  })

  it('has no more than its directory, and perhaps a speed', () => {
    expect(checkedScenario(replay(), 'it').shape).toMatchObject({ directory: 'logs' })
    expect(said(replay({ shape: { kind: 'replay' } }))).toContain('shape must have directory')
  })

  it.each([
    ['of one logs.write', { work: [{ kind: 'logs.write' }, { kind: 'logs.read' }] }],
    ['of one logs.write', { work: [{ kind: 'kms.Encrypt' }] }],
    ['warmup must be none', { warmup: '1s' }],
    ['clients must be 1', { clients: 2, target: { kind: 'server' } }],
  ])('is refused where it cannot be: %s', (message, more) => {
    expect(said(replay(more))).toContain(message)
  })
})

describe('a scenario', () => {
  it('is taken whole, with times in milliseconds and sizes in bytes', () => {
    expect(checkedScenario(whole(), 'it')).toMatchObject({
      shape: { kind: 'spike', rate: 10, peak: 100, atMs: 1000, forMs: 1000 },
      work: [
        { kind: 'kms.Decrypt', weight: 2, contexts: 10 },
        { kind: 's3.PutObject', weight: 1, size: 4096, encryption: 'SSE-C' },
        { kind: 'logs.write', batchBytes: 1 << 20, batchAgeMs: 500 },
      ],
      ...{ warmupMs: 1000, durationMs: 5000, windowMs: 1000, clients: 2, inFlight: 128 },
    })
  })

  it.each<readonly [string, unknown]>([
    ['it is no scenario: the whole must be an object', []],
    ['it is no scenario: the whole must have target', {}],
    ['it is no scenario: target.kind must be one of embedded,', change({ target: { kind: 'x' } })],
    ['it is no scenario: target must have path', change({ target: { kind: 'directory' } })],
    ['it is no scenario: work[0].kind must be one of kms.', change({ work: [{ kind: 'kms.X' }] })],
    [
      'it is no scenario: work[0].size is not known: there can be kind,',
      change({ work: [{ kind: 'kms.Decrypt', size: '1KiB' }] }),
    ],
    ['it is no scenario: shape must have rate', change({ shape: { kind: 'constant' } })],
    ['it is no scenario: duration must match', change({ duration: '5 minutes' })],
    ['it is no scenario: duration must be a string', change({ duration: 5 })],
    ['it is no scenario: clients must be at most 64', change({ clients: 65 })],
    ['it is no scenario: raw must be true or false', change({ raw: 'yes' })],
    ['it is no scenario: ratee is not known', change({ ratee: 5 })],
    [
      'it cannot be run: clients must be 1 with target.kind embedded',
      change({ target: { kind: 'embedded' }, work: [{ kind: 'kms.Decrypt' }] }),
    ],
    [
      'it cannot be run: work[0].kind kms.Decrypt cannot be asked of target.kind directory',
      change({ target: { kind: 'directory', path: 'x' }, clients: 1 }),
    ],
    ['it cannot be run: duration must be longer', change({ duration: '0s' })],
    ['it cannot be run: shape.at and shape.for reach beyond', change({ duration: '1s' })],
    ['it cannot be run: shape.rate must be above 0', change({ shape: { kind: 'soak', rate: 0 } })],
    [
      'it cannot be run: work must have a weight above 0',
      change({ work: [{ kind: 'kms.Decrypt', weight: 0 }] }),
    ],
    [
      'it cannot be run: work[0].context has aws:s3:arn',
      change({ work: [{ kind: 'kms.Decrypt', context: { 'aws:s3:arn': 'x' } }] }),
    ],
    [
      'it cannot be run: work[0].algorithm must be one of ECDSA_SHA_384 with keySpec ECC_NIST_P384',
      change({
        work: [{ kind: 'kms.Sign', keySpec: 'ECC_NIST_P384', algorithm: 'ECDSA_SHA_256' }],
      }),
    ],
    ['it cannot be run: window is too short', change({ window: '10ms', duration: '10h' })],
    [
      'it cannot be run: work[0].size must be at least 16B',
      change({ work: [{ kind: 's3.PutObject', size: '8B' }] }),
    ],
    [
      'it cannot be run: target.channel must be given',
      change({
        target: { kind: 'aws' },
        work: [{ kind: 'cloudtrail-data.PutAuditEvents' }],
      }),
    ],
  ])('is refused: %s', (sentence, given) => {
    expect(said(given)).toContain(sentence)
  })

  it('signs by an algorithm of its key spec that takes whole messages', () => {
    const sign = (keySpec?: string) =>
      checkedScenario(change({ work: [{ kind: 'kms.Sign', ...(keySpec && { keySpec }) }] }), 'it')
    expect(sign().work).toMatchObject([{ keySpec: 'ECC_NIST_P256', algorithm: 'ECDSA_SHA_256' }])
    expect(sign('ECC_NIST_EDWARDS25519').work).toMatchObject([{ algorithm: 'ED25519_SHA_512' }])
  })

  it('of a file says the line of what is no YAML, and nothing of what stands there', () => {
    const read = () => readScenario(Buffer.from('target: [secret\n'), 'my.yaml')
    expect(read).toThrow(/^my\.yaml is neither YAML nor JSON: line \d+, column \d+/)
    expect(read).not.toThrow(/secret/)
  })

  it('of a file gives way to what the command line says', () => {
    const bytes = Buffer.from(JSON.stringify(whole()))
    const { durationMs, warmupMs } = readScenario(bytes, 'it', {
      duration: '9s',
      warmup: undefined,
    })
    expect([durationMs, warmupMs]).toEqual([9000, 1000])
  })
})

describe('the schema of scenarios', () => {
  it('is published as it is', () => {
    expect(published).toEqual(JSON.parse(JSON.stringify(SCENARIO_SCHEMA)))
  })

  it.each(readdirSync('examples'))('lets %s through, and so does what runs it', (name) => {
    const bytes = readFileSync(`examples/${name}`)
    expect(isValid(parse(bytes.toString()))).toBe(true)
    expect(readScenario(bytes, name).name).toBe(name.replace('.yaml', ''))
  })

  const odd = fc.constantFrom<unknown>(
    ...[null, true, 0, -1, 1.5, 65, '', 'x', '5s', '1KiB', [], {}, { kind: 'soak', rate: 1 }],
    ...[{ kind: 'embedded' }, { kind: 'logs.read', files: 2 }, 2 ** 40, 'http://a', 'http://a/b'],
  )
  test.prop([fc.constantFrom(...waysIn(whole())), odd], { numRuns: 1000 })(
    'says the same as our checks of whatever stands in any place',
    (way, value) => {
      const given = { whole: whole() as unknown }
      let parent = given as Record<string | number, unknown>
      const steps = ['whole', ...way]
      for (const step of steps.slice(0, -1)) parent = parent[step] as typeof parent
      parent[steps.at(-1)!] = value
      const complaint = complaintOf(SCENARIO_SCHEMA, given.whole)
      expect([complaint, complaint === undefined]).toEqual([complaint, isValid(given.whole)])
    },
  )
})

type Step = string | number

/** Every value, by the way to it. */
function waysIn(value: unknown, way: Step[] = []): Step[][] {
  if (typeof value !== 'object' || value === null) return [way]
  const inside = value as Record<Step, unknown>
  const names: Step[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value)
  return [way, ...names.flatMap((name) => waysIn(inside[name], [...way, name]))]
}
