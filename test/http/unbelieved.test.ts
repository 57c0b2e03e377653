/** Who leaves an audit record and who does not, of those that are refused before their operation runs: as with CloudTrail. */
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACCESS_KEY, REGION, startTestServer, type TestServer } from '../support/http.js'
import { openTestKms, type TestKms } from '../support/kms.js'

let kms: TestKms
let server: TestServer
beforeAll(async () => {
  kms = await openTestKms()
  server = await startTestServer(kms.service, { store: kms.store })
})
afterAll(async () => {
  await server.close()
  await kms.remove()
})

interface Refused {
  readonly name: string
  readonly records: number
}

/** How a call is refused, and how many records it leaves. */
async function refused(
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
  { target = 'ListKeys', clockMs = 0 } = {},
): Promise<Refused> {
  const before = (await kms.records()).length
  const options = { endpoint: server.url, region: REGION, credentials, maxAttempts: 1 }
  const client = new KMSClient({ ...options, systemClockOffset: clockMs })
  client.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> }
      headers['x-amz-target'] = `TrentService.${target}`
      return next(args)
    },
    { step: 'build' },
  )
  const name = await client.send(new ListKeysCommand({})).then(
    () => 'done',
    (error: Error) => error.name,
  )
  client.destroy()
  return { name, records: (await kms.records()).length - before }
}

describe('a call that is refused before its operation runs', () => {
  it('leaves no record while nobody believes who sends it', async () => {
    const wrong = { ...ACCESS_KEY, secretAccessKey: 'x'.repeat(40) }
    expect(await refused(wrong)).toEqual({ name: 'InvalidSignatureException', records: 0 })
    const unknown = { ...ACCESS_KEY, accessKeyId: 'AKIAXXXXXXXXXXXXXXXX' }
    expect(await refused(unknown)).toEqual({ name: 'UnrecognizedClientException', records: 0 })
    const token = { ...ACCESS_KEY, sessionToken: 'none' }
    expect((await refused(token)).records).toBe(0)
    const late = await refused(ACCESS_KEY, { clockMs: -24 * 60 * 60 * 1000 })
    expect(late.records).toBe(0)
    expect(late.name).not.toBe('done')
  })

  it('leaves none when AWS has no such operation', async () => {
    const { records } = await refused(ACCESS_KEY, { target: 'MakeMeCoffee' })
    expect(records).toBe(0)
  })

  it('leaves one when it is believed', async () => {
    expect(await refused(ACCESS_KEY)).toEqual({ name: 'done', records: 1 })
  })
})
