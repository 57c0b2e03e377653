/** Is the disk of the proofs (test/support/disk-faults/) under all that Node and SQLite do? */
import { describe, expect, it } from 'vitest'
import { runScript } from '../support/child.js'
import { diskProblem } from '../support/proof.js'

describe.skipIf(diskProblem !== undefined)('the disk of the proofs', () => {
  it('sees every way to write of Node and of SQLite, and fails each', async () => {
    const found = JSON.parse(await runScript('test/store/proofs/disk-check.mjs'))
    expect(found.failed).toEqual({})
    expect(found.marks).toEqual(['files\n', 'promises\n', 'sqlite\n'])
    const { counts, failedBy } = found
    for (const kind of ['write', 'sync', 'truncate', 'rename', 'link', 'unlink', 'mkdir', 'open']) {
      expect(counts[kind], kind).toBeGreaterThan(0)
      expect(failedBy[kind].files, kind).toBe('EIO')
    }
    for (const kind of ['write', 'sync', 'open']) {
      expect(failedBy[kind].promises, kind).toBe('EIO')
      expect(failedBy[kind].sqlite, kind).toMatch(/^(disk I\/O error|unable to open|SQLITE_|ERR_)/)
    }
    // Whoever asks how much was written goes on; who does not has written less, and says nothing.
    expect(found.short).toEqual({})
  }, 120_000)
})
