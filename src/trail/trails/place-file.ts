/**
 * A file of a trail takes its place: the object, the trail as it is from then on, and the rows that come with it are one
 * entry of the journal.
 *
 * @module
 */
import type { Change } from '../../store/change.js'
import type { Trail, TrailState } from './trail.js'
import type { Trails } from './trails.js'

export interface Settled {
  readonly state: TrailState
  readonly rows: readonly Change[]
}

/**
 * @param place puts the object, together with these changes.
 * @param settle undefined when the trail, as it is now, takes none.
 * @returns undefined when it took none, or is gone.
 */
export async function placeFile<Version>(
  trails: Trails,
  id: string,
  place: (changes: readonly Change[]) => Promise<Version>,
  settle: (now: Trail) => Settled | undefined,
): Promise<Version | undefined> {
  return await trails.change(id, async (now, commit) => {
    const settled = settle(now)
    if (settled === undefined) return undefined
    const { state, rows } = settled
    let made: Version | undefined
    await commit({ ...now, state }, async (change) => {
      made = await place([change, ...rows])
    })
    return made
  })
}
