/** What the log says of a request, and what it keeps to itself. */
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SealtrailError } from '../../src/errors.js'
import { logRequest, openLog, troubleOf } from '../../src/http/log.js'
import { callSigned, fakeKms, startTestServer } from '../support/http.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealtrail-log-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const line = {
  requestId: '5b1e2a2e-1111-4222-8333-444455556666',
  operation: 'Decrypt',
  caller: 'arn:aws:iam::111122223333:root',
  status: 200,
  ms: 1.23456,
}

/** The lines that `write` leaves in a file. */
function logged(level: 'info' | 'debug' | 'silent', write: Parameters<typeof use>[1]) {
  const path = join(folder, 'log')
  use(openLog(level, openSync(path, 'w')), write)
  const text = readFileSync(path, 'utf8')
  return text.split('\n').flatMap((row) => (row === '' ? [] : [JSON.parse(row)]))
}

function use(log: ReturnType<typeof openLog>, write: (logger: typeof log.logger) => void) {
  write(log.logger)
  log.flush()
}

describe('the log', () => {
  it('has one line of JSON for each request, with its level by what came of it', () => {
    const lines = logged('debug', (logger) => {
      logRequest(logger, line, undefined)
      logRequest(logger, { ...line, status: 400 }, new SealtrailError('NotFoundException', 'Key x'))
      logRequest(logger, { ...line, status: 503 }, new SealtrailError('ThrottlingException', 'y'))
      logRequest(
        logger,
        { ...line, status: 500 },
        new SealtrailError('StoreFailed', 'disk is full'),
      )
    })
    expect(lines).toMatchObject([
      { level: 'info', msg: 'answered', ...line, ms: 1.235 },
      { level: 'info', msg: 'refused', status: 400, code: 'NotFoundException' },
      { level: 'debug', msg: 'turned away', status: 503 },
      { level: 'error', msg: 'failed', code: 'StoreFailed', message: 'disk is full' },
    ])
    expect(lines[0].time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(lines[1]).not.toHaveProperty('message')
  })

  it('says nothing below its level', () => {
    expect(logged('info', (logger) => logger.debug({}, 'x'))).toEqual([])
    expect(logged('silent', (logger) => logger.error({}, 'x'))).toEqual([])
  })

  it('blots out members that are secrets, should one get there', () => {
    const [row] = logged('info', (logger) =>
      logger.info({ Plaintext: 'key', secretAccessKey: 'secret', authorization: 'AWS4' }, 'x'),
    )
    expect(row).toMatchObject({
      Plaintext: '[Redacted]',
      secretAccessKey: '[Redacted]',
      authorization: '[Redacted]',
    })
  })

  it('holds line breaks and escapes inside its line', () => {
    const operation = 'a\nb\u001b[31m\u2028"}'
    const rows = logged('info', (logger) => logRequest(logger, { ...line, operation }, undefined))
    expect(rows).toHaveLength(1)
    expect(rows[0].operation).toBe(operation)
  })
})

describe('a request', () => {
  async function linesOf(accessLog: boolean): Promise<unknown[]> {
    const answers = [
      () => ({ Keys: [], Truncated: false }),
      () => {
        throw new SealtrailError('NotFoundException', 'no such key')
      },
      () => {
        throw new SealtrailError('StoreFailed', 'disk is full')
      },
    ]
    const kms = fakeKms(() => answers.shift()!())
    const server = await startTestServer(kms, { accessLog })
    for (let i = answers.length; i > 0; i--) await callSigned(server.url)
    await server.close()
    return server.lines.map(({ message }) => message)
  }

  it('has a line only when one is asked for, or when it failed in here', async () => {
    expect(await linesOf(false)).toEqual(['failed'])
    expect(await linesOf(true)).toEqual(['answered', 'refused', 'failed'])
  })
})

describe('trouble', () => {
  it('is told by name and place, never by what a stranger’s message quotes', () => {
    const cause = new TypeError('Received <Buffer 73 65 63>')
    const told = troubleOf(new RangeError('of a secret', { cause }))
    expect(told).toMatchObject({ error: 'RangeError', cause: { error: 'TypeError' } })
    expect((told as { at: string[] }).at[0]).toMatch(/^at .*log\.test\.ts/)
    expect(JSON.stringify(told)).not.toMatch(/secret|73 65/)
  })

  it('ends, also when an error is its own cause', () => {
    const error = new Error('round')
    error.cause = error
    expect(JSON.stringify(troubleOf(error)).length).toBeLessThan(10_000)
  })

  it.each([undefined, null, 'secret', 7])('may be %s', (thrown) => {
    expect(JSON.stringify(troubleOf(thrown))).not.toContain('secret')
  })
})
