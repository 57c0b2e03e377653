/** IAM after a close, and after a kill: what was answered is there, and signs. */
import * as aws from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, describe, expect, it } from 'vitest'
import { startServer, temporaryFolder } from '../support/serve.js'
import { IamHouse, type Keys, POLICY, TRUST } from './iam-house.js'

const temporary = temporaryFolder('iam-kill')
afterAll(() => temporary.remove())

const KILLS = 3

describe('a house that is closed and opened again', () => {
  it('knows everybody, and what binds them', async () => {
    let house = await IamHouse.open()
    let iam = house.iam()
    const UserName = 'ann'
    const RoleName = 'deploy'
    const { Policy } = await iam.send(
      new aws.CreatePolicyCommand({ PolicyName: 'p', Path: '/x/', PolicyDocument: POLICY }),
    )
    const PolicyArn = Policy!.Arn!
    const PolicyDocument = POLICY.replace('kms:*', 'iam:*')
    const version = { PolicyArn, PolicyDocument, SetAsDefault: true }
    await iam.send(new aws.CreatePolicyVersionCommand(version))
    const tags = { Tags: [{ Key: 'ä', Value: 'b' }], PermissionsBoundary: PolicyArn }
    await iam.send(new aws.CreateUserCommand({ UserName, ...tags }))
    await iam.send(
      new aws.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST, ...tags }),
    )
    await iam.send(new aws.AttachUserPolicyCommand({ UserName, PolicyArn }))
    const GroupName = 'devs'
    await iam.send(new aws.CreateGroupCommand({ GroupName, Path: '/g/' }))
    await iam.send(new aws.AttachGroupPolicyCommand({ GroupName, PolicyArn }))
    await iam.send(new aws.AddUserToGroupCommand({ GroupName, UserName }))
    const inline = { RoleName, PolicyName: 'in', PolicyDocument: POLICY }
    await iam.send(new aws.PutRolePolicyCommand(inline))
    const { AccessKey } = await iam.send(new aws.CreateAccessKeyCommand({ UserName }))
    const details = async () => {
      const answer = await iam.send(new aws.GetAccountAuthorizationDetailsCommand({}))
      return { ...answer, $metadata: undefined }
    }
    const before = await details()
    house = await house.reopen()
    iam = house.iam()
    expect(await details()).toEqual(before)
    const keys = {
      accessKeyId: AccessKey!.AccessKeyId!,
      secretAccessKey: AccessKey!.SecretAccessKey!,
    }
    const { Arn } = await house.sts(keys).send(new GetCallerIdentityCommand({}))
    expect(Arn).toBe(`arn:aws:iam::111122223333:user/${UserName}`)
    await iam.send(new aws.DetachUserPolicyCommand({ UserName, PolicyArn }))
    await iam.send(new aws.RemoveUserFromGroupCommand({ GroupName, UserName }))
    await iam.send(new aws.DeleteAccessKeyCommand({ UserName, AccessKeyId: keys.accessKeyId }))
    await iam.send(new aws.DeleteUserCommand({ UserName }))
    house = await house.reopen()
    await expect(house.sts(keys).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    })
    const { Users } = await house.iam().send(new aws.ListUsersCommand({}))
    expect(Users).toEqual([])
    await house.remove()
  })
})

describe('a server that is killed', () => {
  it(`has whatever it answered, ${KILLS} times over`, async () => {
    const answered = new Map<string, Keys>()
    const deleted: Keys[] = []
    for (let run = 0; run <= KILLS; run++) {
      const server = await startServer(temporary.path)
      const options = { endpoint: server.url, region: 'us-east-1', maxAttempts: 1 }
      const iam = new aws.IAMClient({ ...options, credentials: server.credentials })
      const { Users } = await iam.send(new aws.ListUsersCommand({ MaxItems: 1000 }))
      const names = new Set(Users!.map((user) => user.UserName))
      for (const [name, credentials] of answered) {
        expect(names).toContain(name)
        const sts = new STSClient({ ...options, credentials })
        const { Arn } = await sts.send(new GetCallerIdentityCommand({}))
        expect(Arn).toMatch(`user/${name}`)
      }
      for (const credentials of deleted) {
        const sts = new STSClient({ ...options, credentials })
        await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toThrow('token')
      }
      if (run === KILLS) {
        await server.stop()
        break
      }
      let firstAnswered = () => {}
      const first = new Promise<void>((resolve) => {
        firstAnswered = resolve
      })
      const work = [0, 1, 2].map(async (worker) => {
        for (let i = 0; ; i++) {
          const UserName = `u-${run}-${worker}-${i}`
          await iam.send(new aws.CreateUserCommand({ UserName }))
          const { AccessKey } = await iam.send(new aws.CreateAccessKeyCommand({ UserName }))
          const AccessKeyId = AccessKey!.AccessKeyId!
          const keys = { accessKeyId: AccessKeyId, secretAccessKey: AccessKey!.SecretAccessKey! }
          answered.set(UserName, keys)
          firstAnswered()
          if (i % 3 !== 2) continue
          answered.delete(UserName)
          await iam.send(new aws.DeleteAccessKeyCommand({ UserName, AccessKeyId }))
          deleted.push(keys)
        }
      })
      await first
      setTimeout(() => server.child.kill('SIGKILL'), 100 * run)
      await Promise.allSettled(work)
      await server.gone
    }
    expect(answered.size).toBeGreaterThanOrEqual(KILLS)
  })
})
