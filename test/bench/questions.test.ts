/** Questions that benches ask: whoever takes part does the same work, whichever engines there are. Nothing is timed here. */
import { rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Needs } from '../../src/bench/question.js'
import { QUESTIONS } from '../../src/bench/questions.js'
import { temporaryFolder } from '../support/serve.js'

interface Seen {
  readonly title: string
  readonly names: readonly string[]
  readonly baselines: readonly string[]
}

/** Each contest of a question: contenders agree, and do their work once more. */
async function tried(name: string, engine: Needs['engine']) {
  const folder = temporaryFolder('bench-question')
  const closers: Array<() => unknown> = []
  const notes: string[] = []
  const seen: Seen[] = []
  const needs = { folder: folder.path, closers, engine, isQuick: true }
  try {
    const question = QUESTIONS.find((one) => one.name === name)
    const { contests } = await question!.load()
    for await (const { title, baselines, contenders } of contests({
      ...needs,
      note: (sentence) => void notes.push(sentence),
    })) {
      const answers = new Set<string>()
      for (const { answer, run } of contenders) {
        answers.add(Buffer.from(await answer()).toString('hex'))
        await run()
      }
      expect(answers.size, title).toBe(1)
      seen.push({ title, baselines, names: contenders.map((one) => one.name) })
    }
  } finally {
    for (const close of closers.reverse()) await close()
    rmSync(folder.path, { recursive: true, force: true })
  }
  return { seen, notes }
}

describe('the question', () => {
  it.each(QUESTIONS.map(({ name }) => name))(
    '%s has contenders that agree, and baselines that take part, each of a name of its own',
    async (name) => {
      const { seen } = await tried(name, 'auto')
      expect(new Set(seen.map(({ title }) => title)).size).toBe(seen.length)
      for (const { title, names, baselines } of seen) {
        expect(new Set(names).size, title).toBe(names.length)
        expect(baselines.length, title).toBeGreaterThan(0)
        expect(names, title).toEqual(expect.arrayContaining([...baselines]))
      }
    },
  )

  it.each(['engine/seal', 'engine/sweep', 'kms/calls'])(
    '%s has one engine of ours only, where that was asked for',
    async (name) => {
      const { seen } = await tried(name, 'node')
      for (const { names, baselines } of seen) {
        const ours = names.filter((one) => !baselines.includes(one))
        expect(ours.every((one) => /^(node|sealtrail)(, |$)/.test(one))).toBe(true)
      }
    },
  )
})
