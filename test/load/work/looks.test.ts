/** Looks behind the load: a target that is too busy for one is asked again, and one that never answers is found out. */
import { describe, expect, it } from 'vitest'
import { askedAgain, Behind, isNoAnswer } from '../../../src/load/work/behind.js'
import { memoryTarget, sendTo } from '../running/memory-target.js'

describe('a look', () => {
  it('that is not answered is asked again at the end, until it is', async () => {
    const behind = new Behind()
    const asked: boolean[] = []
    behind.look((isLast, end) => {
      asked.push(isLast)
      end(asked.length === 3)
    })
    await behind.settled()
    expect(asked).toEqual([false, false, false])
  })

  it('is told when it is the last', async () => {
    const behind = new Behind()
    const asked: boolean[] = []
    behind.look((isLast, end) => {
      asked.push(isLast)
      end(isLast)
    })
    await behind.settled()
    expect([asked.length, asked.at(-1)]).toEqual([11, true])
  })

  it('waits for its turn, and none is made for which there is no room', async () => {
    const behind = new Behind()
    const ends: Array<(isAnswered: boolean) => void> = []
    let made = 0
    for (let number = 0; number < 20_000; number++) {
      behind.look((_, end) => {
        made++
        ends.push(end)
      })
    }
    expect(made).toBe(8)
    const settled = behind.settled()
    while (ends.length > 0) {
      for (const end of ends.splice(0)) end(true)
      await Promise.resolve()
    }
    await settled
    expect(made).toBe(10_008)
  })

  it('is not asked for hours when nothing is answered any more: that fails', async () => {
    const behind = new Behind()
    let asked = 0
    for (let number = 0; number < 1000; number++) {
      behind.look((_, end) => {
        asked++
        setImmediate(end, false)
      })
    }
    await expect(behind.settled()).rejects.toMatchObject({ code: 'NoAnswer' })
    expect(asked).toBeLessThan(1400)
  })

  it.each([...['ThrottlingException', 'SlowDown', 'HTTP 503', 'ECONNRESET', 'UND_ERR_SOCKET']])(
    'has no answer by %s',
    (code) => expect(isNoAnswer(code)).toBe(true),
  )

  it.each([...[undefined, 'NoSuchKey', 'InvalidCiphertextException', 'AccessDenied', 'HTTP 404']])(
    'has one by %s',
    (code) => expect(isNoAnswer(code)).toBe(false),
  )

  it('of what lies at the end of a run is asked a few times, and for no other reason', async () => {
    let [busy, denied] = [0, 0]
    const answer = await askedAgain<string>((done) =>
      ++busy < 3 ? done('SlowDown') : done(undefined, 'here'),
    )
    expect([answer, busy]).toEqual(['here', 3])
    const refused = askedAgain((done) => {
      denied++
      done('AccessDenied')
    })
    await expect(refused).rejects.toMatchObject({ code: 'AccessDenied' })
    expect(denied).toBe(1)
  })

  it('that cannot be had fails the run, which still says what it measured', async () => {
    const target = memoryTarget()
    const list: typeof target.objects = {
      ...target.objects!,
      list: (_, __, done) => done('AccessDenied'),
    }
    const sent = await sendTo({ ...target, objects: list }, { kind: 's3.PutObject' }, 20)
    expect(sent.operations['s3.PutObject']?.ok).toBe(20)
    expect(sent.checks).toContainEqual({
      ...{ name: 'what was answered can be looked at', count: 1, failed: 1 },
      examples: ['the target answers with AccessDenied'],
    })
  })
})
