/** The thread's end for thread.test.ts. */
import { SealtrailError } from '../../dist/errors.js'
import { serveThread } from '../../dist/pool/thread.js'

serveThread(({ kind, value }) => {
  if (kind === 'refuse') throw new SealtrailError('StoreFailed', 'it is there already', { value })
  if (kind === 'break') throw new TypeError('our own mistake')
  if (kind === 'exit') process.exit(1)
  if (kind === 'sum') return value.reduce((sum, one) => sum + one, 0)
  return value
})
