/**
 * Records changed by somebody who has the root key and makes the journal fit again (forge.mjs): a start finds nothing, the
 * log names the first that differs. A million of them: scripts/proofs/log-million.mjs.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkLog, type LogCheck } from '../../src/proofs/check-log.js'
import { KeptLog } from '../../src/proofs/kept-log.js'
import { temporaryFolder } from '../support/serve.js'
import { forge } from './forge.mjs'
import { openLogParts, record, rootKeyFileOf, say, withLog } from './proof-house.js'

const RECORDS = 700
const folder = temporaryFolder('log-damage')
const rootKeyFile = rootKeyFileOf(folder.path)
const source = join(folder.path, 'data')
let kept: string
beforeAll(async () => {
  const parts = await openLogParts(folder.path)
  await say(
    parts.store,
    Array.from({ length: RECORDS }, (_, i) => `e-${i}`),
  )
  kept = await withLog(parts, (log) => log.checkpoint())
  await parts.close()
})
afterAll(() => folder.remove())

/** What is said of the journal with these records in the place of those. */
async function checked(
  changes: ReadonlyMap<number, readonly string[]>,
  {
    elsewhere,
    meanwhile,
  }: { elsewhere?: string; meanwhile?: (target: string) => Promise<void> } = {},
): Promise<LogCheck> {
  const target = join(folder.path, 'forged')
  await forge({ source, target, rootKeyFile, changes })
  try {
    await meanwhile?.(target)
    const parts = await openLogParts(folder.path, 'forged')
    const log = (await KeptLog.open(parts.store, parts.root))!
    try {
      return await checkLog(parts.store, log, elsewhere)
    } finally {
      await log.tiles.close()
      await parts.close()
    }
  } finally {
    rmSync(target, { recursive: true })
  }
}

/** The first record has the sequence number 2, behind the root's id. */
const recordAt = (sequence: number) => record(`e-${sequence - 2}`)

describe('a forged journal', () => {
  it('in which nothing was changed is as it was signed', async () => {
    expect(await checked(new Map(), { elsewhere: kept })).not.toHaveProperty('problem')
  })

  describe.each([2, 256, 257, 258, 400, RECORDS])('with the record of sequence %i', (sequence) => {
    const there = (eventId?: string) => ({
      problem: { kind: 'record', sequence, ...(eventId === undefined ? {} : { eventId }) },
    })

    it('removed is found', async () => {
      expect(await checked(new Map([[sequence, []]]))).toMatchObject(there(`e-${sequence - 1}`))
    })

    it('edited is found', async () => {
      const edited = recordAt(sequence).replace('Decrypt', 'Encrypt')
      expect(await checked(new Map([[sequence, [edited]]]))).toMatchObject(
        there(`e-${sequence - 2}`),
      )
    })

    it('in its neighbour’s place is found', async () => {
      const swapped = new Map([
        [sequence, [recordAt(sequence + 1)]],
        [sequence + 1, [recordAt(sequence)]],
      ])
      expect(await checked(swapped)).toMatchObject(there(`e-${sequence - 1}`))
    })

    it('behind another that was added is found', async () => {
      const added = new Map([[sequence, [record('never'), recordAt(sequence)]]])
      expect(await checked(added)).toMatchObject(there('never'))
    })
  })

  it('that lacks its last records is found', async () => {
    const cut = new Map([RECORDS + 1, RECORDS].map((sequence) => [sequence, []]))
    expect(await checked(cut)).toMatchObject({ problem: { kind: 'record', sequence: RECORDS } })
  })

  it('with a log that was made and signed again is found by who kept a checkpoint, and by nobody else', async () => {
    const edited = new Map([[400, [recordAt(400).replace('Decrypt', 'Encrypt')]]])
    const meanwhile = async (target: string) => {
      rmSync(join(target, 'log'), { recursive: true })
      const parts = await openLogParts(folder.path, 'forged')
      await withLog(parts, (log) => log.checkpoint())
      await parts.close()
    }
    expect(await checked(edited, { meanwhile })).not.toHaveProperty('problem')
    const { problem } = await checked(edited, { meanwhile, elsewhere: kept })
    expect(problem).toMatchObject({ kind: 'kept' })
  })

  it('of an older state is found by who kept a newer checkpoint', async () => {
    const cut = new Map([[RECORDS, []]])
    const meanwhile = async (target: string) => {
      rmSync(join(target, 'log'), { recursive: true })
      const parts = await openLogParts(folder.path, 'forged')
      await withLog(parts, (log) => log.checkpoint())
      await parts.close()
    }
    const { problem } = await checked(cut, { meanwhile, elsewhere: kept })
    expect(problem).toMatchObject({ kind: 'kept', says: expect.stringMatching(/older state/) })
  })
})

describe('tiles', () => {
  const changed = (level: number, at: number) => async (target: string) => {
    const path = join(target, 'log', `level-${level}`)
    const bytes = readFileSync(path)
    bytes[at]! ^= 1
    writeFileSync(path, bytes)
  }

  it.each([
    [0, 0],
    [0, 300 * 32 + 5],
    [0, RECORDS * 32],
    [1, 33],
  ])(
    'of level %i that are not as they were are not taken for records, at byte %i',
    async (level, at) => {
      const { problem } = await checked(new Map(), { meanwhile: changed(level, at) })
      expect(problem).toMatchObject({ kind: 'tiles' })
    },
  )

  it('that are not all there are not taken for records', async () => {
    const meanwhile = async (target: string) => {
      const path = join(target, 'log', 'level-0')
      writeFileSync(path, readFileSync(path).subarray(0, 100))
    }
    expect(await checked(new Map(), { meanwhile })).toMatchObject({ problem: { kind: 'tiles' } })
  })
})
