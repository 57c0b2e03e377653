/**
 * The lifecycle rules of a bucket, as they were put: a JSON of the model's members, whose dates are texts.
 *
 * @module
 */
import type { ShapeValue } from '../model.js'
import type { BucketConfig } from './bucket.js'

export type LifecycleRule = ShapeValue<'LifecycleRule'>
export type MinimumSize = ShapeValue<'TransitionDefaultMinimumObjectSize'>

export interface Lifecycle {
  readonly rules: readonly LifecycleRule[]
  /** What transitions spare unless their rule says; we keep one storage class. */
  readonly minimumSize: MinimumSize
}

/** Undefined: there are none. */
export function lifecycleOf({ lifecycle }: BucketConfig): Lifecycle | undefined {
  if (lifecycle === undefined) return undefined
  const { rules, minimumSize } = lifecycle as Lifecycle
  return { rules: rules.map(withDates), minimumSize }
}

function withDates(rule: LifecycleRule): LifecycleRule {
  const { Expiration, Transitions } = rule
  return {
    ...rule,
    ...(Expiration && { Expiration: dated(Expiration) }),
    ...(Transitions && { Transitions: Transitions.map(dated) }),
  }
}

function dated<Action extends { readonly Date?: Date | undefined }>(action: Action): Action {
  return action.Date === undefined ? action : { ...action, Date: new Date(action.Date) }
}
