/** Endpoints that answer what no service does: a load counts it under a name of its own, and goes on. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/clock.js'
import { ServiceCaller } from '../../../src/load/targets/endpoint/caller.js'
import { auditEventPut } from '../../../src/load/targets/endpoint/json-calls.js'
import { logsBelow, objectCalls } from '../../../src/load/targets/endpoint/s3-calls.js'
import { asked, type ObjectCalls } from '../../../src/load/targets/target.js'
import { namesOf } from '../../../src/load/work/log-reading.js'
import { Access } from '../../../src/upstream/client/access.js'

let answer = ''
let count = 0
const server = createServer((request, response) => {
  count++
  request.resume()
  response.end(answer)
})
let caller: ServiceCaller
let objects: ObjectCalls

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  caller = new ServiceCaller({
    ...{ name: 's3', region: 'us-east-1', connections: 2, clock: systemClock },
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    access: new Access({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' }, 'a test'),
  })
  objects = objectCalls(caller, { bucket: 'b', keyId: 'k', prefix: 'p&q/' })
})
afterAll(async () => {
  await caller.close()
  await new Promise((resolve) => server.close(resolve))
})

describe('events that were put', () => {
  it.each([
    ['nothing that is told', '{"successful":[null,7,"a",[]],"failed":[]}'],
    ['a failure of nothing', '{"successful":[],"failed":[null]}'],
    ['a failure without a name', '{"successful":[],"failed":[{"errorCode":{"a":1}}]}'],
    ['a failure that would move a cursor', '{"failed":[{"errorCode":"\\u001b[2J"}]}'],
    [
      'a failure beside success',
      '{"successful":[{"id":"1","eventID":"e"}],"failed":[{"errorCode":""}]}',
    ],
    ['no JSON', '<html>'],
  ])('are not acknowledged by %s', async (_, text) => {
    answer = text
    const put = auditEventPut(caller, 'arn:aws:cloudtrail:us-east-1:111122223333:channel/c')
    const told = await new Promise((resolve) => put([{ id: '1', text: '{}' }], resolve))
    expect(told).toBe('NotAcknowledged')
  })

  it('have failed by the name of their failure', async () => {
    answer = '{"failed":[{"errorCode":"InvalidData"}]}'
    const put = auditEventPut(caller, 'arn:aws:cloudtrail:us-east-1:111122223333:channel/c')
    const told = await new Promise((resolve) => put([{ id: '1', text: '{}' }], resolve))
    expect(told).toBe('InvalidData')
  })
})

describe('a list', () => {
  const list = (after: string) =>
    asked<readonly string[]>((done) => objects.list('logs/', after, done))
  const keys = (...names: string[]) => names.map((name) => `<Key>${name}</Key>`).join('')

  it('has keys as they are called, not as XML writes them', async () => {
    answer = keys('p&amp;q/logs/a&lt;b', 'p&#38;q/logs/&#x2665;')
    expect(await list('')).toEqual(['logs/a<b', 'logs/♥'])
  })

  it.each([
    ['of the same page again', keys('p&amp;q/logs/a', 'p&amp;q/logs/b')],
    ['of what stands before', keys('p&amp;q/logs/a')],
    ['of what nobody asked for', keys('elsewhere/z')],
    ['of a character that is none', keys('p&amp;q/logs/&#x110000;')],
  ])('%s is no page behind the one before', async (_, text) => {
    answer = text
    await expect(list('logs/b')).rejects.toMatchObject({ code: 'ListIsAnother' })
  })

  it('that never ends is not read for ever', async () => {
    answer = keys('p&amp;q/logs/a')
    count = 0
    const names = namesOf(logsBelow(objects, 'logs/'))
    await expect(names).rejects.toMatchObject({ code: 'ListIsAnother' })
    expect(count).toBe(2)
  })
})
