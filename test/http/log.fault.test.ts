/** A log that cannot be written costs log lines, and nothing else. */
import { type ChildProcess, spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { PassThrough, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { openLog } from '../../src/http/log.js'
import { callSigned } from '../support/http.js'
import { readCredentials, temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('log-fault')
afterAll(() => folder.remove())

/** A server with `stderr` for its log, which tells of every request. */
async function serve(name: string, stderr: number | 'pipe') {
  const dataDir = `${folder.path}/${name}`
  const child: ChildProcess = spawn(
    process.execPath,
    ['dist/cli/main.js', 'serve', '--data-dir', dataDir, '--port', '0', '--access-log'],
    { stdio: ['ignore', 'pipe', stderr] },
  )
  const url = await new Promise<string>((resolve) => {
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      const told = /http:\/\/\S+:\d+/.exec(text)
      if (told) resolve(told[0])
    })
  })
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { child, url, gone, credentials: readCredentials(dataDir) }
}

describe('a server whose log cannot be written', () => {
  it.each([
    ['as its disk is full', '/dev/full'],
    ['as nobody reads it', undefined],
  ])('%s answers, is healthy, and ends at SIGTERM', async (_what, device) => {
    const stderr = device === undefined ? 'pipe' : openSync(device, 'w')
    const { child, url, gone, credentials } = await serve(device ? 'full' : 'unread', stderr)
    child.stderr?.pause()
    // More lines than a pipe, a socket and the kernel take.
    const call = () => callSigned(url, { ...credentials, headers: { 'user-agent': 'x' } })
    for (let i = 0; i < 40; i++) {
      const replies = await Promise.all(Array.from({ length: 50 }, call))
      expect(replies.filter(({ status }) => status !== 200)).toEqual([])
    }
    expect((await fetch(`${url}/_sealtrail/health/ready`)).status).toBe(200)
    child.kill('SIGTERM')
    expect(await gone).toBe(0)
  })
})

describe('lines that were lost', () => {
  it('are counted, and told when writing works again', async () => {
    let isFull = true
    const written: string[] = []
    const disk = new Writable({
      write(piece: Buffer, _encoding, done) {
        if (!isFull) written.push(piece.toString())
        done()
      },
    })
    // A stream that has failed once takes nothing more; a disk does.
    const write = disk.write.bind(disk) as (bytes: Buffer, done: (error?: Error) => void) => boolean
    disk.write = ((bytes: Buffer, done: (error?: Error) => void) => {
      if (!isFull) return write(bytes, done)
      done(new Error('ENOSPC'))
      return false
    }) as Writable['write']
    const { logger } = openLog('info', disk)
    for (let i = 0; i < 3; i++) logger.info({ i }, 'lost')
    await delay(600)
    isFull = false
    logger.info({}, 'kept')
    await expect.poll(() => written.join('')).toContain('"lost":3')
    const lines = written.join('').trimEnd().split('\n')
    const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(rows).toMatchObject([
      { msg: 'kept' },
      { level: 'error', lost: 3, msg: 'log lines were lost: they could not be written' },
    ])
  })

  it('are those that find no room while nobody reads', async () => {
    const unread = new PassThrough({ highWaterMark: 1 })
    unread.write('x')
    const { logger } = openLog('info', unread)
    const count = 200_000
    for (let i = 0; i < count; i++) logger.info({ i }, 'x'.repeat(200))
    let text = ''
    unread.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
    })
    const lost = () => Number(/"lost":(\d+)/.exec(text)?.[1])
    await expect.poll(lost).toBeGreaterThan(0)
    // A mebibyte waited for its reader, and what was on its way.
    const kept = text.match(/x{200}/g)!.length
    expect(kept + lost()).toBe(count)
    expect(text.length).toBeLessThan(1.1 * 1024 * 1024)
  })
})
