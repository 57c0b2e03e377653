/** An explanation says what the server does, and why; its remedies work. */
import { join } from 'node:path'
import * as iam from '@aws-sdk/client-iam'
import {
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
} from '@aws-sdk/client-kms'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSealtrail, type Sealtrail } from '../../src/index.js'
import type { Listening } from '../../src/listen.js'
import { writeSeed } from '../seed/house.js'
import { sealtrail as command } from '../support/command.js'
import { temporaryFolder } from '../support/serve.js'
import { castOf, GUEST, OWNER, REGION, SCENES, type Scene, seedOfScenes } from './scenes.js'

interface Line {
  readonly level: string
  readonly message: string
  readonly hint?: string
  readonly code?: string
  readonly operation?: string
}

const lines: Line[] = []
const write = (level: string) => (detail: object, message: string) => {
  lines.push({ ...detail, level, message } as Line)
}
const logger = { info: write('info'), debug: write('debug'), error: write('error') }

const TRUSTED = 'the trust policy of the role names him'
const ONLY_DESCRIBE = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: 'kms:DescribeKey', Resource: '*' },
})

const folder = temporaryFolder('explain')
const dataDir = join(folder.path, 'data')
let house: Sealtrail
let server: Listening
let quiet: Listening

beforeAll(async () => {
  house = await openSealtrail({
    ...{ dataDir, seed: writeSeed(folder.path, seedOfScenes()), threads: 1 },
    ...{ account: OWNER, region: REGION },
  })
  server = await house.listen({ port: 0, accessLog: true, logger })
  quiet = await house.listen({ port: 0, logger })
})
afterAll(async () => {
  await house.close()
  folder.remove()
})

/** What the server does in scene `index`: the error, where there is one. */
async function play(index: number, url = server.url): Promise<Error | undefined> {
  const { operation = 'Encrypt', context, byAlias }: Scene = SCENES[index]!
  const { keys, keyArn, aliasArn } = castOf(index)
  const KeyId = byAlias ? aliasArn : keyArn
  const kms = new KMSClient({ endpoint: url, region: REGION, credentials: keys, maxAttempts: 1 })
  const said = context === undefined ? {} : { EncryptionContext: context }
  const calls = {
    Encrypt: () => kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x'), ...said })),
    DescribeKey: () => kms.send(new DescribeKeyCommand({ KeyId })),
    GenerateDataKey: () =>
      kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', ...said })),
  }
  return await calls[operation]().then(
    () => undefined,
    (error: Error) => error,
  )
}

function questionOf(index: number) {
  const { operation = 'Encrypt', context, byAlias }: Scene = SCENES[index]!
  const { arn, keyArn, aliasArn } = castOf(index)
  return {
    ...{ principal: arn, action: `kms:${operation}`, resource: byAlias ? aliasArn : keyArn },
    ...(context === undefined ? {} : { encryptionContext: context }),
  }
}

const NUMBERED = SCENES.map((scene, index) => ({ ...scene, index }))

describe('an explanation', () => {
  it.each(NUMBERED)('when $name is what the server does: $decision', async (scene) => {
    const { index, decision, because, missing, remedies = 0 } = scene
    const { arn, keyArn } = castOf(index)
    const explanation = await house.explain(questionOf(index))
    const action = `kms:${scene.operation ?? 'Encrypt'}`
    expect(explanation).toMatchObject({
      decision,
      sentence: `${decision}: ${arn}, ${action} on ${keyArn}: ${because}`,
      ...(missing === undefined ? {} : { missing }),
    })
    expect(explanation.remedies).toHaveLength(remedies)
    lines.length = 0
    const error = await play(index)
    expect(error?.name).toBe(decision === 'allowed' ? undefined : 'AccessDeniedException')
    const [line] = lines.filter(({ hint }) => hint !== undefined)
    expect(line?.hint).toBe(decision === 'allowed' ? undefined : explanation.sentence)
  })

  it('asks for facts as they are given', async () => {
    const index = SCENES.findIndex(({ name }) => name === 'his policy asks where he is')
    const question = questionOf(index)
    const at = async (ip: string) =>
      (await house.explain({ ...question, facts: { 'aws:SourceIp': ip } })).decision
    expect([await at('127.0.0.9'), await at('10.0.0.1')]).toEqual(['allowed', 'denied'])
  })

  it('knows roots, roles, sessions and services', async () => {
    const { keyArn } = castOf(0)
    const asking = async (principal: string) => {
      const question = { principal, action: 'kms:Encrypt', resource: keyArn }
      return (await house.explain(question)).sentence
    }
    const root = `arn:aws:iam::${OWNER}:root`
    expect(await asking(root)).toMatch(/^allowed: .*"Enable IAM User Permissions"/)
    expect(await asking(`arn:aws:iam::${GUEST}:root`)).toMatch(/^denied: .*the key policy/)
    expect(await asking('logs.amazonaws.com')).toBe(
      `denied: logs.amazonaws.com, kms:Encrypt on ${keyArn}: the key policy does not allow it, and no grant does`,
    )
    const session = `arn:aws:sts::${OWNER}:assumed-role/writer`
    const because = `kms:Encrypt on ${keyArn}: statement "Enable IAM User Permissions" of the key policy and Statement[0] of the identity-based policy own`
    expect(await asking(`arn:aws:iam::${OWNER}:role/logs/writer`)).toBe(
      `allowed: ${session}/explained, ${because}`,
    )
    expect(await asking(`${session}/one`)).toBe(`allowed: ${session}/one, ${because}`)
    const none = asking(`arn:aws:iam::${OWNER}:role/writer`)
    await expect(none).rejects.toMatchObject({ code: 'NoSuchEntityException' })
  })

  it('of IAM, and of a whole account, is what the server does', async () => {
    const { keys, arn } = castOf(1)
    const options = { endpoint: server.url, region: REGION, credentials: keys, maxAttempts: 1 }
    const client = new iam.IAMClient(options)
    await expect(client.send(new iam.GetUserCommand({}))).rejects.toThrow('not authorized')
    const question = { principal: arn, action: 'iam:GetUser', resource: arn }
    const { sentence, remedies } = await house.explain(question)
    expect(sentence).toBe(
      `denied: ${arn}, iam:GetUser on ${arn}: no identity-based policy allows it`,
    )
    expect(lines.at(-1)?.hint).toBe(sentence)
    expect(remedies).toEqual([
      {
        where: `an identity-based policy of ${arn}`,
        statement: { Effect: 'Allow', Action: 'iam:GetUser', Resource: arn },
      },
    ])
    const list = await house.explain({ principal: castOf(0).arn, action: 'kms:ListKeys' })
    expect(list.decision).toBe('allowed')
  })

  it('of taking on a role, and of its session, is what the server does', async () => {
    const roleArn = `arn:aws:iam::${OWNER}:role/logs/writer`
    const assume = async (index: number) => {
      const { keys, arn } = castOf(index)
      const options = { endpoint: server.url, region: REGION, credentials: keys, maxAttempts: 1 }
      const input = { RoleArn: roleArn, RoleSessionName: 'one', Policy: ONLY_DESCRIBE }
      const question = { principal: arn, action: 'sts:AssumeRole', resource: roleArn }
      const { sentence, remedies } = await house.explain(question)
      lines.length = 0
      const answer = await new STSClient(options).send(new AssumeRoleCommand(input)).then(
        ({ Credentials }) => Credentials,
        () => undefined,
      )
      const hint = lines.find((line) => line.hint !== undefined)?.hint
      expect(hint).toBe(answer === undefined ? sentence : undefined)
      return { answer, sentence: sentence.split(': ').slice(2).join(': '), remedies }
    }
    expect(await assume(0)).toMatchObject({
      answer: undefined,
      sentence: 'no identity-based policy allows it',
      remedies: [{ statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn } }],
    })
    const guest = SCENES.findIndex(({ isGuest }) => isGuest)
    expect(await assume(guest)).toMatchObject({
      answer: undefined,
      sentence: 'the trust policy does not allow it',
      remedies: [{ where: 'the trust policy' }, {}],
    })
    const { answer } = await assume(SCENES.findIndex(({ name }) => name === TRUSTED))
    const credentials = {
      accessKeyId: answer!.AccessKeyId!,
      secretAccessKey: answer!.SecretAccessKey!,
      sessionToken: answer!.SessionToken!,
    }
    const { keyArn } = castOf(0)
    const kms = new KMSClient({ endpoint: server.url, region: REGION, credentials, maxAttempts: 1 })
    const input = { KeyId: keyArn, Plaintext: Buffer.from('x') }
    await expect(kms.send(new EncryptCommand(input))).rejects.toThrow('no session policy allows')
    expect(lines.at(-1)?.hint).toBe(
      `denied: arn:aws:sts::${OWNER}:assumed-role/writer/one, kms:Encrypt on ${keyArn}: no session policy allows it, and no grant does`,
    )
  })

  it('of what other accounts cannot do with a key is what the server does', async () => {
    const index = SCENES.findIndex(({ name }) => name === 'a guest has both')
    const { keys, arn, keyArn } = castOf(index)
    const options = { endpoint: server.url, region: REGION, credentials: keys, maxAttempts: 1 }
    const call = new KMSClient(options).send(new DisableKeyCommand({ KeyId: keyArn }))
    await expect(call).rejects.toThrow('not authorized')
    const question = { principal: arn, action: 'kms:DisableKey', resource: keyArn }
    const sentence = `denied: ${arn}, kms:DisableKey on ${keyArn}: no other account can be allowed to do this with a key`
    expect(await house.explain(question)).toEqual({
      ...{ decision: 'denied', sentence },
      ...{ statements: [], remedies: [] },
    })
    expect(lines.at(-1)?.hint).toBe(sentence)
  })

  it('leaves no record, and changes nothing', async () => {
    const before = (await house.records({ limit: 1000 })).length
    await house.explain(questionOf(0))
    expect((await house.records({ limit: 1000 })).length).toBe(before)
  })

  it.each([
    ['no principal', { principal: 'alice' }, 'InputInvalid'],
    ['no action', { action: 'kms:Fly' }, 'InputInvalid'],
    ['an action of another service', { action: 's3:GetObject' }, 'InputInvalid'],
    ['a key of a whole account', { resource: '*' }, 'InputInvalid'],
    ['an account of a key', { action: 'kms:ListKeys' }, 'InputInvalid'],
    ['no resource', { resource: 'arn:aws:s3:::bucket' }, 'InputInvalid'],
    [
      'a key that is not there',
      { resource: castOf(999 % SCENES.length).keyArn.replace('8000', '9000') },
      'NotFoundException',
    ],
    ['a fact that is no text', { facts: { 'aws:SourceIp': 1 as never } }, 'InputInvalid'],
  ])('of %s is refused', async (_, part, code) => {
    await expect(house.explain({ ...questionOf(0), ...part })).rejects.toMatchObject({ code })
  })
})

describe('the log', () => {
  const index = SCENES.findIndex(({ name }) => name === 'he has no policy')

  it('has the sentence on the line of a refused request', async () => {
    lines.length = 0
    await play(index)
    expect(lines).toMatchObject([
      { level: 'info', message: 'refused', code: 'AccessDeniedException', operation: 'Encrypt' },
    ])
  })

  it('has it at debug level where requests have no line, and nothing of those that are allowed', async () => {
    lines.length = 0
    await play(0, quiet.url)
    await play(index, quiet.url)
    const { sentence } = await house.explain(questionOf(index))
    expect(lines).toMatchObject([{ level: 'debug', message: 'denied', hint: sentence }])
  })

  it('tells the client nothing of it', async () => {
    const error = await play(index)
    expect(error?.message).toBe(
      `User: ${castOf(index).arn} is not authorized to perform: kms:Encrypt on resource: ${castOf(index).keyArn} because no identity-based policy allows the kms:Encrypt action`,
    )
  })
})

describe('a remedy', () => {
  it.each(NUMBERED.filter(({ remedies }) => remedies))('works when $name', async ({ index }) => {
    const { remedies } = await house.explain(questionOf(index))
    const seed = seedOfScenes()
    const { arn, name, keyId } = castOf(index)
    for (const { where, statement } of remedies) {
      const [account] = seed.accounts!.filter(({ account }) => arn.includes(account))
      const user = account!.users!.find((user) => user.name === name)!
      const limit = account!.policies!.find((policy) => policy.name === `limit-${index}`)
      const key = seed.keys!.find((key) => key.keyId === keyId)!
      const document = { Version: '2012-10-17', Statement: [statement] }
      if (where.startsWith('an identity')) {
        user.inlinePolicies = { ...user.inlinePolicies, remedy: document }
      } else if (where.startsWith('the permissions boundary')) limit!.document = document
      else {
        const account = {
          ...{ Effect: 'Allow', Action: 'kms:*', Resource: '*' },
          Principal: { AWS: OWNER },
        }
        const { Statement } = (key.policy ?? { Statement: [account] }) as { Statement: object[] }
        key.policy = { ...document, Statement: [...Statement, statement] }
      }
    }
    const at = join(folder.path, String(index))
    const mended = await openSealtrail({
      ...{ dataDir: join(at, 'data'), seed: writeSeed(at, seed), threads: 1 },
      ...{ account: OWNER, region: REGION },
    })
    const listening = await mended.listen({ port: 0 })
    expect(await play(index, listening.url)).toBeUndefined()
    await mended.close()
  })
})

describe('the command', () => {
  it('says it for people and as JSON', async () => {
    const at = join(folder.path, 'command')
    const path = writeSeed(at, seedOfScenes())
    const dir = join(at, 'data')
    await (await openSealtrail({ dataDir: dir, seed: path })).close()
    const index = SCENES.findIndex(({ name }) => name === 'a guest has a grant for another context')
    const { arn, keyArn } = castOf(index)
    const args = ['explain', '--data-dir', dir, '--principal', arn, '--action', 'kms:Encrypt']
    const asked = [...args, '--resource', keyArn, '--context', 'tenant=other']
    const { code, out } = await command(asked)
    expect([code, out.toString()]).toEqual([
      0,
      `denied: ${arn}, kms:Encrypt on ${keyArn}: the key policy does not allow it, and no grant does: grant lent has constraints that are not met
this would work in the key policy:
{
  "Effect": "Allow",
  "Action": "kms:Encrypt",
  "Principal": {
    "AWS": "${arn}"
  },
  "Resource": "*"
}
this would work in an identity-based policy of ${arn}:
{
  "Effect": "Allow",
  "Action": "kms:Encrypt",
  "Resource": "${keyArn}"
}
`,
    ])
    const json = await command([
      ...args,
      '--resource',
      keyArn,
      '--context',
      'tenant=acme',
      '--json',
    ])
    expect(JSON.parse(json.out.toString())).toMatchObject({ decision: 'allowed', statements: [] })
    const [ip] = [SCENES.findIndex(({ name }) => name === 'his policy asks where he is')]
    const where = await command([
      ...['explain', '--data-dir', dir, '--principal', castOf(ip).arn, '--action', 'kms:Encrypt'],
      ...['--resource', castOf(ip).keyArn, '--fact', 'aws:SourceIp=10.1.1.1', '--json'],
    ])
    expect(JSON.parse(where.out.toString())).toMatchObject({
      decision: 'denied',
      missing: 'identity',
    })
  })

  it.each([
    [['--principal', 'x'], /required option '--action <name>' not specified/],
    [['--principal', 'x', '--action', 'kms:Encrypt', '--fact', 'x'], /must be key=value/],
    [
      ['--principal', 'x', '--action', 'kms:Encrypt'],
      /neither the ARN of a principal nor the name of a service/,
    ],
  ])('refuses %j', async (args, message) => {
    const dir = join(folder.path, 'command', 'data')
    const { code, said } = await command(['explain', '--data-dir', dir, ...args])
    expect([code, said]).toEqual([2, expect.stringMatching(message)])
  })
})
