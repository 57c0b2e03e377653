/**
 * What stands in front of the calls of a service, once their input is known to be sound: waits, or refuses.
 *
 * A refusal is recorded as any other failure of a call. The service knows nothing of what stands there: quotas
 * (kms/quotas/), faults that a test wants (faults/).
 *
 * @module
 */
import type { Call } from './calls/call.js'

/** @throws SealtrailError */
export type Gate = (call: Call) => Promise<void> | undefined
