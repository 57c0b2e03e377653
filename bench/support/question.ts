/**
 * A question that `sealtrail bench` asks, too, asked here: its contests are the same.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { questionsFor } from '../../src/bench/questions.js'
import { contest } from './contest.js'
import { showMachine, stayOnOneCore } from './machine.js'

export async function askAsShipped(name: string): Promise<void> {
  const [question] = questionsFor([name])
  const folder = mkdtempSync(join(process.env.SEALTRAIL_BENCH_DIR ?? tmpdir(), 'sealtrail-bench-'))
  const closers: Array<() => unknown> = [() => rmSync(folder, { recursive: true })]
  if (question!.cores === 'one') stayOnOneCore()
  else showMachine()
  try {
    const note = (sentence: string) => console.log(`  ${sentence}`)
    const { contests } = await question!.load()
    const isQuick = process.env.SEALTRAIL_BENCH_SHORT !== undefined
    const needs = { folder, closers, note, isQuick, engine: 'auto' as const }
    for await (const { contenders, ...held } of contests(needs)) {
      await contest(held, contenders)
    }
  } finally {
    for (const close of closers.reverse()) await close()
  }
}
