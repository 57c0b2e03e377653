/**
 * An attempt to put something into a trail's bucket: what is in the way is told in the trail's status.
 *
 * Whether another try would be refused is asked without a record first, so that KMS has one for each object, not for
 * each try. When the next try is, says runner.ts.
 *
 * @module
 */
import { isSealtrailError, isTold, type SealtrailError } from '../../errors.js'
import { wouldBeRefused } from '../delivery/destination.js'
import type { TrailParts } from '../parts.js'
import type { Trail, TrailState } from '../trails/trail.js'

/** What came of a turn; `failed` for now. */
export type Came = 'done' | 'nothing' | 'failed'

export interface Attempt {
  /** Of the object. */
  readonly key: string
  /** What the last attempt was told. */
  readonly failed: string | undefined
  /** What the state is after this one was told `name`. */
  readonly told: (name: string, state: TrailState, error: SealtrailError) => Partial<TrailState>
}

/** @throws SealtrailError `StoreFailed` when what is in the way cannot be told */
export async function attempt(
  parts: TrailParts,
  trail: Trail,
  { key, failed, told }: Attempt,
  work: () => Promise<void>,
): Promise<'done' | 'failed'> {
  try {
    const refusal = failed === undefined ? undefined : await wouldBeRefused(parts, trail, key)
    if (refusal !== undefined) throw refusal
    await work()
    return 'done'
  } catch (error) {
    if (!isSealtrailError(error)) throw error
    await alterState(parts, trail, (state) => told(nameOf(error), state, error))
    return 'failed'
  }
}

/** Of a trail as it is now; one that is gone stays so. @throws SealtrailError `StoreFailed` */
export async function alterState(
  { trails, store }: TrailParts,
  { id }: Trail,
  change: (state: TrailState, trail: Trail) => Partial<TrailState>,
): Promise<void> {
  await trails.change(id, async (now, commit) => {
    const next = { ...now, state: { ...now.state, ...change(now.state, now) } }
    await commit(next, (row) => store.commit({ changes: [row] }))
  })
}

/** S3's name of it; of what is none of its client's, and what the system says, such as ENOSPC. */
function nameOf(error: SealtrailError): string {
  const { code, cause } = error
  if (code === 'AccessDeniedException') return 'AccessDenied'
  if (isTold(error)) return code
  const reason = (cause as NodeJS.ErrnoException | undefined)?.code
  return typeof reason === 'string' ? `InternalError: ${reason}` : 'InternalError'
}
