/** The summary of a run, of which others wrote a part. */
import { expect, it } from 'vitest'
import { summary } from '../../src/cli/load/summary.js'
import { simulatedRun } from '../load/report/simulated-run.js'

it('moves no cursor, whatever a target calls its errors and a client its checks', () => {
  const run = simulatedRun({ seed: 1 })
  const said = '\u001b]0;owned\u0007\u001b[2J\r\n\u202e'
  const checks = [{ name: `a${said}`, count: 1, failed: 1, examples: [`b${said}`] }]
  const totals = { ...run.totals, errors: { [said]: 1 } }
  const lines = summary({ ...run, totals, checks }, [])
  expect(lines.join('')).not.toMatch(/[\p{Cc}\u202e]/u)
  expect(lines.join('\n')).toContain('\\u001b]0;owned\\u0007')
})
