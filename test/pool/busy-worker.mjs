// For crew.fault.test.ts: fills the job's memory in one native call, which nothing interrupts.
import { randomFillSync } from 'node:crypto'

export function runJob({ work: { plain } }) {
  Atomics.store(plain, 0, 1)
  randomFillSync(plain.subarray(1))
}
