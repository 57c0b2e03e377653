/** Sessions of `sealtrail serve`, which is killed and started again. */
import { join } from 'node:path'
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateKeyCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms'
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ServerProcess, startServer, temporaryFolder } from '../../support/serve.js'
import { allow, type Keys, keysOf, REGION, trusting } from './sts-house.js'

const temporary = temporaryFolder('sts-served')
const ACCOUNT = '000000000000'
const USER = `arn:aws:iam::${ACCOUNT}:user/anna`

let server: ServerProcess

beforeAll(async () => {
  server = await startServer(join(temporary.path, 'data'))
})
afterAll(async () => {
  await server.stop()
  temporary.remove()
})

function options(credentials: Keys = server.credentials) {
  return { endpoint: server.url, region: REGION, credentials, maxAttempts: 1 }
}

describe('a session', () => {
  it('of a role goes on where it was when its server was killed and started again', async () => {
    const iam = new IAMClient(options())
    await iam.send(new CreateUserCommand({ UserName: 'anna' }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'anna' }))
    const { AccessKeyId, SecretAccessKey } = AccessKey!
    const anna = { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey! }
    const RoleName = 'worker'
    const AssumeRolePolicyDocument = JSON.stringify(trusting(USER))
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
    const PolicyDocument = JSON.stringify(allow(['kms:Encrypt', 'iam:GetRole']))
    const policy = { RoleName, PolicyName: 'p', PolicyDocument }
    await iam.send(new PutRolePolicyCommand(policy))
    const { KeyMetadata } = await new KMSClient(options()).send(new CreateKeyCommand({}))
    const Plaintext = Buffer.from('x')
    const encrypt = new EncryptCommand({ KeyId: KeyMetadata!.KeyId!, Plaintext })

    const assume = new AssumeRoleCommand({ RoleArn: Role!.Arn!, RoleSessionName: 'deploy' })
    const session = keysOf(await new STSClient(options(anna)).send(assume))
    const use = async () => {
      await new KMSClient(options(session)).send(encrypt)
      const { Role } = await new IAMClient(options(session)).send(new GetRoleCommand({ RoleName }))
      const me = await new STSClient(options(session)).send(new GetCallerIdentityCommand({}))
      return [Role!.RoleName, me.Arn]
    }
    const before = await use()
    expect(before).toEqual([RoleName, `arn:aws:sts::${ACCOUNT}:assumed-role/worker/deploy`])
    await server.stop('SIGKILL')
    server = await startServer(join(temporary.path, 'data'))
    expect(await use()).toEqual(before)
  })
})
