// For pool.fault.test.ts: the pool's worker, except that a job can say how the thread shall die of it, in
// its encryption context: `die` is how; with `once`, a file that is made then, only the first time.
// SEALTRAIL_TEST_STILLBORN names a file, and how many threads shall die while they start; each that starts
// makes the file one byte longer.
import { appendFileSync, existsSync, statSync, writeFileSync } from 'node:fs'
import { runJob as run } from '../../dist/pool/worker.js'

const stillborn = process.env.SEALTRAIL_TEST_STILLBORN
if (stillborn !== undefined) {
  const [file, count] = stillborn.split('|')
  appendFileSync(file, '.')
  if (statSync(file).size <= Number(count)) process.exit(1)
}

const DEATHS = {
  exit: () => process.exit(1),
  invariant: () => {
    throw new TypeError('our own mistake')
  },
  memory: () => {
    const hoard = []
    for (;;) hoard.push(new Array(100_000).fill(hoard.length))
  },
}

export async function runJob(job) {
  const { die, once } = job.work?.encryptionContext ?? {}
  if (die === undefined || (once !== undefined && existsSync(once))) return run(job)
  if (once !== undefined) writeFileSync(once, '')
  if (die !== 'invariant') return DEATHS[die]()
  // As a broken invariant deep inside a job.
  const work = {
    ...job.work,
    get plain() {
      return DEATHS.invariant()
    },
  }
  return run({ ...job, work })
}
