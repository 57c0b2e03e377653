/**
 * A run that other machines send: all of them connected before anything is made at the target, then led as any run is.
 *
 * @module
 */
import type { Clock } from '../../clock.js'
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import { type Run, type RunOptions, runLoad } from '../running/lead.js'
import { placeOf } from '../scenario/place.js'
import type { Scenario } from '../scenario/scenario.js'
import { RemoteClient } from './remote-client.js'
import { readSecret } from './secret.js'

export interface MachinesOptions extends RunOptions {
  readonly secretFile: string
}

/** @throws SealtrailError `TargetFailed`, naming the clients that cannot be had; `ConfigInvalid`; as runLoad does */
export async function runOnMachines(scenario: Scenario, options: MachinesOptions): Promise<Run> {
  const { secretFile, clock, signal } = options
  const secret = await readSecret(secretFile)
  try {
    const machines = await connected(scenario.machines, secret, clock, signal)
    try {
      return await runLoad(scenario, { ...options, machines })
    } finally {
      for (const machine of machines) machine.close()
    }
  } finally {
    secret.fill(0)
  }
}

/** All of them, or none. */
async function connected(
  names: readonly string[],
  secret: Uint8Array,
  clock: Clock,
  signal: AbortSignal,
): Promise<RemoteClient[]> {
  const ends = await Promise.allSettled(
    names.map(async (name) => {
      const place = placeOf(name)
      invariant(place !== undefined, 'places are checked with their scenario')
      return await RemoteClient.connect(name, place, secret, clock, signal)
    }),
  )
  const machines = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
  const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as Error] : []))
  if (failures.length === 0 && !signal.aborted) return machines
  for (const machine of machines) machine.close()
  signal.throwIfAborted()
  const [cause] = failures
  if (!failures.every((failure) => failure instanceof SealtrailError)) throw cause
  const message = failures.map(({ message }) => message).join('; ')
  throw new SealtrailError('TargetFailed', message, {}, { cause })
}
