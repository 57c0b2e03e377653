/** The thread's end for thread.test.ts. */
import { SealtrailError } from '../../dist/errors.js'
import { serveThread } from '../../dist/pool/thread.js'

serveThread(answer, {
  isOne: ({ kind }) => kind === 'together',
  // How many came together, and which of them it is.
  answer: (requests) => requests.map(({ value }, place) => [requests.length, place, value]),
})

function answer({ kind, value }) {
  if (kind === 'refuse') throw new SealtrailError('StoreFailed', 'it is there already', { value })
  if (kind === 'break') throw new TypeError('our own mistake')
  if (kind === 'exit') process.exit(1)
  if (kind === 'wait') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, value)
  if (kind === 'sum') return value.reduce((sum, one) => sum + one, 0)
  return value
}
