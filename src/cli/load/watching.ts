/**
 * A run as somebody watches it: its windows shown as they end, and his keys heard.
 *
 * @module
 */
import { openScreen } from '../../load/live/screen.js'
import type { Window } from '../../load/report/run.js'
import type { Scenario } from '../../load/scenario/scenario.js'
import type { Terminal } from '../terminal/terminal.js'

/** A key that is held down repeats itself: soon nothing but the plan's arrivals would be counted, and no key heard any more. */
const FACTOR_MAX = 100

export interface Watching {
  readonly onBegin: (change: (factor: number) => void) => void
  readonly onWindow: (window: Window) => void
  close(): void
}

/** @param end what Ctrl-C does, which a terminal that gives single keys does not tell as a signal */
export function watch({ io, isJson }: Terminal, scenario: Scenario, end: () => void): Watching {
  const { name, warmupMs, durationMs, shape } = scenario
  const windows: Window[] = []
  // A replay has as many events as its log, each when it is due.
  const isPlanned = shape.kind !== 'closed' && shape.kind !== 'replay'
  let [factor, isPaused] = [1, false]
  let change: (factor: number) => void = () => undefined
  let screen: ReturnType<typeof openScreen> | undefined
  const show = () =>
    screen?.show({
      ...{ name, windows, isPaused, factor, isWarmup: windows.length === 0 && warmupMs > 0 },
      isPlanned,
      plannedSeconds: (warmupMs + durationMs) / 1000,
    })
  const wanted = () => {
    change(isPaused ? 0 : factor)
    show()
  }
  const keys = {
    change(times: number) {
      if (!isPlanned) return
      factor = Math.min(FACTOR_MAX, Math.max(1 / FACTOR_MAX, factor * times))
      wanted()
    },
    pause() {
      if (!isPlanned) return
      isPaused = !isPaused
      wanted()
    },
    end,
  }
  return {
    onBegin(given) {
      change = given
      screen = openScreen({ input: io.stdin, output: io.stderr }, keys, isJson)
      show()
    },
    onWindow(window) {
      windows.push(window)
      show()
    },
    close: () => screen?.close(),
  }
}
