/** The proof of growth, in small: each size is opened, called and measured. What it costs is for the proof to say. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { growthPage } from '../../scripts/proofs/growth-page.mjs'

const SIZES = ['--keys', '100', '--objects', '100', '--records', '1000']
const GROWTH = ['scripts/proofs/growth.mjs', '--json', ...SIZES]

interface Report {
  readonly states: number
  readonly curves: Readonly<Record<string, ReadonlyArray<Readonly<Record<string, number>>>>>
}

describe('a house that grows', () => {
  it('is opened and called at each of its sizes', async () => {
    // A finding ends it with 1, and is of times, which are no matter here.
    const run = promisify(execFile)(process.execPath, GROWTH)
    const { stdout } = await run.catch((failed: { stdout: string }) => failed)
    const { states, curves }: Report = JSON.parse(stdout)
    expect(states).toBe(9)
    expect(Object.values(curves).map((curve) => curve.map(({ size }) => size))).toEqual([
      [1, 10, 100],
      [1, 10, 100],
      [10, 100, 1000],
    ])
    const page = growthPage({ curves, machine: { 'made <by>': 'a "test"' } })
    for (const what of ['100 keys', '100 objects', '1,000 records']) expect(page).toContain(what)
    expect(page.match(/<svg/g)).toHaveLength(12)
    expect(page).toContain('<td>made &lt;by&gt;</td><td class="text">a &quot;test&quot;</td>')
    expect(page).not.toMatch(/<script|https?:|NaN|undefined/)
    for (const point of Object.values(curves).flat()) {
      for (const [name, value] of Object.entries(point)) expect(value, name).toBeGreaterThan(0)
    }
  })
})
