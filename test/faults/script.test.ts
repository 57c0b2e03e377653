/** Files of faults: what they may say, and which calls are hit. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { Faults } from '../../src/faults/faults.js'
import { readFaultsFile } from '../../src/faults/faults-file.js'
import { ERRORS, type FaultRule } from '../../src/faults/schema.js'
import { openSealtrail } from '../../src/index.js'
import { temporaryFolder } from '../support/serve.js'

let folder: { path: string; remove(): void }
let file: string
beforeAll(() => {
  folder = temporaryFolder('faults')
  file = join(folder.path, 'faults.yaml')
})
afterAll(() => folder.remove())

const read = (text: string | Uint8Array) => {
  writeFileSync(file, text)
  return readFaultsFile(file)
}

describe('a file of faults', () => {
  it('is YAML, or JSON', async () => {
    const text =
      'seed: 7\nfaults:\n  - operations: [Decrypt]\n    error: ThrottlingException\n    first: 2\n'
    const faults = [{ operations: ['Decrypt'], error: 'ThrottlingException', first: 2 }]
    expect(await read(text)).toEqual({ seed: 7, faults })
    expect(await read(JSON.stringify({ faults }))).toEqual({ faults })
  })

  it.each([
    ['', 'is no script of faults: the whole must be an object'],
    ['faults: []', 'is no script of faults: faults must have at least 1 items'],
    ['fault: []', 'is no script of faults: the whole must have faults'],
    ['faults: [{first: 1}]', 'is no script of faults: faults[0] must have error, delayMs, or both'],
    [
      'faults: [{delayMs: 5, first: 1}, {delayMs: 5}]',
      'is no script of faults: faults[1] must have one of first, every, percent',
    ],
    [
      'faults: [{delayMs: 5, first: 1, every: 2}]',
      'is no script of faults: faults[0] must have one of first, every, percent',
    ],
    ['faults: [{delayMs: 0, first: 1}]', 'faults[0].delayMs must be at least 1'],
    ['faults: [{delayMs: 60001, first: 1}]', 'faults[0].delayMs must be at most 60000'],
    ['faults: [{delayMs: 1, percent: 101}]', 'faults[0].percent must be at most 100'],
    ['faults: [{delayMs: 1, percent: 0.5}]', 'faults[0].percent must be a whole number'],
    ['faults: [{error: Boom, first: 1}]', `faults[0].error must be one of ${ERRORS.join(', ')}`],
    ['faults: [{delayMs: 1, often: 1}]', 'faults[0].often is not known: there can be operations'],
    [
      'faults: [{delayMs: 1, first: 1, operations: [GetObject]}]',
      'faults[0].operations[0] must be one of CancelKeyDeletion, ',
    ],
    [
      'faults: [{delayMs: 1, first: 1, operations: [Decrypt, Decrypt]}]',
      'faults[0].operations[1] is there twice',
    ],
    ['faults: [', 'is neither YAML nor JSON: line 1, column 1'],
    ['['.repeat(2000), 'has more than 1000 open brackets'],
    [Uint8Array.of(0xff), 'is not UTF-8'],
  ])('that holds %j is refused by its place', async (text, says) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'ConfigInvalid',
      message: expect.stringContaining(says),
    })
  })

  it('that is not there, or too large, keeps the house shut', async () => {
    const dataDir = join(folder.path, 'data')
    const faults = join(folder.path, 'none.yaml')
    const refused = (says: string) => ({ code: 'ConfigInvalid', message: `faults file ${says}` })
    await expect(openSealtrail({ dataDir, faults })).rejects.toMatchObject(
      refused(`${faults} is not there`),
    )
    await expect(read(' '.repeat((1 << 20) + 1))).rejects.toMatchObject({ code: 'ConfigInvalid' })
    await (await openSealtrail({ dataDir })).close()
  })
})

/** Of `count` calls of `operation`: the names of their failures, or nothing. */
async function outcomes(faults: Faults, count: number, operation = 'Decrypt'): Promise<string[]> {
  const names: string[] = []
  for (let i = 0; i < count; i++) {
    const name = await faults.pass({ operation }).then(
      () => '',
      ({ code }) => code as string,
    )
    names.push(name)
  }
  return names
}

describe('a rule', () => {
  afterEach(() => vi.useRealTimers())
  const faultsOf = (...faults: FaultRule[]) => new Faults({ faults })
  const error = 'KMSInternalException'

  it('hits the first calls of its operations, and no others', async () => {
    const faults = faultsOf({ operations: ['Decrypt', 'Encrypt'], error, first: 2 })
    expect(await outcomes(faults, 1, 'Encrypt')).toEqual([error])
    expect(await outcomes(faults, 3, 'GenerateDataKey')).toEqual(['', '', ''])
    expect(await outcomes(faults, 3)).toEqual([error, '', ''])
  })

  it('hits each so manieth, of all operations when it names none', async () => {
    const faults = faultsOf({ error, every: 3 })
    expect(await outcomes(faults, 2)).toEqual(['', ''])
    expect(await outcomes(faults, 4, 'ListKeys')).toEqual([error, '', '', error])
  })

  it('hits about its share, the same for the same seed', async () => {
    const draw = (seed?: number) => {
      const faults = [{ error, percent: 25 } as const]
      return outcomes(new Faults(seed === undefined ? { faults } : { seed, faults }), 1000)
    }
    const [one, same, other] = [await draw(3), await draw(3), await draw(4)]
    expect(one).toEqual(same)
    expect(one).not.toEqual(other)
    const hits = one.filter((name) => name === error).length
    expect(hits).toBeGreaterThan(200)
    expect(hits).toBeLessThan(300)
    expect(await draw()).toEqual(await draw(0))
    const always = faultsOf({ error, percent: 100 })
    expect(await outcomes(always, 3)).toEqual([error, error, error])
  })

  it('counts a call that another has failed, and the first with an error decides', async () => {
    const faults = faultsOf(
      { error: 'KeyUnavailableException', every: 2 },
      { error: 'DependencyTimeoutException', every: 2 },
      { error, every: 3 },
    )
    const [unavailable] = ERRORS.slice(-1)
    expect(await outcomes(faults, 6)).toEqual([
      '',
      unavailable,
      error,
      unavailable,
      '',
      unavailable,
    ])
  })

  it('makes a call wait for all delays that hit it, before it fails', async () => {
    vi.useFakeTimers()
    const faults = faultsOf({ delayMs: 300, every: 1 }, { delayMs: 200, error, every: 1 })
    let outcome: string[] | undefined
    void outcomes(faults, 1).then((names) => {
      outcome = names
    })
    await vi.advanceTimersByTimeAsync(499)
    expect(outcome).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    expect(outcome).toEqual([error])
  })

  it('makes nobody wait for the end', async () => {
    vi.useFakeTimers()
    const faults = faultsOf({ delayMs: 60_000, every: 1 })
    const waiting = outcomes(faults, 1)
    faults.close()
    expect(await waiting).toEqual([''])
    expect(await outcomes(faults, 1)).toEqual([''])
    expect(vi.getTimerCount()).toBe(0)
  })
})
