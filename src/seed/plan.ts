/**
 * What a seed comes to, before anything of it is done: what differs, and what is to be done, in order.
 *
 * Users, roles and policies are planned in principals.ts, keys in keys.ts.
 *
 * @module
 */
import { Differences } from './differences.js'
import type { Draft } from './draft.js'

export interface Step {
  /** Of what asks for it, in the seed. */
  readonly place: string
  readonly run: (draft: Draft) => Promise<unknown>
}

export class Plan {
  readonly draft: Draft
  readonly differences = new Differences()
  readonly steps: Step[] = []

  constructor(draft: Draft) {
    this.draft = draft
  }

  add(place: string, run: Step['run']): void {
    this.steps.push({ place, run })
  }
}
