/** A line between coordinator and client: how long a silence is, and what is a message. */
import { Duplex } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Frames, frameOf } from '../../../src/load/coordination/frames.js'
import { Line } from '../../../src/load/coordination/line.js'
import { fc, test } from '../../support/property.js'

/** Two ends of a connection, of which each reads what the other writes. */
const ends = (): [Duplex, Duplex] => {
  const end = (): Duplex =>
    new Duplex({
      read() {},
      write(piece, _, done) {
        other.get(this as Duplex)!.push(Buffer.from(piece))
        done()
      },
      final(done) {
        other.get(this as Duplex)!.push(null)
        done()
      },
    })
  const [a, b] = [end(), end()]
  const other = new Map([
    [a, b],
    [b, a],
  ])
  return [a, b]
}
const clock = { now: () => 0, elapsed: () => performance.now() }
const line = (socket: Duplex, isWell = () => true) => {
  const [heard, ended]: [unknown[], string[]] = [[], []]
  const opened = new Line<object, unknown>({
    ...{ socket, clock, isWell, read: (value) => value },
    onMessage: (message) => heard.push(message),
    onEnd: (reason) => ended.push(reason),
  })
  return { opened, heard, ended }
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('a line', () => {
  it('stays while both ends are there, however little they have to say', async () => {
    const [a, b] = ends()
    const [here, there] = [line(a), line(b)]
    await vi.advanceTimersByTimeAsync(60_000)
    here.opened.say({ kind: 'clock' })
    await vi.advanceTimersByTimeAsync(10)
    expect([here.ended, there.ended, there.heard]).toEqual([[], [], [{ kind: 'clock' }]])
  })

  it('is given up when the other end is silent for ten seconds', async () => {
    const [a, b] = ends()
    const { ended } = line(a)
    b.resume()
    await vi.advanceTimersByTimeAsync(9000)
    expect(ended).toEqual([])
    await vi.advanceTimersByTimeAsync(3000)
    expect(ended).toEqual(['was silent for 10 s'])
  })

  it('falls silent when its end cannot vouch for who works there', async () => {
    const [a, b] = ends()
    const here = line(a)
    line(b, () => false)
    await vi.advanceTimersByTimeAsync(12_000)
    expect(here.ended).toEqual(['was silent for 10 s'])
  })

  it('is given up when the other end asks, and does not take the answers', () => {
    const { opened, ended } = line(new Duplex({ read() {}, write() {} }))
    const answer = { kind: 'failed', reason: 'x'.repeat(8 * 1024 * 1024) }
    for (let i = 0; i < 4; i++) opened.say(answer)
    expect(ended).toEqual([])
    for (let i = 0; i < 4; i++) opened.say(answer)
    expect(ended).toEqual(['does not take what it is told'])
  })

  it('has one end, also for who closes it, after what was said last', async () => {
    const [a, b] = ends()
    const [here, there] = [line(a), line(b)]
    here.opened.say({ kind: 'refused' })
    here.opened.close('enough')
    here.opened.say({ kind: 'more' })
    await vi.advanceTimersByTimeAsync(10)
    expect([here.ended, there.heard]).toEqual([['enough'], [{ kind: 'refused' }]])
    await vi.advanceTimersByTimeAsync(60_000)
    expect([here.ended.length, there.ended.length]).toEqual([1, 1])
  })
})

describe('a stream of messages', () => {
  test.prop([fc.array(fc.jsonValue(), { maxLength: 8 }), fc.integer({ min: 1, max: 50 })])(
    'is what was said, however it is cut',
    (values, size) => {
      const [heard, all]: [unknown[], Buffer[]] = [[], []]
      for (const value of values) all.push(frameOf({ value }, 1 << 20))
      const bytes = Buffer.concat(all)
      const frames = new Frames(1 << 20, (value) => heard.push(value))
      for (let at = 0; at < bytes.length; at += size) frames.push(bytes.subarray(at, at + size))
      expect(JSON.stringify(heard)).toBe(JSON.stringify(values.map((value) => ({ value }))))
    },
  )

  it('is refused by the length of a message, before that has come', () => {
    const frames = new Frames(100, () => undefined)
    frames.push(frameOf({ a: 'x'.repeat(91) }, 100))
    expect(() => frames.push(Buffer.from([0, 0, 0, 101]))).toThrow('101 bytes, more than 100')
    expect(() => frameOf({ a: 'x'.repeat(93) }, 100)).toThrow('101 bytes, more than 100')
  })
})
