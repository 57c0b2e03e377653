/** The profile of events that is in the project is what its script makes of the log files in test/data. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

describe('the profile of events', () => {
  it('is what the script makes of the log files of a real account', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sealtrail-profile-'))
    try {
      const made = join(folder, 'profile.gen.ts')
      const script = 'scripts/event-profile.mjs'
      execFileSync(process.execPath, [script, 'test/data/cloudtrail-real', made])
      const kept = readFileSync('src/load/data/profile.gen.ts', 'utf8')
      expect(readFileSync(made, 'utf8') === kept).toBe(true)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
