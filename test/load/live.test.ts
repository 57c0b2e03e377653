/** The view of a run that goes on: what a terminal shows, what a log has, and what keys do. */
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { type Ends, openScreen } from '../../src/load/live/screen.js'
import { type LiveRun, liveLines, windowLine } from '../../src/load/live/view.js'
import type { Window } from '../../src/load/report/run.js'
import { simulatedRun } from './report/simulated-run.js'

const summary = {
  ...{ count: 4980, min: 1000, mean: 500_000, max: 30_000_000 },
  ...{ p50: 402_000, p90: 683_000, p99: 1_550_000, p999: 27_400_000 },
}
const window: Window = {
  ...{ at: 71_000, ms: 1000, planned: 5000, sent: 4992, ok: 4980, dropped: 8, inFlight: 31 },
  errors: { ThrottlingException: 9, Other: 3 },
  ...{ bytes: 5_120_000, storedBytes: 512_000, corrected: summary, raw: summary },
  ...{ clientCpu: 0.4, target: { cpu: 0.913, rssBytes: 1e8, threads: 12, fsyncs: 250 } },
}
const live = (more: Partial<LiveRun> = {}): LiveRun => ({
  ...{ name: 'ingest', windows: [window], plannedSeconds: 300 },
  ...{ isPaused: false, factor: 1, isWarmup: false, isPlanned: true, ...more },
})

describe('the view of a run', () => {
  it('shows rate, latency, errors, what waits, payload and CPU', () => {
    expect(liveLines(live(), 120)).toEqual([
      'ingest · 72 s of 5 min',
      'rate      4,980/s of 5,000/s planned                   █',
      'latency   p50 402 µs   p99 1.55 ms   p99.9 27.4 ms     █',
      'errors    ThrottlingException 9, Other 3',
      'waiting   31 in flight, 8 not sent',
      'payload   5.12 MB/s, compressed 10 : 1',
      'CPU       target 0.913   generator 0.4',
      'target    100 MB   12 threads   250 fsyncs/s',
      '+ more   - less   p pause   Ctrl-C end',
    ])
  })

  it('says of the target what can be seen, and its syncs when they are told', () => {
    const target = (...targets: ReadonlyArray<Window['target']>) =>
      liveLines(live({ windows: targets.map((target) => ({ ...window, target })) }), 120)[7]
    const use = window.target!
    expect(target({ ...use, fsyncs: null })).toBe('target    100 MB   12 threads')
    expect(target(use, { ...use, fsyncs: null })).toContain('250 fsyncs/s')
    expect(target(use, null)).toBe('target    cannot be seen from here')
  })

  it('has no latency of nothing, and no keys where there is no plan', () => {
    const nothing = { ...window, ok: 0, corrected: { ...summary, count: 0, p50: 0 } }
    const lines = liveLines(live({ windows: [nothing], isPlanned: false }), 120)
    expect(lines[2]).toMatch(/^latency {3}nothing was answered/)
    expect(lines.at(-1)).toBe('Ctrl-C end')
  })

  it('says what it waits for when its time is over', () => {
    expect(liveLines(live({ plannedSeconds: 72 }), 120)[0]).toBe(
      'ingest · 72 s of 72 s · its last answers, and whether all of it holds',
    )
  })

  it('says that it is paused, warming up, or at another rate than planned', () => {
    const [title] = liveLines(live({ isPaused: true, isWarmup: true, factor: 1.21 }), 120)
    expect(title).toBe('ingest · 72 s of 5 min · warming up · 1.21 times the rate · paused')
  })

  it('has as many lines whatever happens, none wider than the terminal', () => {
    const { windows } = simulatedRun({ seed: 1, windows: 100, errorPercent: 1 })
    for (const width of [1, 10, 79, 200]) {
      for (const some of [0, 1, 2, 100]) {
        const lines = liveLines(live({ windows: windows.slice(0, some) }), width)
        expect(lines).toHaveLength(9)
        for (const line of lines) expect([...line].length).toBeLessThanOrEqual(width)
      }
    }
  })

  it('moves no cursor, whatever a target or a scenario says', () => {
    const hostile = { ...window, errors: { '\u001b[2J\u202eevil\n': 1 } }
    const lines = liveLines(live({ name: '\u001b]0;x\u0007', windows: [hostile] }), 200)
    expect(lines.join('')).not.toMatch(/[\p{Cc}\u202e]/u)
  })

  it('has heights for how a rate went, the highest of them full', () => {
    const windows = [0, 2500, 5000].map((ok) => ({ ...window, ok }))
    expect(liveLines(live({ windows }), 120)[1]).toMatch(/ {3}▁▅█$/)
  })

  it('is one line for each window in a log', () => {
    expect(windowLine(window)).toBe(
      '72 s: 4,980/s of 5,000/s; p50 402 µs p99 1.55 ms p99.9 27.4 ms; 12 errors, 8 not sent, 31 in flight; 5.12 MB/s; CPU 0.4, target 0.913',
    )
  })
})

describe('the screen of a run', () => {
  function ends(isTTY: boolean) {
    const raw: boolean[] = []
    const input = Object.assign(new PassThrough(), {
      isTTY,
      setRawMode: (is: boolean) => raw.push(is),
    })
    const output = Object.assign(new PassThrough(), { isTTY, columns: 80 })
    return { ends: { input, output } satisfies Ends, raw, input, output }
  }
  const said: string[] = []
  const keys = {
    change: (factor: number) => said.push(factor > 1 ? 'more' : 'less'),
    pause: () => said.push('pause'),
    end: () => said.push('end'),
  }

  it('draws over what it drew before', () => {
    const { ends: both, output } = ends(true)
    const screen = openScreen(both, keys, false)
    screen.show(live())
    screen.show(live())
    screen.close()
    const text = output.read().toString()
    expect(text.split('\u001b[9A\u001b[0J')).toHaveLength(2)
    expect(text.split('\n')).toHaveLength(19)
  })

  it('draws over all of it on a terminal that has become narrower', () => {
    const { ends: both, output } = ends(true)
    const screen = openScreen(both, keys, false)
    screen.show(live())
    output.columns = 30
    screen.show(live())
    screen.close()
    const rows = liveLines(live(), 79).map((line) => Math.ceil(line.length / 30))
    const all = rows.reduce((sum, one) => sum + one, 0)
    expect(all).toBeGreaterThan(12)
    expect(output.read().toString()).toContain(`\u001b[${all}A\u001b[0J`)
  })

  it('takes keys one by one, and puts the terminal back', async () => {
    const { ends: both, raw, input } = ends(true)
    const screen = openScreen(both, keys, false)
    input.write('+-')
    input.write('px\u0003')
    await new Promise((resolve) => setImmediate(resolve))
    expect(said).toEqual(['more', 'less', 'pause', 'end'])
    expect(raw).toEqual([true])
    screen.close()
    expect(raw).toEqual([true, false])
    expect(input.listenerCount('data')).toBe(0)
  })

  it('is lines where there is no terminal, and leaves the input alone', () => {
    const { ends: both, raw, input, output } = ends(false)
    const screen = openScreen(both, keys, false)
    screen.show(live({ windows: [] }))
    screen.show(live())
    screen.close()
    expect(output.read().toString()).toBe(`${windowLine(window)}\n`)
    expect([raw, input.listenerCount('data')]).toEqual([[], 0])
  })

  it('is a stream of windows as JSON when that was asked for, on a terminal too', () => {
    const { ends: both, output } = ends(true)
    const screen = openScreen(both, keys, true)
    screen.show(live())
    screen.show(live())
    const lines = output.read().toString().trimEnd().split('\n')
    expect(lines.map((line: string) => JSON.parse(line))).toEqual([window, window])
  })
})
