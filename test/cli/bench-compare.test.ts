/** `sealtrail bench compare`: what it says of two reports, and what it ends with. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BenchReport } from '../../src/bench/report/report.js'
import { simulatedReport } from '../bench/simulated-report.js'
import { sealtrail } from '../support/command.js'
import { temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('bench-compare')
const file = (name: string, report: object): string => {
  const path = join(folder.path, `${name}.json`)
  writeFileSync(path, JSON.stringify(report))
  return path
}
const compare = (...args: string[]) => sealtrail(['bench', 'compare', ...args])

let before: string
let like: string
let slower: string
beforeAll(() => {
  before = file('before', simulatedReport({ seed: 1 }))
  like = file('like', simulatedReport({ seed: 2 }))
  const other = simulatedReport({ seed: 3, slowdown: 1.5 })
  const environment = { ...other.environment, commit: 'another\u001b[2J' }
  slower = file('slower', { ...other, environment, pace: { ...other.pace, sliceMs: 15 } })
})
afterAll(() => folder.remove())

describe('bench compare', () => {
  it('says that like reports do not differ, and ends with 0', async () => {
    const { code, out } = await compare(before, like, '--threshold', 'wrap:native>=2x')
    expect(out.toString()).toContain(`${like}, beside ${before}: no difference`)
    expect(out.toString()).toMatch(/wrap:native>=2x: kept, [56]\.\d+x \(native, wrap \d keys\)/)
    expect(code).toBe(0)
  })

  it('says what is worse and what else is otherwise, and ends with 1', async () => {
    const { code, out } = await compare(before, slower)
    const text = out.toString()
    expect(text).toMatch(/slower\.json, beside .*before\.json: worse than before \(confidence 9\d/)
    expect(text).toMatch(
      /^engine\/wrap: wrap 1 keys\n {2}CONTENDER .*\n {2}native .*\+[45]\d %.*worse/m,
    )
    expect(text).toContain('pace.sliceMs: 100 → 15')
    expect(text).toContain('commit: "4cebc78" → "another\\u001b[2J"')
    expect(text).not.toContain('\u001b')
    expect(code).toBe(1)
  })

  it('compares each later report with the first, and tells all of it as JSON, with all rounds', async () => {
    const { code, out } = await compare(before, like, slower, '--json')
    const told = JSON.parse(out.toString())
    expect(told).toMatchObject([
      { file: like, verdict: 'no difference', confidence: null },
      { file: slower, verdict: 'worse' },
    ])
    expect(told[1].contenders[0].after.rounds).toHaveLength(15)
    expect(code).toBe(1)
  })

  it('ends with 1 when a threshold is not kept, however the reports compare', async () => {
    const { code, out } = await compare(before, like, '--threshold', 'wrap:native<1ns')
    expect(out.toString()).toContain('no difference')
    expect(out.toString()).toMatch(/wrap:native<1ns: not kept, \d+ ns/)
    expect(code).toBe(1)
  })

  it('ends with 1 when a bench was not answered, or nobody can tell', async () => {
    const report = simulatedReport({ seed: 2 })
    const questions = report.questions.map((one) => ({ ...one, failed: 'no more disk' }))
    const failed = await compare(before, file('failed', { ...report, questions }))
    expect(failed.out.toString()).toContain('has no whole answer to engine/wrap: no more disk')
    const few = await compare(before, file('few', simulatedReport({ seed: 2, rounds: 5 })))
    expect(few.out.toString()).toContain('unclear: ')
    expect([failed.code, few.code]).toEqual([1, 1])
  })

  it.each([
    ['a threshold that is none', () => [before, like, '--threshold', 'p99<20ms'], 'no threshold'],
    ['a file that is not there', () => [before, `${before}.x`], 'is not there'],
    [
      'a file that is no report',
      () => [before, file('none', {} as BenchReport)],
      'is no report of benches',
    ],
    ['one report alone', () => [before], "missing required argument 'after'"],
  ])('is used wrongly with %s, and ends with 2', async (_, args, says) => {
    const { code, said } = await compare(...args())
    expect(said).toContain(says)
    expect(code).toBe(2)
  })
})
