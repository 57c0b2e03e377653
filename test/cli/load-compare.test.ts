/** `sealtrail load compare`: what it says of two reports, and what it ends with. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunReport } from '../../src/load/report/run.js'
import { simulatedRun } from '../load/report/simulated-run.js'
import { sealtrail } from '../support/command.js'
import { temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('load-compare')
const report = (name: string, run: RunReport): string => {
  const path = join(folder.path, `${name}.json`)
  writeFileSync(path, JSON.stringify(run))
  return path
}
const compare = (...args: string[]) => sealtrail(['load', 'compare', ...args])

let before: string
let like: string
let slower: string
beforeAll(() => {
  const machine = { noise: 0.02, drift: 0, windows: 60 }
  before = report('before', simulatedRun({ seed: 1, ...machine }))
  like = report('like', simulatedRun({ seed: 2, ...machine }))
  const other = simulatedRun({ seed: 3, slowdown: 1.2, ...machine })
  slower = report('slower', {
    ...other,
    scenario: { name: 'simulated', shape: { kind: 'constant', rate: 6000 }, work: ['kms.Decrypt'] },
    environment: { ...other.environment, cpu: 'another\u001b[2J' },
  })
})
afterAll(() => folder.remove())

describe('load compare', () => {
  it('says that like runs do not differ, and ends with 0', async () => {
    const { code, out } = await compare(before, like, '--threshold', 'errors==0')
    expect(out.toString()).toMatch(/no difference \(one of \d\.\d % would have been found\)/)
    expect(out.toString()).toContain('errors==0: kept, 0')
    expect(code).toBe(0)
  })

  it('says what is worse and what else is otherwise, and ends with 1', async () => {
    const { code, out } = await compare(before, slower)
    const text = out.toString()
    expect(text).toMatch(/slower\.json, beside .*before\.json: worse than before \(confidence 9\d/)
    expect(text).toMatch(/p99 .*\+2\d %.*worse/)
    expect(text).toContain('shape.rate: 5000 → 6000')
    expect(text).toContain('cpu: "a simulated CPU" → "another\\u001b[2J"')
    expect(text).not.toContain('\u001b')
    expect(code).toBe(1)
  })

  it('compares each later run with the first, and tells all of it as JSON', async () => {
    const { code, out } = await compare(before, like, slower, '--json')
    const told = JSON.parse(out.toString())
    expect(told).toMatchObject([
      { file: like, verdict: 'no difference', confidence: null },
      { file: slower, verdict: 'worse' },
    ])
    expect(code).toBe(1)
  })

  it('ends with 1 when a threshold is not kept, however the runs compare', async () => {
    const { code, out } = await compare(before, like, '--threshold', 'p50<1us')
    expect(out.toString()).toContain('no difference')
    expect(out.toString()).toMatch(/p50<1us: not kept, \d+ µs/)
    expect(code).toBe(1)
  })

  it('ends with 1 of a run whose answers were wrong, however fast they came', async () => {
    const machine = { noise: 0.02, drift: 0, windows: 60 }
    const wrong = report('wrong', { ...simulatedRun({ seed: 2, ...machine }), ended: 'failed' })
    const { code, out } = await compare(before, wrong)
    expect(out.toString()).toContain('no difference')
    expect(out.toString()).toContain('the second run failed')
    expect(code).toBe(1)
  })

  it('ends with 1 when nobody can tell', async () => {
    const few = report('few', simulatedRun({ seed: 4, windows: 5 }))
    const { code, out } = await compare(few, few)
    expect(out.toString()).toContain('unclear: too few windows')
    expect(code).toBe(1)
  })

  it.each([
    ['a threshold that is none', () => [before, like, '--threshold', 'p99<20'], 'needs a unit'],
    ['a file that is not there', () => [before, `${before}.x`], 'is not there'],
    [
      'a file that is no report',
      () => [before, report('none', {} as RunReport)],
      'is no report of a run',
    ],
    ['one report alone', () => [before], "missing required argument 'after'"],
  ])('is used wrongly with %s, and ends with 2', async (_, args, says) => {
    const { code, said } = await compare(...args())
    expect(said).toContain(says)
    expect(code).toBe(2)
  })
})
