/** `sealtrail bench`, as a person runs it: in small, as no figure is asked about. */
import { describe, expect, it } from 'vitest'
import { sealtrail, sealtrailProcess } from '../support/command.js'

describe('bench', () => {
  it('shows a table for people: where it ran, contenders, and ratios to what one would take instead', async () => {
    const { code, out, said } = await sealtrailProcess(['bench', 'engine/wrap', '--quick'])
    expect({ code, said }).toEqual({ code: 0, said: '' })
    const text = out.toString()
    expect(text).toMatch(/^CPU {5}.+, \d+ cores$/m)
    expect(text).toMatch(/^wrap a 32-byte key under a context of 200 bytes$/m)
    expect(text).toMatch(/^ {2}node:crypto {2}.+ 1\.00x$/m)
  })

  it('asks each of several in a process of its own, and gives all of them as one JSON text', async () => {
    const args = ['bench', 'engine/wrap', 'store/journal', '--quick', '--json']
    const { code, out } = await sealtrailProcess(args)
    expect(code).toBe(0)
    const answers = JSON.parse(out.toString())
    expect(answers.map(({ name }: { name: string }) => name)).toEqual([
      'engine/wrap',
      'store/journal',
    ])
    for (const { version, machine, outcomes } of answers) {
      expect(version).toBe(1)
      expect(machine.node).toBe(process.version)
      for (const { standings } of outcomes) {
        for (const { median, rounds } of standings) {
          expect(median).toBeGreaterThan(0)
          expect(rounds.length).toBeGreaterThan(0)
        }
      }
    }
  })

  it('says which benches there are when none is named so', async () => {
    const { code, said } = await sealtrail(['bench', 'wasm'])
    expect(code).toBe(2)
    expect(said).toContain('no bench is named like wasm: there are engine/seal, engine/wrap,')
  })
})
