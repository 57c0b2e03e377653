/** AWS's own JavaScript clients against the real key service: what works, and what is refused how. */
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateRandomCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  ListAliasesCommand,
  ListKeyPoliciesCommand,
  paginateListKeys,
  paginateListResourceTags,
  ReEncryptCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-kms'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ACCESS_KEY,
  ACCOUNT,
  callSigned,
  REGION,
  startTestServer,
  type TestServer,
} from '../support/http.js'
import { openTestKms, type TestKms } from '../support/kms.js'

const context = {
  'aws:cloudtrail:arn': `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/demo`,
  'aws:s3:arn': 'arn:aws:s3:::logs/AWSLogs/x.json.gz',
}

let kms: TestKms
let server: TestServer
let client: KMSClient
let keyId: string
let keyArn: string

interface ClientOptions {
  readonly endpoint?: string
  readonly region?: string
  readonly credentials?: typeof ACCESS_KEY & { readonly sessionToken?: string }
  readonly maxAttempts?: number
  readonly systemClockOffset?: number
}

function options(changes: ClientOptions = {}) {
  const credentials = ACCESS_KEY
  return { endpoint: server.url, region: REGION, credentials, maxAttempts: 1, ...changes }
}

beforeAll(async () => {
  kms = await openTestKms()
  server = await startTestServer(kms.service)
  client = new KMSClient(options())
  const { KeyMetadata } = await client.send(new CreateKeyCommand({ Description: 'of a test' }))
  keyId = KeyMetadata!.KeyId!
  keyArn = KeyMetadata!.Arn!
  await client.send(new CreateAliasCommand({ AliasName: 'alias/logs', TargetKeyId: keyId }))
})

afterAll(async () => {
  client.destroy()
  await server.close()
  await kms.remove()
})

function dataKey() {
  const input = { KeyId: 'alias/logs', KeySpec: 'AES_256', EncryptionContext: context } as const
  return client.send(new GenerateDataKeyCommand(input))
}

describe('an AWS SDK client', () => {
  it('makes a key and describes it', async () => {
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: 'alias/logs' }))
    expect(KeyMetadata).toMatchObject({
      AWSAccountId: ACCOUNT,
      Arn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/${keyId}`,
      CreationDate: expect.any(Date),
      Description: 'of a test',
      KeyState: 'Enabled',
    })
    const { Aliases } = await client.send(new ListAliasesCommand({ KeyId: keyId }))
    expect(Aliases).toMatchObject([{ AliasName: 'alias/logs', TargetKeyId: keyId }])
  })

  it('lists keys page by page', async () => {
    for (let i = 0; i < 4; i++) await client.send(new CreateKeyCommand({}))
    const ids: string[] = []
    for await (const page of paginateListKeys({ client, pageSize: 2 }, {})) {
      ids.push(...page.Keys!.map((key) => key.KeyId!))
    }
    expect(ids).toContain(keyId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('gets a data key and has it back by its context', async () => {
    const { Plaintext, CiphertextBlob, KeyId } = await dataKey()
    expect(KeyId).toBe(keyArn)
    expect(Plaintext).toHaveLength(32)
    expect(CiphertextBlob).toHaveLength(128)
    const input = { CiphertextBlob, EncryptionContext: context }
    const opened = await client.send(new DecryptCommand(input))
    expect(opened.KeyId).toBe(keyArn)
    expect(Buffer.from(opened.Plaintext!)).toEqual(Buffer.from(Plaintext!))
  })

  it('is refused by InvalidCiphertextException for another context, as for a changed blob', async () => {
    const { CiphertextBlob } = await dataKey()
    const changed = CiphertextBlob!.slice()
    changed[100]! ^= 1
    const refused = [
      { CiphertextBlob, EncryptionContext: { ...context, 'aws:s3:arn': 'arn:aws:s3:::other' } },
      { CiphertextBlob },
      { CiphertextBlob: changed, EncryptionContext: context },
      { CiphertextBlob: new Uint8Array([1, 2, 3]), EncryptionContext: context },
    ]
    for (const input of refused) {
      await expect(client.send(new DecryptCommand(input))).rejects.toMatchObject({
        name: 'InvalidCiphertextException',
        $fault: 'client',
        $metadata: { httpStatusCode: 400 },
      })
    }
  })

  it('encrypts, re-encrypts under another key and context, decrypts', async () => {
    const other = await client.send(new CreateKeyCommand({}))
    const Plaintext = Buffer.from('a small secret')
    const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId: keyArn, Plaintext }))
    const moved = await client.send(
      new ReEncryptCommand({
        CiphertextBlob,
        DestinationKeyId: other.KeyMetadata!.KeyId!,
        DestinationEncryptionContext: { moved: 'yes' },
      }),
    )
    expect(moved).toMatchObject({ SourceKeyId: keyArn, KeyId: other.KeyMetadata!.Arn! })
    const input = { CiphertextBlob: moved.CiphertextBlob, EncryptionContext: { moved: 'yes' } }
    const opened = await client.send(new DecryptCommand(input))
    expect(Buffer.from(opened.Plaintext!).toString()).toBe('a small secret')
  })

  it('tags a key, lists its tags page by page, and takes them off', async () => {
    const Tags = ['c', 'a', 'b'].map((TagKey) => ({ TagKey, TagValue: TagKey.toUpperCase() }))
    const { KeyMetadata } = await client.send(new CreateKeyCommand({ Tags: Tags.slice(0, 1) }))
    const { KeyId } = KeyMetadata!
    const listed = async () => {
      const tags: Record<string, string> = {}
      for await (const page of paginateListResourceTags({ client, pageSize: 2 }, { KeyId })) {
        for (const { TagKey, TagValue } of page.Tags!) tags[TagKey!] = TagValue!
      }
      return tags
    }
    await client.send(new TagResourceCommand({ KeyId, Tags: Tags.slice(1) }))
    expect(await listed()).toEqual({ a: 'A', b: 'B', c: 'C' })
    await client.send(new UntagResourceCommand({ KeyId, TagKeys: ['a', 'none'] }))
    expect(await listed()).toEqual({ b: 'B', c: 'C' })
    const tooMany = Array.from({ length: 51 }, (_, i) => ({ TagKey: `${i}`, TagValue: '' }))
    for (const call of [
      client.send(new CreateKeyCommand({ Tags: tooMany })),
      client.send(new TagResourceCommand({ KeyId, Tags: tooMany })),
    ]) {
      await expect(call).rejects.toMatchObject({ name: 'TagException', message: 'Too many tags' })
    }
  })

  it('reads the policy of a key, and that its material is not rotated', async () => {
    const { Policy, PolicyName } = await client.send(new GetKeyPolicyCommand({ KeyId: keyId }))
    expect(PolicyName).toBe('default')
    expect(JSON.parse(Policy!)).toMatchObject({ Statement: [{ Action: 'kms:*' }] })
    const { PolicyNames } = await client.send(new ListKeyPoliciesCommand({ KeyId: keyArn }))
    expect(PolicyNames).toEqual(['default'])
    expect(await client.send(new GetKeyRotationStatusCommand({ KeyId: keyId }))).toMatchObject({
      KeyId: keyArn,
      KeyRotationEnabled: false,
    })
  })

  it('gets random bytes, and data keys without their plaintext', async () => {
    const random = await client.send(new GenerateRandomCommand({ NumberOfBytes: 24 }))
    expect(random.Plaintext).toHaveLength(24)
    const wrapped = await client.send(
      new GenerateDataKeyWithoutPlaintextCommand({ KeyId: keyId, KeySpec: 'AES_256' }),
    )
    expect(wrapped).not.toHaveProperty('Plaintext')
    expect(wrapped.CiphertextBlob).toHaveLength(128)
  })

  it('is told AWS’s errors in AWS’s words', async () => {
    const missing = '11111111-2222-3333-4444-555555555555'
    await expect(client.send(new DescribeKeyCommand({ KeyId: missing }))).rejects.toMatchObject({
      name: 'NotFoundException',
      message: `Key 'arn:aws:kms:${REGION}:${ACCOUNT}:key/${missing}' does not exist`,
    })
    const { KeyMetadata } = await client.send(new CreateKeyCommand({}))
    const { KeyId, Arn } = KeyMetadata!
    await client.send(new DisableKeyCommand({ KeyId }))
    const call = new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })
    await expect(client.send(call)).rejects.toMatchObject({
      name: 'DisabledException',
      message: `${Arn} is disabled.`,
    })
    const { DeletionDate } = await client.send(
      new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }),
    )
    expect(DeletionDate).toEqual(new Date(kms.clock.now() + 7 * 24 * 60 * 60 * 1000))
  })

  it('can find each of its calls in the records, by request id', async () => {
    const { $metadata } = await dataKey()
    const failed = await client
      .send(new DecryptCommand({ CiphertextBlob: new Uint8Array([1]) }))
      .catch((error: { $metadata: { requestId: string } }) => error)
    const records = await kms.records()
    const written = records.find(({ requestID }) => requestID === $metadata.requestId)
    expect(written).toMatchObject({ eventName: 'GenerateDataKey' })
    const refused = records.find(({ requestID }) => requestID === failed.$metadata.requestId)
    expect(refused).toMatchObject({
      eventName: 'Decrypt',
      errorCode: 'InvalidCiphertextException',
    })
  })
})

describe('an encryption context', () => {
  it('may have a key named __proto__, which is bound like any other', async () => {
    const input = (EncryptionContext: string) =>
      `{"KeyId":"${keyId}","KeySpec":"AES_256","EncryptionContext":${EncryptionContext}}`
    const odd = '{"__proto__":"x","constructor":"y"}'
    const made = await callSigned(server.url, { operation: 'GenerateDataKey', body: input(odd) })
    expect(made.status).toBe(200)
    const decrypt = (EncryptionContext: string) =>
      callSigned(server.url, {
        operation: 'Decrypt',
        body: `{"CiphertextBlob":"${made.json!.CiphertextBlob}","EncryptionContext":${EncryptionContext}}`,
      })
    expect((await decrypt(odd)).json?.Plaintext).toBe(made.json!.Plaintext)
    for (const other of ['{}', '{"constructor":"y"}', '{"__proto__":"z","constructor":"y"}']) {
      const refused = await decrypt(other)
      expect([refused.status, refused.text]).toEqual([
        400,
        '{"__type":"InvalidCiphertextException"}',
      ])
    }
  })

  it.each([
    ['a lone surrogate', '{"a":"\\ud800"}', 'SerializationException'],
    ['9,000 characters', `{"a":"${'x'.repeat(9000)}"}`, 'ValidationException'],
    ['a number', '{"a":1}', 'SerializationException'],
    ['a null', '{"a":null}', /Exception$/],
    ['a list', '["a"]', 'SerializationException'],
    ['a name twice', '{"a":"1","a":"2"}', 'SerializationException'],
  ])('with %s is refused with 400', async (_what, EncryptionContext, code) => {
    const body = `{"KeyId":"${keyId}","KeySpec":"AES_256","EncryptionContext":${EncryptionContext}}`
    const reply = await callSigned(server.url, { operation: 'GenerateDataKey', body })
    expect([reply.status, reply.json?.__type]).toEqual([400, expect.stringMatching(code)])
  })
})

describe('an AWS SDK client that is not who it says', () => {
  const list = async (changes: ClientOptions) => {
    const other = new KMSClient(options(changes))
    try {
      await other.send(new ListAliasesCommand({}))
      return 'let in'
    } catch (error) {
      return error
    } finally {
      other.destroy()
    }
  }
  const credentials = (changes: Partial<ClientOptions['credentials']>) => ({
    credentials: { ...ACCESS_KEY, ...changes },
  })

  it('is refused for a wrong secret', async () => {
    expect(await list(credentials({ secretAccessKey: 'wrong' }))).toMatchObject({
      name: 'InvalidSignatureException',
      message: expect.stringMatching(/^The request signature we calculated does not match/),
    })
  })

  it('is refused for an unknown access key', async () => {
    expect(await list(credentials({ accessKeyId: 'AKIAUNKNOWNUNKNOWN00' }))).toMatchObject({
      name: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
    })
  })

  it('is refused for a session token that nobody gave', async () => {
    expect(await list(credentials({ sessionToken: 'made up' }))).toMatchObject({
      name: 'UnrecognizedClientException',
    })
  })

  it.each([
    [-16, /^Signature expired: /],
    [16, /^Signature not yet current: /],
  ])('is refused for a clock that is %i minutes off', async (minutes, message) => {
    expect(await list({ systemClockOffset: minutes * 60_000 })).toMatchObject({
      name: 'InvalidSignatureException',
      message: expect.stringMatching(message),
    })
  })

  it('puts its clock right by the Date of the refusal, when it may try again', async () => {
    expect(await list({ systemClockOffset: -3_600_000, maxAttempts: 2 })).toBe('let in')
  })
})

describe('an AWS SDK client of STS', () => {
  it('is told who it is', async () => {
    const sts = new STSClient(options())
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: ACCOUNT,
      Arn: `arn:aws:iam::${ACCOUNT}:root`,
      UserId: ACCOUNT,
    })
    sts.destroy()
  })

  it('is refused in the words of STS', async () => {
    const wrong = { ...ACCESS_KEY, accessKeyId: 'AKIAUNKNOWNUNKNOWN00' }
    const sts = new STSClient(options({ credentials: wrong }))
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
      message: 'The security token included in the request is invalid.',
      $metadata: { httpStatusCode: 403 },
    })
    sts.destroy()
  })
})

describe('a trusting server', () => {
  it('keeps the keys of accounts and regions apart', async () => {
    const trusting = await startTestServer(kms.service, { auth: 'trust' })
    const of = (accessKeyId: string, region: string) =>
      new KMSClient({
        ...options({ endpoint: trusting.url, region }),
        credentials: { accessKeyId, secretAccessKey: 'any' },
      })
    const mine = of('444455556666', 'us-west-2')
    const { KeyMetadata } = await mine.send(new CreateKeyCommand({}))
    expect(KeyMetadata!.Arn).toBe(`arn:aws:kms:us-west-2:444455556666:key/${KeyMetadata!.KeyId}`)
    const { KeyId, Arn } = KeyMetadata!
    const Plaintext = Buffer.from('mine')
    const { CiphertextBlob } = await mine.send(new EncryptCommand({ KeyId, Plaintext }))
    const why =
      'because the resource does not exist in this Region, no resource-based policies allow access, ' +
      'or a resource-based policy explicitly denies access'
    for (const account of ['777788889999', '444455556666']) {
      const other = of(account, account === '444455556666' ? 'us-east-1' : 'us-west-2')
      const call = new DescribeKeyCommand({ KeyId })
      await expect(other.send(call)).rejects.toMatchObject({ name: 'NotFoundException' })
      await expect(other.send(new DecryptCommand({ CiphertextBlob }))).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: `User: arn:aws:iam::${account}:root is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext ${why}`,
        $metadata: { httpStatusCode: 400 },
      })
      await expect(other.send(new DescribeKeyCommand({ KeyId: Arn }))).rejects.toMatchObject(
        account === '444455556666'
          ? { name: 'NotFoundException', message: 'Invalid arn us-west-2' }
          : {
              name: 'AccessDeniedException',
              message: `User: arn:aws:iam::${account}:root is not authorized to perform: kms:DescribeKey on this resource ${why}`,
            },
      )
      other.destroy()
    }
    mine.destroy()
    await trusting.close()
  })
})
