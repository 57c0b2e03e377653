/** What a load sends: a target that answers more than was asked for is broken off, and said to. */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type Answer, Sender } from '../../src/wire/sender.js'

const closers: Array<() => unknown> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function senderTo(answer: (response: ServerResponse) => void): Promise<Sender> {
  const server: Server = createServer((_, response) => answer(response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const sender = new Sender(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 1)
  closers.push(() => sender.close())
  return sender
}

const sent = (sender: Sender, answerBytesMax: number) =>
  new Promise<{ code: string | undefined; answer: Answer | undefined }>((resolve) =>
    sender.send(
      { method: 'GET', target: '/', headers: {}, body: null, answerBytesMax },
      (code, answer) => resolve({ code, answer }),
    ),
  )

describe('an answer', () => {
  it.each([
    ['as long as it may be', 1000, undefined],
    ['a byte longer', 999, 'AnswerTooLarge'],
  ])('that is %s', async (_, most, code) => {
    const sender = await senderTo((response) => {
      response.write(Buffer.alloc(400))
      response.end(Buffer.alloc(600))
    })
    const told = await sent(sender, most)
    expect([told.code, told.answer?.body.length]).toEqual([code, code ? undefined : 1000])
  })

  it('that never ends is broken off, and the next one is heard', async () => {
    let [isGone, isEndless] = [false, true]
    const sender = await senderTo((response) => {
      if (!isEndless) return response.end('whole')
      isEndless = false
      response.on('close', () => {
        isGone = true
      })
      const more = () => {
        if (!isGone) response.write(Buffer.alloc(64 * 1024), () => setImmediate(more))
      }
      return more()
    })
    expect(await sent(sender, 1 << 20)).toEqual({ code: 'AnswerTooLarge', answer: undefined })
    expect((await sent(sender, 1 << 20)).answer?.body.toString()).toBe('whole')
    await expect.poll(() => isGone).toBe(true)
  })
})
