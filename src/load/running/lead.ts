/**
 * A run from its beginning to its report: the target made ready, senders led, what they counted put together (merging.ts).
 *
 *     target ready → senders ready → go → windows … → enough, over, or interrupted → verified → report
 *
 * A sender that is lost on the way ends the run for all; there is a report of what the others counted.
 *
 * @module
 */
import { join } from 'node:path'
import { isSealtrailError, SealtrailError } from '../../errors.js'
import { type ReplayLog, readReplay } from '../data/replay-log.js'
import { environment, stolenMs } from '../recording/machine.js'
import type { WindowData } from '../recording/recorder.js'
import { UseOf } from '../recording/target-use.js'
import type { RunReport, Window } from '../report/run.js'
import type { Scenario } from '../scenario/scenario.js'
import { planOf } from '../shape/plan.js'
import { openAddress } from '../targets/open-address.js'
import { prepareTarget } from '../targets/prepare.js'
import type { Prepared, Surroundings } from '../targets/prepared.js'
import { type Client, connectionsFor, localClient, processClient } from './client.js'
import { isLost, isSteady } from './judging.js'
import type { Machine } from './machine.js'
import { lateNotes, machineReport, mergedReport } from './merging.js'
import { reasonOf } from './reason.js'
import type { Sent } from './sender.js'
import { Windows } from './windows.js'

/** `signal` ends the run; there is a report of what was. */
export interface RunOptions extends Surroundings {
  /** Where raw logs go; a directory that is there. */
  readonly out: string | undefined
  /** All is ready, and load is sent; `change` makes it so many times what was planned. */
  readonly onBegin: (change: (factor: number) => void) => void
  readonly onWindow?: (window: Window) => void
  /** Who sends in place of processes of this machine; one for each of the scenario's `machines`. */
  readonly machines?: readonly Machine[]
}

export interface Run {
  readonly report: RunReport
  /** Sentences for people: what was made and stays, and why it was aborted. */
  readonly notes: readonly string[]
}

/** @throws SealtrailError `TargetFailed` when it cannot begin, and as {@link prepareTarget} does; what the signal says before that */
export async function runLoad(scenario: Scenario, options: RunOptions): Promise<Run> {
  const log = await logOf(scenario, options)
  const prepared = await prepareTarget(scenario, options).catch((error: unknown) => {
    options.signal.throwIfAborted()
    throw error
  })
  try {
    return await led(scenario, { ...prepared, log }, options)
  } finally {
    await prepared.close()
  }
}

type Ready = Prepared & { readonly log: ReplayLog | undefined }

/** Undefined unless a log is replayed, as if it began now. */
async function logOf({ shape, durationMs }: Scenario, { clock, signal }: RunOptions) {
  if (shape.kind !== 'replay') return undefined
  const { directory, speed } = shape
  return await readReplay({ directory, speed, durationMs, startMs: clock.now() }, signal)
}

async function led(scenario: Scenario, prepared: Ready, options: RunOptions): Promise<Run> {
  const { clock, signal, onBegin, onWindow, machines } = options
  const machine = environment(prepared.engine)
  const use = new UseOf(prepared, clock)
  const windows = new Windows(scenario.clients, () => use.next())
  let ended = 'complete' as RunReport['ended']
  let late: NodeJS.Timeout | undefined
  let giveUp: () => void = () => undefined
  const givenUp = new Promise<void>((resolve) => {
    giveUp = resolve
  })
  const stop = (why: 'enough' | 'interrupted', as: RunReport['ended']) => {
    if (why === 'interrupted') late ??= setTimeout(giveUp, STOPPED_MS)
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
    await untilAborted(() => Promise.all(clients.map((client) => client.prepare())), signal)
    signal.addEventListener('abort', interrupt)
    const startAt = machines === undefined ? undefined : clock.now() + TOGETHER_MS
    const startedAt = new Date(startAt ?? clock.now()).toISOString()
    const stolen = stolenMs()
    use.begin(scenario.warmupMs + (startAt === undefined ? 0 : TOGETHER_MS))
    let isOtherwise = false
    onBegin((factor) => {
      isOtherwise = true
      for (const client of clients) client.change(factor)
    })
    const ends = await Promise.all(
      clients.map(async (client, index): Promise<Sent | SealtrailError> => {
        const name =
          machines?.[index] === undefined
            ? 'a process that sends'
            : `client ${machines[index].name}`
        const end = await Promise.race([
          client.run(startAt).catch(failureOf),
          givenUp.then(() => new SealtrailError('TargetFailed', `${name} ${UNHEARD}`)),
        ])
        if (end instanceof SealtrailError) stop('interrupted', 'aborted')
        hear(windows.done(index))
        return end
      }),
    )
    const lost = ends.filter((end) => end instanceof SealtrailError)
    const sent = ends.filter((end): end is Sent => !(end instanceof SealtrailError))
    if (sent.length === 0) throw lost[0]
    const stealMs = stolen === null ? null : (stolenMs() ?? stolen) - stolen
    const target = await use.total()
    const gone = prepared.gone?.()
    const plan = planOf(scenario, prepared.log)
    const asPlanned = mergedReport(scenario, plan, sent, windows.whole, ended)
    // Nobody asked it to: what it answered before is no whole run, however many errors somebody allows, and looks that its end cut off are not wrong answers.
    const isGone = gone !== undefined && ended !== 'interrupted'
    const seconds = Math.max(...sent.map(({ plannedSeconds }) => plannedSeconds))
    // Of a plan that ended early, or was changed: what came, and not what would have come.
    if (seconds * 1000 < scenario.durationMs) isOtherwise = true
    const plannedRate =
      isOtherwise && asPlanned.plannedRate !== null
        ? asPlanned.totals.planned / Math.max(seconds, 0.001)
        : asPlanned.plannedRate
    const told = machines?.map((one, i) => machineReport(one, ends[i]!))
    const report = {
      ...{ ...asPlanned, ...(isGone && { ended: 'aborted' as const }) },
      ...{ plannedRate, target, startedAt, environment: { ...machine, stealMs } },
      ...(told && { clients: told }),
    }
    const why = [
      ...lost.map(({ message }) => `${message}: the run was given up, and totals are without it`),
      ...(gone === undefined ? [] : [`the server that was started for the run ended: ${gone}`]),
    ]
    const notes = why.length === 0 && ended === 'aborted' ? [LOST] : why
    return { report, notes: [...prepared.notes, ...lateNotes(told ?? []), ...notes] }
  } catch (error) {
    throw error === signal.reason ? error : failureOf(error)
  } finally {
    clearTimeout(late)
    signal.removeEventListener('abort', interrupt)
    for (const client of clients) await client.close()
  }
}

function failureOf(error: unknown): SealtrailError {
  if (isSealtrailError(error)) return error
  return new SealtrailError('TargetFailed', reasonOf(error), {}, { cause: error })
}

/** @throws what `signal` is aborted with, as soon as it is */
async function untilAborted(work: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  // Before there is work that would fail with nobody to hear it.
  signal.throwIfAborted()
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
  })
  await Promise.race([work(), aborted]).finally(() => signal.removeEventListener('abort', abort))
}

/** Until the plan begins: enough for what is told to arrive everywhere. */
const TOGETHER_MS = 1000
/** Who is told to stop, and not to wait, has his say by then: else nobody could end a run of his. */
const STOPPED_MS = 15_000
const UNHEARD = `did not end within ${STOPPED_MS / 1000} s`
const LOST = 'the run was given up: the target answered nothing well any more'

function openClients(
  scenario: Scenario,
  { target, address, log }: Ready,
  { clock, out, machines }: RunOptions,
  onWindow: (index: number, window: WindowData) => void,
): Client[] {
  const { clients: of } = scenario
  return Array.from({ length: of }, (_, index) => {
    const rawPath = scenario.raw && out !== undefined ? join(out, `raw-${index}.csv`) : undefined
    const options = { scenario, client: { index, of }, rawPath, log }
    const hear = (window: WindowData) => onWindow(index, window)
    if (target !== undefined) return localClient(options, target, clock, hear)
    if (address === undefined) throw new SealtrailError('TargetFailed', 'the target is nowhere')
    const machine = machines?.[index]
    if (machine !== undefined) return machine.client(options, address, hear)
    if (of > 1) return processClient(options, address, hear)
    const opened = openAddress(address, index, connectionsFor(scenario), clock)
    return localClient(options, opened, clock, hear)
  })
}
