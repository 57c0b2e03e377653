/** Is the disk of the proofs (test/support/disk-faults/) under all that Node, SQLite and an addon do? */
import { describe, expect, it } from 'vitest'
import { runScript } from '../support/child.js'
import { diskProblem } from '../support/proof.js'

describe.skipIf(diskProblem !== undefined)('the disk of the proofs', () => {
  it('sees every way to write of Node, of SQLite and of an addon, and fails each', async () => {
    const found = JSON.parse(await runScript('test/store/proofs/disk-check.mjs'))
    expect(found.failed).toEqual({})
    expect(found.marks).toEqual(['files\n', 'promises\n', 'sqlite\n', 'addon\n'])
    const { counts, failedBy } = found
    for (const kind of ['write', 'sync', 'truncate', 'rename', 'link', 'unlink', 'mkdir', 'open']) {
      expect(counts[kind], kind).toBeGreaterThan(0)
      expect(failedBy[kind].files, kind).toBe('EIO')
    }
    for (const kind of ['write', 'sync', 'open']) {
      expect(failedBy[kind].promises, kind).toBe('EIO')
      expect(failedBy[kind].sqlite, kind).toMatch(/^(disk I\/O error|unable to open|SQLITE_|ERR_)/)
    }
    expect(failedBy.open.addon).toBe('open')
    expect(failedBy.write.addon).toBe(
      'write writev pwrite pwrite64 pwritev pwritev64 pwritev2 pwritev64v2',
    )
    expect(failedBy.sync.addon).toBe('fdatasync fsync')
    expect(failedBy.truncate.addon).toBe('ftruncate')
    // Whoever asks how much was written goes on; who does not has written less, and says nothing.
    expect(found.short).toEqual({})
  })
})
