/** Latencies: what is counted in parts adds up to what would have been counted in one. */
import { decodeFromCompressedBase64 } from 'hdr-histogram-js'
import { describe, expect, it } from 'vitest'
import { Counts } from '../../../src/load/recording/counts.js'
import { latencyLog, windowsCsv } from '../../../src/load/recording/files.js'
import { Latencies } from '../../../src/load/recording/latencies.js'
import { Recorder } from '../../../src/load/recording/recorder.js'
import type { RunReport } from '../../../src/load/report/run.js'
import { fc, test } from '../../support/property.js'

const times = fc.array(fc.double({ min: 0, max: 4_000_000, noNaN: true }), { maxLength: 200 })

describe('latencies', () => {
  test.prop([times, times])('of two processes add up to those of one', (first, second) => {
    const [one, other, all] = [new Latencies(), new Latencies(), new Latencies()]
    for (const ms of first) one.record(ms)
    for (const ms of second) other.record(ms)
    for (const ms of [...first, ...second]) all.record(ms)
    const sum = Latencies.decode(one.encode())
    sum.add(Latencies.decode(other.encode()))
    // Least and most are exact only where they were counted.
    expect(sum.summary()).toEqual(Latencies.decode(all.encode()).summary())
    expect(sum.encode()).toBe(all.encode())
  })

  it('are within three digits, from a nanosecond to an hour', () => {
    for (const ms of [1e-6, 0.0123, 1, 999, 60_000, 3_600_000]) {
      const latencies = new Latencies()
      latencies.record(ms)
      const { max, p50 } = latencies.summary()
      for (const ns of [max, p50]) expect(Math.abs(ns / (ms * 1e6) - 1)).toBeLessThan(0.001)
    }
  })

  test.prop([times])('have the mean that HdrHistogram has of them', (all) => {
    const latencies = new Latencies()
    for (const ms of all) latencies.record(ms)
    const { mean } = decodeFromCompressedBase64(latencies.encode(), 32, false)
    expect(latencies.summary().mean).toBe(mean)
  })

  it('are in the form that HdrHistogram reads', () => {
    const latencies = new Latencies()
    for (let ms = 1; ms <= 1000; ms++) latencies.record(ms)
    const decoded = decodeFromCompressedBase64(latencies.encode(), 64)
    expect(decoded.totalCount).toBe(1000)
    expect(decoded.getValueAtPercentile(50) / 1e6).toBeCloseTo(500, 0)
  })
})

describe('counts', () => {
  it('are the same behind another process', () => {
    const counts = new Counts()
    Object.assign(counts, { planned: 9, sent: 7, ok: 5, dropped: 2, bytes: 50 })
    counts.fail('SlowDown', 2)
    counts.store(11)
    counts.corrected.record(5)
    const again = Counts.of(JSON.parse(JSON.stringify(counts.data())))
    again.add(counts)
    expect(again.totals(1)).toMatchObject({
      ...{ planned: 18, sent: 14, ok: 10, dropped: 4, bytes: 100, storedBytes: 22 },
      ...{ errors: { SlowDown: 4 }, corrected: { count: 2 }, raw: { count: 0 } },
    })
  })
})

describe('a recorder', () => {
  it('adds up its windows, of each kind of work', () => {
    const recorder = new Recorder()
    const [a, b] = [recorder.kind('a'), recorder.kind('b')]
    recorder.begin(100)
    a.ok = 3
    a.corrected.record(1)
    b.ok = 4
    const first = recorder.closeWindow(1100, 7)
    expect(first).toMatchObject({ index: 0, at: 100, ms: 1000, inFlight: 7, ok: 7 })
    a.ok += 5
    expect(recorder.closeWindow(2100, 0)).toMatchObject({ index: 1, at: 1100, ms: 1000, ok: 5 })
    const { operations } = recorder.recorded(2)
    expect([operations.a?.ok, operations.b?.ok]).toEqual([8, 4])
    expect(Latencies.decode(operations.a!.corrected).count).toBe(1)
  })
})

describe('codes of errors', () => {
  it('are the target’s to choose, and no more of them are told apart than can be read', () => {
    const counts = new Counts()
    for (let number = 0; number < 5000; number++) counts.fail(`Code${number}`)
    counts.fail('Code7')
    expect([counts.errors.size, counts.errors.get('Code7')]).toEqual([101, 2])
    expect([...counts.errors.values()].reduce((sum, count) => sum + count, 0)).toBe(5001)
  })
})

describe('the files of a run', () => {
  const counts = new Counts()
  counts.ok = 1
  counts.corrected.record(2)
  const totals = counts.totals(1)
  const window = {
    ...{ at: 0, ms: 1000, planned: 1, sent: 1, ok: 1, errors: { SlowDown: 3 }, dropped: 0 },
    ...{ inFlight: 0, bytes: 10, corrected: totals.corrected, raw: totals.raw, clientCpu: 0.5 },
    target: { cpu: 0.25, rssBytes: 1000, threads: 4, fsyncs: 7 },
  }

  it('have a line for each window, with as many columns as the first', () => {
    const lines = windowsCsv({ windows: [window, { ...window, target: null }] }).split('\n')
    const widths = lines.filter(Boolean).map((line) => line.split(',').length)
    expect(widths).toEqual([22, 22, 22])
    expect(lines[1]).toBe(
      `0,1000.0,1,1,1,3,0,0,10,${'2.0009,'.repeat(4)}2.0000,${'0.0000,'.repeat(3)}0.500,0.250,1000,4,7`,
    )
  })

  it('have a histogram for each kind of work, tagged, as HdrHistogram logs have', () => {
    const operations = { 's3.PutObject SSE-C': totals }
    const log = latencyLog({
      operations,
      startedAt: '2026-01-02T03:04:05.000Z',
    } as unknown as RunReport)
    const lines = log.split('\n').filter((line) => line.startsWith('Tag='))
    expect(lines.map((line) => line.split(',')[0])).toEqual([
      ...['Tag=s3.PutObject_SSE-C', 'Tag=s3.PutObject_SSE-C_raw'],
    ])
    expect(lines[0]!.split(',').slice(1, 4)).toEqual(['0.000', '1.000', '2.000'])
    expect(decodeFromCompressedBase64(lines[0]!.split(',')[4]!).totalCount).toBe(1)
  })
})
