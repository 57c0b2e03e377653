/**
 * Whether trails take data events: asked for every call on an object, or through a channel, so what there is to ask is put together once for
 * each change of the trails.
 *
 *     logging trails whose selectors have something of data events, by account
 *
 * A call that no trail takes leaves no record. What selectors say is in ../selectors/; what a trail takes of the records
 * that there are is asked again when they are delivered, so a trail that logs since a moment ago misses nothing but calls
 * that had begun before. Source: AWS CloudTrail user guide, "Logging data events".
 *
 * @module
 */
import type { DataEventTrails } from '../../service/calls/data-event.js'
import type { Scope, Selectors } from '../selectors/selectors.js'
import { takes } from '../selectors/selects.js'
import type { Trail } from './trail.js'
import type { Trails } from './trails.js'

interface Asking {
  readonly scope: Scope
  /** The trail's region. */
  readonly home: string
}

type AskingOf = ReadonlyMap<string, readonly Asking[]>

export function dataEventTrails(trails: Pick<Trails, 'all' | 'version'>): DataEventTrails {
  let version = -1
  let asking: AskingOf = new Map()
  const now = () => {
    if (version !== trails.version) {
      version = trails.version
      asking = askingOf(trails.all())
    }
    return asking
  }
  return {
    isAnyAsking: () => now().size > 0,
    take: (account, event) =>
      now()
        .get(account)
        ?.some(({ scope, home }) => takes(scope, home, event)) === true,
  }
}

function askingOf(trails: readonly Trail[]): AskingOf {
  const asking = new Map<string, Asking[]>()
  for (const { account, region, config, state } of trails) {
    if (!state.isLogging || state.deletedAt !== undefined || !asks(config.selectors)) continue
    const one = { scope: config, home: region }
    const others = asking.get(account)
    if (others === undefined) asking.set(account, [one])
    else others.push(one)
  }
  return asking
}

/** Trails that nobody set selectors on take management events. */
function asks(selectors: Selectors | undefined): boolean {
  if (selectors === undefined) return false
  if ('basic' in selectors) {
    return selectors.basic.some(({ DataResources = [] }) => DataResources.length > 0)
  }
  return selectors.advanced.some(({ FieldSelectors }) =>
    FieldSelectors.some(({ Field, Equals }) => Field === 'eventCategory' && Equals?.[0] === 'Data'),
  )
}
