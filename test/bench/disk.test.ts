/** Where a bench writes is told when that is no disk. */
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { noteOnDisk } from '../../src/bench/disk.js'

function notesOn(folder: string): string[] {
  const notes: string[] = []
  noteOnDisk({ folder, note: (sentence) => notes.push(sentence) })
  return notes
}

describe('what a bench writes', () => {
  // Of Linux, and always in memory there.
  it.runIf(process.platform === 'linux' && existsSync('/dev/shm'))(
    'is noted to be in memory where it is',
    () => expect(notesOn('/dev/shm')).toEqual([expect.stringMatching(/kept in memory here/)]),
  )

  it.runIf(process.platform === 'linux')('is not noted where it is not', () => {
    expect(notesOn('/proc')).toEqual([])
  })
})
