/** CloudTrail by HTTP: both names of its target, AWS's answers, and what is not served. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSealtrail, type Sealtrail } from '../../src/index.js'
import { temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('trail-door')
let house: Sealtrail
let url: string
beforeAll(async () => {
  house = await openSealtrail({ dataDir: `${folder.path}/data`, account: '111122223333' })
  url = (await house.listen({ port: 0, auth: 'trust' })).url
})
afterAll(async () => {
  await house.close()
  folder.remove()
})

async function ask(target: string, body: object) {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `Credential=111122223333/${date.slice(0, 8)}/us-east-1/cloudtrail/aws4_request`
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target,
      authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
      'x-amz-date': date,
    },
    body: JSON.stringify(body),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

const LONG = 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101'

describe('the door of CloudTrail', () => {
  it.each([LONG, 'CloudTrail_20131101'])('takes requests for %s', async (target) => {
    expect(await ask(`${target}.DescribeTrails`, {})).toEqual({
      status: 200,
      body: { trailList: [] },
    })
  })

  it('answers what is refused with 400, and AWS name and text', async () => {
    expect(await ask(`${LONG}.GetTrail`, { Name: 'Default' })).toEqual({
      status: 400,
      body: {
        __type: 'TrailNotFoundException',
        message:
          'Unknown trail: arn:aws:cloudtrail:us-east-1:111122223333:trail/Default for the user: 111122223333',
      },
    })
    expect((await ask(`${LONG}.GetTrail`, {})).body.__type).toBe('ValidationException')
  })

  it('names operations that it does not serve, and knows no others', async () => {
    expect(await ask(`${LONG}.CreateEventDataStore`, { Name: 'x' })).toEqual({
      status: 400,
      body: {
        __type: 'UnsupportedOperationException',
        message: 'The operation CreateEventDataStore is not supported.',
      },
    })
    expect((await ask(`${LONG}.MakeTrail`, {})).body.__type).toBe('UnknownOperationException')
  })

  it('leaves a record of a call, also of a refused one', async () => {
    await ask(`${LONG}.StopLogging`, { Name: 'Default' })
    const [found] = await house.records({ eventName: 'StopLogging' })
    expect(JSON.parse(found!.record)).toMatchObject({
      ...{ eventSource: 'cloudtrail.amazonaws.com', errorCode: 'TrailNotFoundException' },
      ...{ readOnly: false, requestParameters: { name: 'Default' }, responseElements: null },
    })
  })

  it('leaves a record of an operation that AWS has, though we have not', async () => {
    await ask(`${LONG}.CreateEventDataStore`, { Name: 'x' })
    const [found] = await house.records({ eventName: 'CreateEventDataStore' })
    expect(JSON.parse(found!.record)).toMatchObject({
      ...{ errorCode: 'UnsupportedOperationException', readOnly: false },
      errorMessage: 'The operation CreateEventDataStore is not supported.',
      ...{ requestParameters: null, responseElements: null },
    })
  })
})
