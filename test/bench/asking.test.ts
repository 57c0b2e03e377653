/** A question is asked in a process of its own: what it told counts, also when it fails, is killed, or is stopped. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../../src/bench/asking/ask.js'
import { askInProcess } from '../../src/bench/asking/asked.js'
import type { Contender } from '../../src/bench/contest.js'
import type { Needs, Question } from '../../src/bench/question.js'
import type { Outcome } from '../../src/bench/report/report.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealtrail-asking-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const asking = () => ({ folder, engine: 'auto', isQuick: true }) as const
const QUIET = { begun: () => undefined, outcome: () => undefined }

function contender(name: string, answer: string): Contender {
  return { name, answer: () => Buffer.from(answer), run: () => Buffer.from(answer) }
}

function question(contests: (needs: Needs) => AsyncGenerator<never>): Question {
  return { name: 'a/question', asks: 'what?', cores: 'all', load: async () => ({ contests }) }
}

describe('a question that fails', () => {
  it('is told with what was measured before, its notes, and why; what it opened is closed', async () => {
    const closed: number[] = []
    const told: Outcome[] = []
    const answered = await ask(
      question(async function* ({ closers, note }) {
        closers.push(
          () => closed.push(1),
          () => closed.push(2),
        )
        note('a peer is missing')
        yield { title: 'good', baselines: ['one'], contenders: [contender('one', 'a')] } as never
        yield {
          ...{ title: 'bad', baselines: [] },
          contenders: [contender('one', 'a'), contender('other', 'b')],
        } as never
      }),
      asking(),
      { ...QUIET, outcome: (outcome) => void told.push(outcome) },
    )
    expect(answered).toMatchObject({
      ...{ name: 'a/question', core: null, notes: ['a peer is missing'] },
      failed: 'bad: other does not agree with one',
    })
    expect(answered.outcomes.map(({ title }) => title)).toEqual(['good'])
    expect(answered.outcomes[0]).toMatchObject({ bytesPerOp: null, sweep: null })
    expect(told).toEqual(answered.outcomes)
    expect(closed).toEqual([2, 1])
  })

  it('is one that cannot close what it opened', async () => {
    const { failed } = await ask(
      question(async function* ({ closers }) {
        closers.push(() => {
          throw new Error('stuck')
        })
      }),
      asking(),
      QUIET,
    )
    expect(failed).toBe('stuck')
  })
})

describe('a question in a process of its own', () => {
  const wrap = { name: 'engine/wrap', asks: 'how fast?' }

  it('has its outcomes told as they come, and all of them at its end', async () => {
    const told: string[] = []
    const answered = await askInProcess(wrap, asking(), {
      tell: { ...QUIET, outcome: ({ title }) => void told.push(title) },
      ...{ env: process.env, signal: new AbortController().signal },
    })
    expect(answered.failed).toBeNull()
    expect(answered.outcomes.map(({ title }) => title)).toEqual(told)
    expect(told).toHaveLength(2)
  })

  it('runs where there is no taskset, on any CPU', async () => {
    const answered = await askInProcess(wrap, asking(), {
      tell: QUIET,
      ...{ env: { ...process.env, PATH: folder }, signal: new AbortController().signal },
    })
    expect(answered).toMatchObject({ core: null, failed: null })
  })

  it('that dies has failed, and what it had told counts', async () => {
    const controller = new AbortController()
    const script = `setTimeout(() => { process.stderr.write('out of luck'); process.kill(process.pid, 'SIGKILL') }, 500)`
    const env = {
      ...process.env,
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(script)}`,
    }
    const answered = await askInProcess({ ...wrap, name: 'engine/sign' }, asking(), {
      tell: QUIET,
      ...{ env, signal: controller.signal },
    })
    expect(answered.failed).toBe('its process ended before it had answered (SIGKILL): out of luck')
    expect(answered.name).toBe('engine/sign')
  })

  it('is ended by a signal, for the signal’s reason', async () => {
    const controller = new AbortController()
    const asked = askInProcess({ ...wrap, name: 'engine/sign' }, asking(), {
      tell: { ...QUIET, begun: () => controller.abort(new Error('stopped by SIGINT')) },
      ...{ env: process.env, signal: controller.signal },
    })
    await expect(asked).rejects.toThrow('stopped by SIGINT')
  })
})
