/** The AWS CLI against the real key service, with the credentials file that the first start made. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { type Credentials, loadCredentials } from '../../src/iam/credentials-file.js'
import { certificateFiles } from '../support/certificate.js'
import { ACCOUNT, REGION, startTestServer, type TestServer } from '../support/http.js'
import { openTestKms, type TestKms } from '../support/kms.js'
import { findAwsCli, runAwsCli } from './aws-cli.js'

const TRAIL = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/demo`
const CONTEXT = `aws:cloudtrail:arn=${TRAIL},aws:s3:arn=arn:aws:s3:::logs/x.json.gz`

let aws: string
let folder: string
let kms: TestKms
let server: TestServer
let late: TestServer
let credentials: Credentials

beforeAll(async () => {
  aws = await findAwsCli()
  folder = mkdtempSync(join(tmpdir(), 'sealtrail-aws-cli-'))
  credentials = await loadCredentials(folder, ACCOUNT)
  kms = await openTestKms()
  server = await startTestServer(kms.service, { credentials })
  const clock = { ...systemClock, now: () => Date.now() + 20 * 60_000 }
  late = await startTestServer(kms.service, { credentials, clock })
})

afterAll(async () => {
  await server.close()
  await late.close()
  await kms.remove()
  rmSync(folder, { recursive: true })
})

function cli(line: string, environment: Record<string, string> = {}) {
  return runAwsCli(aws, line.split(' '), {
    AWS_ENDPOINT_URL: server.url,
    AWS_DEFAULT_REGION: REGION,
    AWS_SHARED_CREDENTIALS_FILE: credentials.path,
    ...environment,
  })
}

async function json(line: string) {
  const { exitCode, stdout, stderr } = await cli(line)
  expect([exitCode, stderr]).toEqual([0, ''])
  return stdout === '' ? undefined : JSON.parse(stdout)
}

/** A file that the CLI takes as `fileb://…`. */
function blob(name: string, base64: string): string {
  const path = join(folder, name)
  writeFileSync(path, Buffer.from(base64, 'base64'))
  return `fileb://${path}`
}

describe('the AWS CLI', () => {
  it('knows who it is', async () => {
    expect(await json('sts get-caller-identity')).toEqual({
      UserId: ACCOUNT,
      Account: ACCOUNT,
      Arn: `arn:aws:iam::${ACCOUNT}:root`,
    })
  })

  it('makes a key and an alias, and wraps, unwraps and re-encrypts a data key under a context', async () => {
    const { KeyMetadata: key } = await json('kms create-key --description logs')
    expect(key).toMatchObject({ AWSAccountId: ACCOUNT, KeyState: 'Enabled', Description: 'logs' })
    await json(`kms create-alias --alias-name alias/logs --target-key-id ${key.KeyId}`)

    const dataKey = await json(
      `kms generate-data-key --key-id alias/logs --key-spec AES_256 --encryption-context ${CONTEXT}`,
    )
    expect(dataKey.KeyId).toBe(key.Arn)
    const wrapped = blob('wrapped', dataKey.CiphertextBlob)
    const opened = await json(
      `kms decrypt --ciphertext-blob ${wrapped} --encryption-context ${CONTEXT}`,
    )
    expect(opened.Plaintext).toBe(dataKey.Plaintext)

    const refused = await cli(`kms decrypt --ciphertext-blob ${wrapped} --encryption-context a=b`)
    expect(refused.exitCode).toBeGreaterThan(0)
    expect(refused.stderr).toContain(
      'An error occurred (InvalidCiphertextException) when calling the Decrypt operation',
    )

    const { KeyMetadata: other } = await json('kms create-key')
    const moved = await json(
      `kms re-encrypt --ciphertext-blob ${wrapped} --source-encryption-context ${CONTEXT} --destination-key-id ${other.KeyId} --destination-encryption-context a=b`,
    )
    expect([moved.SourceKeyId, moved.KeyId]).toEqual([key.Arn, other.Arn])
    const again = await json(
      `kms decrypt --ciphertext-blob ${blob('moved', moved.CiphertextBlob)} --encryption-context a=b`,
    )
    expect(again.Plaintext).toBe(dataKey.Plaintext)
  })

  it('tags a key and reads its tags, policy and rotation', async () => {
    const { KeyMetadata: key } = await json('kms create-key --tags TagKey=a,TagValue=1')
    await json(`kms tag-resource --key-id ${key.KeyId} --tags TagKey=b,TagValue=2`)
    await json(`kms untag-resource --key-id ${key.KeyId} --tag-keys a`)
    expect(await json(`kms list-resource-tags --key-id ${key.KeyId}`)).toMatchObject({
      Tags: [{ TagKey: 'b', TagValue: '2' }],
    })
    const policy = await json(`kms get-key-policy --key-id ${key.KeyId} --policy-name default`)
    expect(JSON.parse(policy.Policy).Id).toBe('key-default-1')
    expect(await json(`kms get-key-rotation-status --key-id ${key.KeyId}`)).toEqual({
      KeyId: key.Arn,
      KeyRotationEnabled: false,
    })
  })

  it('grants, lists, retires and revokes', async () => {
    const { KeyMetadata: key } = await json('kms create-key')
    const guest = 'arn:aws:iam::444455556666:root'
    const create = () =>
      json(
        `kms create-grant --key-id ${key.KeyId} --grantee-principal ${guest} --retiring-principal ${guest} --operations Decrypt GenerateDataKey --constraints EncryptionContextSubset={tenant=acme} --name cli`,
      )
    const [one, again] = [await create(), await create()]
    expect(again.GrantId).toBe(one.GrantId)
    const { Grants } = await json(`kms list-grants --key-id ${key.KeyId}`)
    expect(Grants).toMatchObject([
      {
        ...{ KeyId: key.Arn, GrantId: one.GrantId, Name: 'cli', GranteePrincipal: guest },
        Operations: ['Decrypt', 'GenerateDataKey'],
        Constraints: { EncryptionContextSubset: { tenant: 'acme' } },
      },
    ])
    const dry = `kms revoke-grant --key-id ${key.KeyId} --grant-id ${one.GrantId} --dry-run`
    expect((await cli(dry)).stderr).toContain('DryRunOperationException')
    expect(await json(`kms retire-grant --grant-token ${again.GrantToken}`)).toBeUndefined()
    const other = await create()
    expect(other.GrantId).not.toBe(one.GrantId)
    await json(`kms revoke-grant --key-id ${key.KeyId} --grant-id ${other.GrantId}`)
    expect((await json(`kms list-grants --key-id ${key.KeyId}`)).Grants).toEqual([])
  })

  it('is served when it takes the server for its proxy, and sends it URLs', async () => {
    const proxy = { HTTP_PROXY: server.url, NO_PROXY: '', AWS_ENDPOINT_URL: 'http://kms.example' }
    const { exitCode, stdout, stderr } = await cli('kms list-aliases', proxy)
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toHaveProperty('Aliases')
  })

  it('is served over TLS when AWS_CA_BUNDLE names the certificate', async () => {
    const files = certificateFiles()
    const { tlsCert, tlsKey } = files
    const secure = await startTestServer(kms.service, { credentials, tlsCert, tlsKey })
    const trusting = { AWS_ENDPOINT_URL: secure.url, AWS_CA_BUNDLE: tlsCert }
    const { exitCode, stdout, stderr } = await cli('kms list-keys', trusting)
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toHaveProperty('Keys')
    const { stderr: refused } = await cli('kms list-keys', { AWS_ENDPOINT_URL: secure.url })
    expect(refused).toContain('SSL validation failed')
    await secure.close()
    files.remove()
  })

  it.each([
    [
      'a wrong secret',
      { AWS_SECRET_ACCESS_KEY: 'wrong' },
      '(InvalidSignatureException) when calling the ListKeys operation: The request signature we calculated does not match the signature you provided.',
    ],
    [
      'an unknown access key',
      { AWS_ACCESS_KEY_ID: 'AKIAUNKNOWNUNKNOWN00' },
      '(UnrecognizedClientException) when calling the ListKeys operation: The security token included in the request is invalid.',
    ],
  ])('is refused for %s', async (_what, changes, message) => {
    const { accessKeyId, secretAccessKey } = credentials.created!
    const { exitCode, stderr } = await cli('kms list-keys', {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...changes,
    })
    expect(exitCode).toBeGreaterThan(0)
    expect(stderr).toContain(message)
  })

  it('is refused for a clock that is 20 minutes behind', async () => {
    const { exitCode, stderr } = await cli('kms list-keys', { AWS_ENDPOINT_URL: late.url })
    expect(exitCode).toBeGreaterThan(0)
    expect(stderr).toContain(
      '(InvalidSignatureException) when calling the ListKeys operation: Signature expired: ',
    )
  })
})
