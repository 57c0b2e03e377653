/** `sealtrail demo story`: the story of a trail, with the AWS CLI and without. */
import { dirname, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findAwsCli } from '../http/aws-cli.js'
import { sealtrail } from '../support/command.js'

interface Step {
  readonly says: string
  readonly command?: string
  readonly answer?: unknown
}

interface Record {
  readonly eventName: string
  readonly userIdentity: { readonly type: string; readonly invokedBy?: string }
  readonly requestParameters: {
    readonly keyId?: string
    readonly encryptionContext: { readonly [name: string]: string }
  }
  readonly resources: ReadonlyArray<{ readonly ARN: string }>
}

const OBJECT = 'arn:aws:s3:::sealtrail-story-logs/AWSLogs/000000000000/CloudTrail/'

async function told(env: { readonly PATH: string }): Promise<Step[]> {
  const { code, out, said } = await sealtrail(['demo', 'story', '--json'], undefined, env)
  expect([code, said]).toEqual([0, ''])
  return JSON.parse(out.toString())
}

/** What is the same whoever types. */
function expectStory(steps: readonly Step[]): void {
  const answerOf = (begin: string) => steps.find(({ says }) => says.startsWith(begin))?.answer
  const keyArn = answerOf('The key, by that policy')
  const [asked, put, read] = [1, 2, 3].map((i) => answerOf(`Record ${i}.`) as Record)
  for (const record of [asked!, put!, read!]) {
    expect(record.resources).toEqual([expect.objectContaining({ ARN: keyArn })])
    expect(record.requestParameters.encryptionContext['aws:cloudtrail:arn']).toBe(
      'arn:aws:cloudtrail:us-east-1:000000000000:trail/Default',
    )
  }
  const [of, object] = [
    { eventName: 'GenerateDataKey', userIdentity: { type: 'AWSService' } },
    put!.requestParameters.encryptionContext['aws:s3:arn']!,
  ]
  expect(asked).toMatchObject({ ...of, requestParameters: { keySpec: 'AES_256' } })
  expect(asked!.requestParameters.encryptionContext['aws:s3:arn']).toBe(
    'arn:aws:s3:::sealtrail-story-logs/AWSLogs/000000000000/',
  )
  expect(put).toMatchObject(of)
  expect(object.startsWith(OBJECT)).toBe(true)
  expect(read).toMatchObject({ eventName: 'Decrypt', userIdentity: { type: 'Root' } })
  expect(read!.requestParameters.encryptionContext['aws:s3:arn']).toBe(object)
  expect(read!.requestParameters).not.toHaveProperty('keyId')
  expect(answerOf('What is in it')).toContain('GenerateDataKeyWithoutPlaintext')
  expect(answerOf('As we find')).toMatch(/^\d+ digests, \d+ log files: all as they were delivered$/)
  expect(answerOf('When the key was last used')).toContain('KmsRequestId')
  expect(answerOf('And the charges')).toMatch(/cloudtrail.amazonaws.com +GenerateDataKey +0 +\d+$/)
  expect(steps.at(-1)!.says).toMatch(/is free, \d+ calls; .* is charged, \d+ calls:/)
}

describe('demo story', () => {
  it('is told by the library where there is no AWS CLI, and says so', async () => {
    const steps = await told({ PATH: '/nowhere' })
    expect(steps[0]!.says).toContain('no AWS CLI')
    expectStory(steps)
  })

  it('is told by the AWS CLI, which finds it all valid', async () => {
    const steps = await told({
      PATH: `${dirname(resolve(await findAwsCli()))}:${process.env.PATH}`,
    })
    expect(steps[0]!.says).toContain('aws-cli/')
    expectStory(steps)
    const validated = steps.find(({ command }) => command?.includes('validate-logs'))!.answer
    expect(validated).toMatch(/(\d+)\/\1 digest files valid\n(\d+)\/\2 log files valid$/)
  }, 400_000)
})
