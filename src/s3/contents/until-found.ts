/**
 * Reading what others replace: between a version's row and its bytes, the version may go.
 *
 * Then it was not the newest any more, and whoever asked for the newest gets the one that is.
 *
 * @module
 */
import { tryAgain } from '../refusals.js'
import { ContentGone } from './part-blocks.js'

/** So often in a row nobody loses against one writer after the other. */
const TRIES_MAX = 100

/** Runs `read`, which looks a version up and opens it, until it has both. @throws SealtrailError as `read` does */
export async function untilFound<Answer>(read: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof ContentGone)) throw error
    }
  }
  throw tryAgain()
}
