/** `sealtrail bench`, as a person runs it: in small, as no figure is asked about. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readBench } from '../../src/bench/report/read-report.js'
import { sealtrail, sealtrailProcess } from '../support/command.js'
import { temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('bench')
afterAll(() => folder.remove())
const WITHOUT_ADDON = `--import data:text/javascript,${encodeURIComponent("Object.defineProperty(process,'arch',{value:'none'})")}`

describe('bench', () => {
  it('shows a table for people: where it ran, contenders, and ratios to what one would take instead', async () => {
    const { code, out, said } = await sealtrailProcess(['bench', 'engine/wrap', '--quick'])
    expect({ code, said }).toEqual({ code: 0, said: '' })
    const text = out.toString()
    expect(text).toMatch(/^CPU {5}.+, \d+ cores$/m)
    expect(text).toMatch(/^engine\/wrap: how fast is one data key wrapped/m)
    expect(text).toMatch(/^load \d+\.\d before the first run, (pinned to CPU \d+|on any CPU)$/m)
    expect(text).toMatch(/^wrap a 32-byte key under a context of 200 bytes$/m)
    expect(text).toMatch(/^ {2}node:crypto {2}.+ 1\.00x .+x$/m)
  })

  it('gives one report of all that was asked, as JSON and as files, and leaves nothing else behind', async () => {
    const [out, dir] = [join(folder.path, 'out'), join(folder.path, 'dir')]
    mkdirSync(dir)
    const args = ['bench', 'engine/wrap', 'store/journal', '--quick', '--json', '--out', out]
    const printed = await sealtrailProcess([...args, '--dir', dir])
    expect(printed.code).toBe(0)
    expect(readdirSync(dir)).toEqual([])
    const report = await readBench(join(out, 'bench.json'))
    expect(JSON.parse(printed.out.toString())).toEqual(report)
    expect(report.questions.map(({ name }) => name)).toEqual(['engine/wrap', 'store/journal'])
    expect(report.environment).toMatchObject({ node: process.version, engine: expect.any(String) })
    for (const { failed, outcomes } of report.questions) {
      expect(failed).toBeNull()
      for (const { standings } of outcomes) {
        for (const { median, rounds } of standings) {
          expect(median).toBeGreaterThan(0)
          expect(rounds).toHaveLength(report.pace.rounds)
        }
      }
    }
    expect(readFileSync(join(out, 'bench.html'), 'utf8')).toContain('</html>')
    expect(readFileSync(join(out, 'bench.md'), 'utf8')).toContain('#### store/journal')
  })

  it('ends with 1 when a threshold is not kept, and says what was measured', async () => {
    const args = ['bench', 'engine/wrap', '--quick']
    const kept = ['--threshold', 'engine/wrap[unwrap]:node<1s']
    const broken = ['--threshold', 'wrap:node>=1000000x']
    const { code, out } = await sealtrail([...args, ...kept, ...broken])
    expect(out.toString()).toMatch(
      /^kept {4}engine\/wrap\[unwrap\]:node<1s: [\d.]+ .s \(node, unwrap/m,
    )
    expect(out.toString()).toMatch(/^BROKEN {2}wrap:node>=1000000x: [\d.]+x \(node, .*wrap/m)
    expect(code).toBe(1)
  })

  it('has one engine of ours where that is asked for, and says which is missing where no addon loads', async () => {
    const args = ['bench', 'engine/wrap', '--quick', '--json']
    const one = await sealtrail(['--engine', 'wasm', ...args])
    const [wrap] = JSON.parse(one.out.toString()).questions[0].outcomes
    expect(wrap.standings.map(({ name }: { name: string }) => name)).toEqual([
      ...['wasm', 'wasm, batch of 256', 'node:crypto', 'node:crypto, IVs from a pool'],
    ])
    const bare = await sealtrail(args, undefined, { NODE_OPTIONS: WITHOUT_ADDON })
    const [{ notes, outcomes }] = JSON.parse(bare.out.toString()).questions
    expect(notes).toEqual([expect.stringMatching(/^the native engine does not take part: /)])
    expect(outcomes[0].standings[0].name).toBe('wasm')
    expect([one.code, bare.code]).toEqual([0, 0])
  })

  it('ends with 1 when a bench cannot be answered, and keeps what the others say', async () => {
    const { code, out, said } = await sealtrail(
      ['--engine', 'native', 'bench', 'engine/wrap', 'gzip', '--quick', '--json'],
      undefined,
      { NODE_OPTIONS: WITHOUT_ADDON },
    )
    const [wrap, gzip] = JSON.parse(out.toString()).questions
    expect(wrap.failed).toContain('the native engine is not here')
    expect(gzip.failed).toBeNull()
    expect(said).toContain('engine/wrap was not answered: the native engine is not here')
    expect(code).toBe(1)
  })

  it.each([
    ['no bench is called so', ['wasm'], 'no bench is named like wasm: there are engine/seal,'],
    ['a threshold is none', ['wrap', '--threshold', 'wrap:native>=2'], 'its number needs a unit'],
    [
      'a threshold means what is not asked',
      ['wrap', '--threshold', 'engine/seal:native>=2x'],
      'means no bench that is asked: these are engine/wrap',
    ],
    ['a house is named', ['wrap', '--data-dir', 'x'], 'dataDir is not for bench'],
  ])('is used wrongly when %s, and says so before it begins', async (_, args, says) => {
    const { code, out, said } = await sealtrail(['bench', ...args])
    expect(said).toContain(says)
    expect([code, out.length]).toEqual([2, 0])
  })
})
