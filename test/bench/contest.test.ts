/** A contest is fair: contenders agree before they are timed, and are compared round by round. */
import { describe, expect, it } from 'vitest'
import { type Contender, holdContest, type Pace } from '../../src/bench/contest.js'
import { QUESTIONS, questionsFor } from '../../src/bench/questions.js'
import { standingsTable } from '../../src/bench/report/standings.js'

const PACE: Pace = { rounds: 3, sliceMs: 2, warmUpMs: 1 }
const QUESTION = { title: 'what is asked', baselines: ['other', 'absent'], bytesPerOp: 10 }

function contender(name: string, answer: string): Contender {
  return { name, answer: () => Buffer.from(answer), run: () => Buffer.from(answer) }
}

describe('a contest', () => {
  it('is not held among contenders that disagree, and says who they are', async () => {
    const held = holdContest(QUESTION, [contender('one', 'a'), contender('other', 'b')], PACE)
    await expect(held).rejects.toThrow('what is asked: other does not agree with one')
  })

  it('has a standing for each contender, with a median of each round and ratios to baselines that take part', async () => {
    const standings = await holdContest(
      QUESTION,
      [contender('one', 'a'), contender('other', 'a')],
      PACE,
    )
    expect(standings.map(({ name }) => name)).toEqual(['one', 'other'])
    for (const { rounds, median, ratios } of standings) {
      expect(rounds).toHaveLength(3)
      expect(median).toBeGreaterThan(0)
      expect(Object.keys(ratios)).toEqual(['other'])
    }
    expect(standings[1]!.ratios.other).toBe(1)
  })

  it('counts the operations of a run that is a batch, and waits for runs that take their time', async () => {
    let calls = 0
    const slow: Contender = {
      ...{ name: 'slow', answer: () => Buffer.of(1), opsPerRun: 1000 },
      async run() {
        calls++
        await new Promise((resolve) => setTimeout(resolve, 2))
      },
    }
    const [standing] = await holdContest(QUESTION, [slow], PACE)
    expect(calls).toBeGreaterThan(2)
    // A run has at least 2 ms, and 1,000 operations.
    expect(standing!.median).toBeGreaterThan(1000)
    expect(standing!.median).toBeLessThan(1_000_000)
  })

  it('lets its process hear of others between slices, also when no contender ever waits', async () => {
    let hasHeard = false
    setImmediate(() => {
      hasHeard = true
    })
    await holdContest(QUESTION, [contender('one', 'a')], PACE)
    expect(hasHeard).toBe(true)
  })

  it('fails with what a contender throws', async () => {
    const broken: Contender = {
      ...{ name: 'broken', answer: () => Buffer.of(1) },
      run() {
        throw new Error('out of paper')
      },
    }
    await expect(holdContest(QUESTION, [broken], PACE)).rejects.toThrow('out of paper')
  })

  it('is shown with throughput where bytes are told, and with a column for each baseline that took part', () => {
    const standing = { name: 'one', median: 2000, p99: 3e6, spread: 0.011, rounds: [2000] }
    const lines = standingsTable({
      ...QUESTION,
      standings: [{ ...standing, ratios: { other: 2.5 } }],
    })
    expect(lines).toEqual([
      'what is asked',
      '       median   p99  spread  per second  throughput  vs other',
      '  one    2 µs  3 ms   1.1 %   500,000/s      5 MB/s     2.50x',
    ])
  })
})

describe('the questions', () => {
  it('have names of their own', () => {
    expect(new Set(QUESTIONS.map(({ name }) => name)).size).toBe(QUESTIONS.length)
  })

  it('are found by a part of their name, all of them without one', () => {
    expect(questionsFor([])).toEqual(QUESTIONS)
    expect(questionsFor(['engine/']).map(({ name }) => name)).toEqual([
      ...['engine/seal', 'engine/sweep', 'engine/wrap', 'engine/sign'],
    ])
  })

  it('that nobody knows are refused with the names of those that there are', () => {
    expect(() => questionsFor(['engine', 'nonsense'])).toThrow(
      'no bench is named like nonsense: there are engine/seal, engine/sweep,',
    )
  })
})
