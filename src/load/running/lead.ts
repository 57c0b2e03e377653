/**
 * A run from its beginning to its report: the target made ready, senders led, what they counted put together.
 *
 *     target ready → senders ready → go → windows … → enough, over, or interrupted → verified → report
 *
 * @module
 */
import { join } from 'node:path'
import type { Clock } from '../../clock.js'
import { isSealtrailError, SealtrailError } from '../../errors.js'
import { type ReplayLog, readReplay } from '../data/replay-log.js'
import { Counts } from '../recording/counts.js'
import { environment, stolenMs } from '../recording/machine.js'
import type { WindowData } from '../recording/recorder.js'
import { UseOf } from '../recording/target-use.js'
import type { RunReport, Window } from '../report/run.js'
import type { Scenario } from '../scenario/scenario.js'
import { planOf } from '../shape/plan.js'
import { openAddress } from '../targets/open-address.js'
import { prepareTarget } from '../targets/prepare.js'
import type { Prepared, Surroundings } from '../targets/prepared.js'
import { mergedChecks } from '../work/checking.js'
import { type Client, connectionsFor, localClient, processClient } from './client.js'
import { isLost, isSteady } from './judging.js'
import { reasonOf } from './reason.js'
import type { Sent } from './sender.js'
import { Windows } from './windows.js'

export interface RunOptions extends Surroundings {
  /** Ends the run; there is a report of what was. */
  readonly signal: AbortSignal
  /** Where raw logs go; a directory that is there. */
  readonly out: string | undefined
  /** All is ready, and load is sent; `change` makes it so many times what was planned. */
  readonly onBegin: (change: (factor: number) => void) => void
  readonly onWindow?: (window: Window) => void
}

export interface Run {
  readonly report: RunReport
  /** Sentences for people: what was made and stays, and why it was aborted. */
  readonly notes: readonly string[]
}

/** @throws SealtrailError `TargetFailed` when it cannot begin, and as {@link prepareTarget} does; what the signal says before that */
export async function runLoad(scenario: Scenario, options: RunOptions): Promise<Run> {
  const log = await logOf(scenario, options.clock)
  const prepared = await prepareTarget(scenario, options)
  try {
    return await led(scenario, { ...prepared, log }, options)
  } finally {
    await prepared.close()
  }
}

type Ready = Prepared & { readonly log: ReplayLog | undefined }

/** Undefined unless a log is replayed, as if it began now. */
async function logOf({ shape, durationMs }: Scenario, clock: Clock) {
  if (shape.kind !== 'replay') return undefined
  const { directory, speed } = shape
  return await readReplay({ directory, speed, durationMs, startMs: clock.now() })
}

async function led(scenario: Scenario, prepared: Ready, options: RunOptions): Promise<Run> {
  const { clock, signal, onBegin, onWindow } = options
  const machine = environment(prepared.engine)
  const use = new UseOf(prepared, clock)
  const windows = new Windows(scenario.clients, () => use.next())
  let ended = 'complete' as RunReport['ended']
  const stop = (why: 'enough' | 'interrupted', as: RunReport['ended']) => {
    // Who stops a run that is steady has no checks of it.
    if (ended === 'complete' || (ended === 'steady' && as !== 'steady')) ended = as
    for (const client of clients) client.stop(why)
  }
  const hear = (made: readonly Window[]) => {
    for (const window of made) onWindow?.(window)
    if (made.length === 0) return
    if (isSteady(windows.whole, scenario.stop.steady)) stop('enough', 'steady')
    if (isLost(windows.whole)) stop('interrupted', 'aborted')
  }
  const clients = openClients(scenario, prepared, options, (index, window) =>
    hear(windows.add(index, window)),
  )
  const interrupt = () => stop('interrupted', 'interrupted')
  try {
    await untilAborted(Promise.all(clients.map((client) => client.prepare())), signal)
    signal.addEventListener('abort', interrupt)
    const [startedAt, stolen] = [new Date(clock.now()).toISOString(), stolenMs()]
    use.begin(scenario.warmupMs)
    let isOtherwise = false
    onBegin((factor) => {
      isOtherwise = true
      for (const client of clients) client.change(factor)
    })
    const failures: unknown[] = []
    const counted = await Promise.all(
      clients.map(async (client, index) => {
        try {
          return await client.run()
        } catch (error) {
          // What the others have counted is not lost with it.
          failures.push(error)
          stop('interrupted', 'aborted')
          return undefined
        } finally {
          hear(windows.done(index))
        }
      }),
    )
    const sent = counted.filter((one) => one !== undefined)
    if (sent.length === 0) throw failures[0]
    const stealMs = stolen === null ? null : (stolenMs() ?? stolen) - stolen
    const target = await use.total()
    const gone = prepared.gone?.()
    // Nobody asked it to: what it answered before is no whole run, however many errors somebody allows.
    if (gone !== undefined && ended !== 'interrupted') ended = 'aborted'
    const plan = planOf(scenario, prepared.log)
    const asPlanned = reportOf(scenario, plan, sent, windows.whole, ended)
    const seconds = Math.max(...sent.map(({ plannedSeconds }) => plannedSeconds))
    // Of a plan that ended early, or was changed: what came, and not what would have come.
    if (seconds * 1000 < scenario.durationMs) isOtherwise = true
    const plannedRate =
      isOtherwise && asPlanned.plannedRate !== null
        ? asPlanned.totals.planned / Math.max(seconds, 0.001)
        : asPlanned.plannedRate
    const report = { ...asPlanned, plannedRate, target }
    const lost = lostText(gone, failures, clients.length)
    const isLess = ended === 'aborted' || failures.length > 0
    const notes = isLess ? [...prepared.notes, lost] : prepared.notes
    return { report: { ...report, startedAt, environment: { ...machine, stealMs } }, notes }
  } catch (error) {
    if (isSealtrailError(error) || error === signal.reason) throw error
    throw new SealtrailError('TargetFailed', reasonOf(error), {}, { cause: error })
  } finally {
    signal.removeEventListener('abort', interrupt)
    for (const client of clients) await client.close()
  }
}

/** @throws what `signal` is aborted with, as soon as it is */
async function untilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
  })
  await Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', abort))
}

/** Why a run was given up. */
function lostText(gone: string | undefined, failures: readonly unknown[], of: number): string {
  if (gone !== undefined) return `the server that was started for the run ended: ${gone}`
  const [first] = failures
  if (first === undefined) return 'the run was given up: the target answered nothing well any more'
  const which = `${failures.length} of ${of} processes that send`
  return `the run was given up: ${which} failed (${reasonOf(first)}); the report's totals are of the others, its windows of all until then`
}

function openClients(
  scenario: Scenario,
  { target, address, log }: Ready,
  { clock, out }: RunOptions,
  onWindow: (index: number, window: WindowData) => void,
): Client[] {
  const { clients: of } = scenario
  return Array.from({ length: of }, (_, index) => {
    const rawPath = scenario.raw && out !== undefined ? join(out, `raw-${index}.csv`) : undefined
    const options = { scenario, client: { index, of }, rawPath, log }
    const hear = (window: WindowData) => onWindow(index, window)
    if (target !== undefined) return localClient(options, target, clock, hear)
    if (address === undefined) throw new SealtrailError('TargetFailed', 'the target is nowhere')
    if (of > 1) return processClient(options, address, hear)
    const opened = openAddress(address, index, connectionsFor(scenario), clock)
    return localClient(options, opened, clock, hear)
  })
}

function reportOf(
  scenario: Scenario,
  plan: ReturnType<typeof planOf>,
  sent: readonly Sent[],
  windows: readonly Window[],
  ended: RunReport['ended'],
): Omit<RunReport, 'startedAt' | 'environment'> {
  const [warmup, all, byName] = [new Counts(), new Counts(), new Map<string, Counts>()]
  for (const one of sent) {
    warmup.add(Counts.of(one.warmup))
    for (const [name, data] of Object.entries(one.operations)) {
      const counts = byName.get(name) ?? new Counts()
      byName.set(name, counts)
      counts.add(Counts.of(data))
      all.add(Counts.of(data))
    }
  }
  const seconds = Math.max(...sent.map((one) => one.seconds))
  const checks = mergedChecks(sent.flatMap((one) => one.checks))
  const hasEnded = ended === 'complete' || ended === 'steady'
  // Of which nothing was answered well, nothing was seen.
  const isBarren = hasEnded && all.ok === 0 && all.sent > 0
  const isWrong = isBarren || checks.some(({ failed }) => failed > 0)
  const operations = [...byName].map(([name, counts]) => [name, counts.totals(seconds)] as const)
  return {
    version: 1,
    scenario: scenario.given,
    plannedRate: plan === undefined ? null : plan.meanRate(scenario.warmupMs),
    warmup: scenario.warmupMs === 0 ? null : warmup.totals(scenario.warmupMs / 1000),
    totals: all.totals(seconds),
    operations: Object.fromEntries(operations),
    ...{ windows, checks, ended: isWrong ? 'failed' : ended },
  }
}
