/**
 * What is wrong with stored bytes, in words that name the file, the place and what is missing.
 *
 * @module
 */
import { isSealtrailError, SealtrailError } from '../errors.js'

export interface Damage {
  readonly file: string
  /** Where in the file, in bytes, when it is known. */
  readonly offset?: number
  /** The first sequence number that is not to be had. */
  readonly sequence?: number
  /** What was found, such as `a block is not as it was written`. */
  readonly reason: string
}

/** A damaged journal is never served: what was acknowledged may be missing from it. */
export function damaged(damage: Damage): SealtrailError {
  const { file, offset, sequence, reason } = damage
  const place = offset === undefined ? '' : ` at byte ${offset}`
  const from = sequence === undefined ? '' : `, from sequence ${sequence} on`
  return new SealtrailError(
    'StoreDamaged',
    `${file}${place}: ${reason}${from}. Nothing was changed; \`sealtrail fsck\` says more`,
    {
      file,
      ...(offset === undefined ? {} : { offset }),
      ...(sequence === undefined ? {} : { sequence }),
    },
    { cause: damage },
  )
}

/** What `work` gives, or the damage that it stops at. Throws what else it throws: a disk that fails is no damage. */
export function orDamage<Answer>(
  work: () => Answer,
): { readonly answer: Answer } | { readonly damage: Damage } {
  try {
    return { answer: work() }
  } catch (error) {
    if (isSealtrailError(error, 'StoreDamaged')) return { damage: error.cause as Damage }
    throw error
  }
}
