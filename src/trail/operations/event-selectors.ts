/**
 * Event selectors of a trail: set and shown.
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import type { InputOf } from '../model.js'
import type { TrailParts } from '../parts.js'
import { DEFAULT_SELECTORS, type Selectors, selectorsIn } from '../selectors/selectors.js'
import { type Trail, trailArn } from '../trails/trail.js'
import { changeTrail, trailNamed } from './find-trail.js'

export async function putEventSelectors(
  parts: TrailParts,
  call: Call,
  input: InputOf<'PutEventSelectors'>,
): Promise<object> {
  const changed = await changeTrail(parts, call, input.TrailName, async (trail) => {
    const selectors = selectorsIn(input)
    const next = { ...trail, config: { ...trail.config, selectors } }
    return { next, output: shown(next) }
  })
  return shown(changed)
}

export async function getEventSelectors(
  parts: TrailParts,
  call: Call,
  input: InputOf<'GetEventSelectors'>,
): Promise<object> {
  const trail = trailNamed(parts, call, input.TrailName)
  await call.succeed()
  return shown(trail)
}

function shown(trail: Trail) {
  const selectors: Selectors = trail.config.selectors ?? DEFAULT_SELECTORS
  const TrailARN = trailArn(trail)
  return 'basic' in selectors
    ? { TrailARN, EventSelectors: selectors.basic }
    : { TrailARN, AdvancedEventSelectors: selectors.advanced }
}
