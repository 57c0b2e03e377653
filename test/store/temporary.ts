/**
 * Data directories that go away with their test file.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** Call once per file; each call of the result is another path at which nothing is yet. */
export function temporaryDirs(name: string): () => string {
  const folder = mkdtempSync(join(tmpdir(), `sealtrail-${name}-`))
  let count = 0
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return () => join(folder, String(++count))
}
