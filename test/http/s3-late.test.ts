/** Answers of operations that take long, without waiting for them to take long. */

import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { SealtrailError } from '../../src/errors.js'
import { lateAnswer, mayBeLate } from '../../src/http/doors/s3-late.js'
import type { Answer } from '../../src/http/received.js'

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
const DONE: Answer = { status: 200, headers: ['a', 'b'], body: `${HEAD}<Done></Done>` }
const rules = {
  ...{ lateMs: 1, headers: ['x-amz-request-id', '1'] },
  faultDocument: (error: unknown) => `${HEAD}<Error>${(error as SealtrailError).code}</Error>`,
}
const IN_TIME = { ...rules, lateMs: 60_000 }

/** Not before the answer has begun. */
function later<Value>(): { promise: Promise<Value>; settle(value: Value | Error): void } {
  let settle: (value: Value | Error) => void = () => undefined
  const promise = new Promise<Value>((resolve, reject) => {
    settle = (value) => (value instanceof Error ? reject(value) : resolve(value))
  })
  return { promise, settle }
}

describe('an answer', () => {
  it('that is there in time is what it is', async () => {
    expect(await lateAnswer(Promise.resolve(DONE), IN_TIME)).toBe(DONE)
    const error = new SealtrailError('NoSuchKey', 'none')
    await expect(lateAnswer(Promise.reject(error), IN_TIME)).rejects.toBe(error)
  })

  it.each([
    ['its document', DONE, '<Done></Done>'],
    ['its refusal', new SealtrailError('NoSuchUpload', 'x'), '<Error>NoSuchUpload</Error>'],
  ])('that is late begins with blanks, and ends with %s', async (_, outcome, document) => {
    const { promise, settle } = later<Answer>()
    const { status, headers, body } = await lateAnswer(promise, rules)
    expect(status).toBe(200)
    expect(headers).toEqual(['x-amz-request-id', '1', 'Content-Length', '65536'])
    const all = text(body as Readable)
    await turn()
    settle(outcome)
    const told = await all
    expect(told.length).toBe(65_536)
    expect(told.trim()).toMatch(/^<\?xml [^>]*\?>\n +</)
    expect(told.replace(/\s/g, '')).toBe(`${HEAD}${document}`.replace(/\s/g, ''))
  })

  it('that is late and fails in here breaks off', async () => {
    const { promise, settle } = later<Answer>()
    const { body } = await lateAnswer(promise, rules)
    const all = text(body as Readable)
    settle(new SealtrailError('StoreFailed', 'the disk'))
    await expect(all).rejects.toMatchObject({ code: 'StoreFailed' })
  })

  it('may be late of what copies and completes only', () => {
    const names = ['CopyObject', 'CompleteMultipartUpload', 'UploadPartCopy']
    expect(names.every(mayBeLate)).toBe(true)
    expect(['PutObject', 'GetObject', 'DeleteObjects'].some(mayBeLate)).toBe(false)
  })
})
