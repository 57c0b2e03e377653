/** Thresholds of a run: a small grammar, errors that say what there can be, and a judgement of what was measured. */
import { describe, expect, it } from 'vitest'
import type { RunReport } from '../../../src/load/report/run.js'
import { judge } from '../../../src/load/report/thresholds/judge.js'
import { parseThreshold } from '../../../src/load/report/thresholds/parse.js'
import { KIND_NAMES, KINDS } from '../../support/kinds.js'
import { histogram, latencyOf, simulatedRun } from './simulated-run.js'

/** A thousand answers, of 1 to 1000 µs; ten errors, of 1,020 that were planned. */
function run(more: Partial<RunReport> = {}): RunReport {
  const counted = histogram()
  for (let i = 1; i <= 1000; i++) counted.recordValue(i * 1000)
  const simulated = simulatedRun({ seed: 1, windows: 1 })
  const totals = {
    ...{ planned: 1020, sent: 1010, ok: 1000, errors: { A: 6, B: 4 }, dropped: 10 },
    ...{ bytes: 4_000_000, storedBytes: null, seconds: 10 },
    ...{ corrected: latencyOf(counted), raw: { ...latencyOf(counted), p99: 5000 } },
  }
  const checks = [{ name: 'a check', count: 200, failed: 2, examples: [] }]
  const operations = { 'kms.Decrypt': { ...totals, planned: 2000, ok: 500 } }
  return { ...simulated, totals, operations, checks, plannedRate: 102, ...more }
}
const judged = (text: string, of = run()) => judge([parseThreshold(text)], of)[0]!

describe('a threshold', () => {
  it.each([
    ['p50<501us', true],
    ['p50<=0.4ms', false],
    ['p99<20ms', true],
    ['p99 < 20 ms', true],
    ['p99<900µs', false],
    ['p99.9<1ms', true],
    ['p999<1ms', true],
    ['p999<990us', false],
    ['p95<955us', true],
    ['p95<945us', false],
    ['p100<1s', true],
    ['raw.p99<6us', true],
    ['mean>500us', true],
    ['max<=1001us', true],
    ['min>=1us', true],
    ['errors==0', false],
    ['errors==10', true],
    ['errors<1%', true],
    ['errors<0.99%', false],
    ['dropped<=10', true],
    ['dropped<0.9%', false],
    ['failed==2', true],
    ['failed<=1%', true],
    ['rate>=100', true],
    ['rate>100/s', false],
    ['rate>=0.95*plan', true],
    ['rate>=1*plan', false],
    ['throughput>=400KB/s', true],
    ['throughput>0.4MB/s', false],
    ['kms.Decrypt:rate>=50', true],
    ['kms.Decrypt: rate >= 0.25*plan', true],
    ['kms.Decrypt:rate>0.25*plan', false],
    ['kms.Decrypt:p99<20ms', true],
  ])('%s is kept by a run that does: %s', (text, isKept) => {
    expect(judged(text)).toMatchObject({ text, isKept, why: null })
  })

  it('tells what was measured and what the limit was, in one unit', () => {
    expect(judged('rate>=0.5*plan')).toMatchObject({ measured: 100, limit: 51 })
    expect(judged('errors<1%')).toMatchObject({ measured: 10, limit: 10.1 })
    expect(judged('raw.p99<6us')).toMatchObject({ measured: 5000, limit: 6000 })
  })

  it.each([
    ['s3.GetObject:p99<1s', run(), 'the run has no operation s3.GetObject'],
    ['constructor:p99<1s', run(), 'the run has no operation constructor'],
    ['rate>=0.95*plan', run({ plannedRate: null }), 'a closed loop has no plan'],
    ['kms.Decrypt:rate>=0.5*plan', run({ plannedRate: null }), 'a closed loop has no plan'],
    ['p99<1s', simulatedRun({ seed: 1, windows: 0 }), 'nothing was answered'],
    ['rate>1', simulatedRun({ seed: 1, windows: 0 }), 'nothing was measured'],
  ])('%s is not kept by a run that has nothing to hold against it', (text, of, why) => {
    expect(judged(text, of)).toMatchObject({ isKept: false, measured: null, limit: null, why })
  })

  it.each([
    ['p99', 'it must be a metric, < <= > >= or ==, and a number with its unit, such as p99<20ms'],
    ['p99=20ms', 'it must be a metric'],
    ['p99<-20ms', 'it must be a metric'],
    ['p99<20ms and p50<1ms', 'it must be a metric'],
    ['x'.repeat(10_000), 'it must be a metric'],
    ['p99<20', 'its number needs a unit: ns, us, µs, ms, s'],
    ['p99<20m', "'m' is no unit of it: there are ns, us, µs, ms, s"],
    ['p99<20constructor', "'constructor' is no unit of it"],
    ['p0<20ms', "'p0' is no metric: there are p50 p90"],
    ['p101<20ms', "'p101' is no metric"],
    ['latency<20ms', "'latency' is no metric"],
    ['raw.errors==0', "'raw.errors' is no metric"],
    ['errors==0ms', "after a count comes nothing or %, not 'ms'"],
    ['rate>5%', "after a rate comes nothing, /s or *plan, not '%'"],
    ['throughput>5', 'its number needs a unit: B/s'],
    ['kms.Decrypt:failed==0', 'checks are of the whole run, not of one operation'],
  ])('is not %s, and an error says why', (text, why) => {
    expect(() => parseThreshold(text)).toThrow(
      expect.objectContaining({ code: 'InputInvalid', message: expect.stringContaining(why) }),
    )
  })

  it('of errors or of wrong answers is not kept by a run that sent or looked at nothing', () => {
    const ran = simulatedRun({ seed: 1, windows: 5 })
    const nothing = { ...ran, checks: [], totals: { ...ran.totals, sent: 0, ok: 0, errors: {} } }
    const thresholds = ['errors==0', 'failed==0'].map(parseThreshold)
    expect(judge(thresholds, nothing)).toMatchObject([
      { isKept: false, why: 'nothing was sent' },
      { isKept: false, why: 'no answer was looked at' },
    ])
  })

  it.each(KIND_NAMES)('is not %s', (kind) => {
    expect(() => parseThreshold(KINDS[kind]() as never)).toThrow(
      expect.objectContaining({ code: 'InputInvalid' }),
    )
  })
})
