/** What a first start on an older directory leaves when it is cut off: proofs/older-cuts.mjs. */
import { describe, expect, it } from 'vitest'
import { runScript } from '../support/child.js'
import { diskProblem, type ProofReport } from '../support/proof.js'
import { seededChance } from '../support/seed.js'
import { temporaryDirs } from './temporary.js'

const newDir = temporaryDirs('older-fault')
const chance = seededChance()

async function cut(
  base: 'view' | 'snapshot',
  ...without: string[]
): Promise<Omit<ProofReport, 'seed' | 'told'>> {
  const seed = String(Math.floor(chance() * 2 ** 31))
  const args = [newDir(), 'v6-trimmed', base, '20', seed, ...without]
  return JSON.parse(await runScript('test/store/proofs/older-cuts.mjs', args))
}

describe.skipIf(diskProblem !== undefined)('a first start on an older directory', () => {
  it.each(['view', 'snapshot'] as const)(
    'loses nothing, wherever the power cuts it off, when it begins with a %s',
    async (base) => {
      const { states, findings } = await cut(base)
      expect(findings, JSON.stringify(findings)).toEqual([])
      expect(states).toBeGreaterThan(20)
    },
  )

  it('would, and that is found out, without the file that it puts aside', async () => {
    expect((await cut('view', 'data/sealtrail.sqlite.before')).findings).not.toEqual([])
  })
})
