import { execFileSync } from 'node:child_process'
import { afterEach, describe, expect, it } from 'vitest'
import { startThread, type Thread } from '../../src/pool/thread.js'

const peer = new URL('./thread-peer.mjs', import.meta.url)
const opened: Thread[] = []

function start(): Thread {
  const thread = startThread(peer, {})
  opened.push(thread)
  return thread
}
afterEach(async () => {
  for (const thread of opened.splice(0)) await thread.close()
})

const died = expect.objectContaining({ code: 'WorkerDied' })

describe('a thread', () => {
  it('answers many calls, each with its own answer', async () => {
    const thread = start()
    const values = Array.from({ length: 200 }, (_, i) => i)
    const answers = values.map((value) => thread.call({ kind: 'echo', value }))
    expect(await Promise.all(answers)).toEqual(values)
  })

  it('takes what is transferred to it', async () => {
    const bytes = new Uint8Array([1, 2, 3])
    const sum = start().call<number>({ kind: 'sum', value: bytes }, [bytes.buffer])
    expect(bytes.length).toBe(0)
    expect(await sum).toBe(6)
  })

  it('passes on a refusal with its code, message and detail', async () => {
    const refusal = { code: 'StoreFailed', message: 'it is there already', detail: { value: 7 } }
    const call = start().call({ kind: 'refuse', value: 7 })
    await expect(call).rejects.toThrow(expect.objectContaining(refusal))
  })

  it.each(['break', 'exit'])('that ends by %s fails its calls and all later ones', async (kind) => {
    const thread = start()
    const told = new Promise((resolve) => thread.onExit(resolve))
    const calls = [thread.call({ kind }), thread.call({ kind: 'echo', value: 1 })]
    for (const call of await Promise.allSettled(calls)) {
      expect(call).toMatchObject({ status: 'rejected', reason: died })
    }
    expect(await told).toEqual(died)
    expect(await new Promise((resolve) => thread.onExit(resolve))).toEqual(died)
    await expect(thread.call({ kind: 'echo', value: 2 })).rejects.toThrow(died)
  })

  it('answers what it was asked before it is closed, and nothing after', async () => {
    const thread = start()
    const call = thread.call({ kind: 'echo', value: 'last' })
    await thread.close()
    expect(await call).toBe('last')
    const late = thread.call({ kind: 'echo', value: 1 })
    await expect(late).rejects.toThrow(expect.objectContaining({ code: 'Closed' }))
  })

  it('that cannot be started fails its calls', async () => {
    const thread = startThread(new URL('./no-such-module.mjs', import.meta.url), {})
    opened.push(thread)
    await expect(thread.call({ kind: 'echo', value: 1 })).rejects.toThrow(died)
  })

  it('refuses a request that cannot cross, and goes on', async () => {
    const thread = start()
    await expect(thread.call({ kind: 'echo', value: () => 1 })).rejects.toThrow()
    expect(await thread.call({ kind: 'echo', value: 'still here' })).toBe('still here')
  })

  it('that is idle lets the process end; one that works does not', () => {
    const program = `
      import { startThread } from './dist/pool/thread.js'
      const thread = startThread(new URL('${peer.href}'), {})
      console.log(await thread.call({ kind: 'echo', value: 'answered' }))`
    const flags = ['--input-type=module', '-e', program]
    expect(execFileSync(process.execPath, flags, { encoding: 'utf8' })).toBe('answered\n')
  })
})
