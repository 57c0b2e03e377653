/** A server of IAM, STS and KMS with a clock that a test moves, and clients of it with whatever credentials. */
import { join } from 'node:path'
import { IAMClient } from '@aws-sdk/client-iam'
import { KMSClient } from '@aws-sdk/client-kms'
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type AssumeRoleCommandOutput,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import { NO_USES } from '../../../src/audit/key-uses.js'
import { readRecords } from '../../../src/audit/read.js'
import type { Clock } from '../../../src/clock.js'
import { readConfig } from '../../../src/config.js'
import { chooseEngines } from '../../../src/engine/choose.js'
import { iamDoor } from '../../../src/http/doors/iam.js'
import { kmsDoor } from '../../../src/http/doors/kms.js'
import { stsDoor } from '../../../src/http/doors/sts.js'
import { type RunningServer, startServer } from '../../../src/http/front/server.js'
import { silentLogger } from '../../../src/http/log.js'
import { createIam } from '../../../src/iam/iam.js'
import { Principals } from '../../../src/iam/principals/principals.js'
import { Sessions } from '../../../src/iam/sts/sessions.js'
import { createSts } from '../../../src/iam/sts/sts.js'
import { createKms } from '../../../src/kms/kms.js'
import { openPool } from '../../../src/pool/pool.js'
import { bindRoot, openRoot, type Root } from '../../../src/root/root.js'
import { accountRoot, rootIdentity } from '../../../src/service/caller.js'
import { valuesOf } from '../../../src/service/service.js'
import { Credential, type FindCredential } from '../../../src/sigv4/credential.js'
import { signRequest } from '../../../src/sigv4/sign-request.js'
import { openStore } from '../../../src/store/store.js'
import { temporaryFolder } from '../../support/serve.js'

export const A = '111122223333'
export const B = '444455556666'
export const REGION = 'eu-central-1'
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

class MovableClock implements Clock {
  offset = 0
  #elapsedOffset = 0

  now(): number {
    return Date.now() + this.offset
  }

  elapsed(): number {
    return performance.now() + this.#elapsedOffset
  }

  pass(ms: number): void {
    this.offset += ms
    this.#elapsedOffset += ms
  }

  /** The wall clock alone. */
  set(ms: number): void {
    this.offset += ms
  }
}

export interface AuditRecord {
  readonly eventName: string
  readonly readOnly: boolean
  readonly userIdentity: Record<string, unknown>
  readonly errorCode?: string
  readonly requestParameters: Record<string, unknown> | null
  readonly responseElements: Record<string, Record<string, unknown>> | null
  readonly resources: readonly unknown[]
  readonly recipientAccountId: string
  readonly sharedEventID?: string
}

export interface StsHouse {
  readonly clock: MovableClock
  readonly root: Root
  readonly principals: Principals
  readonly find: FindCredential
  readonly server: RunningServer
  /** As the root user of an account. */
  iam(operation: string, input: object, account?: string): Promise<Record<string, unknown>>
  /** A new user with an access key and one inline policy, if one is given. */
  user(name: string, policy?: object, account?: string): Promise<Keys>
  role(name: string, trust: object, more?: object, account?: string): Promise<string>
  sts(keys: Keys): STSClient
  kms(keys: Keys): KMSClient
  iamClient(keys: Keys): IAMClient
  assume(
    keys: Keys,
    RoleArn: string,
    more?: Partial<AssumeRoleCommandInput>,
  ): Promise<AssumeRoleCommandOutput>
  who(keys: Keys): Promise<string | undefined>
  /** A form that is signed, and then changed. */
  query(
    keys: Keys,
    parameters: Readonly<Record<string, string>>,
    changed?: (headers: Record<string, string>) => void,
  ): Promise<{ status: number; code: string | undefined; message: string | undefined }>
  records(eventName: string): Promise<AuditRecord[]>
  reopen(): Promise<StsHouse>
  close(): Promise<void>
}

export function rootKeys(account: string): Keys {
  return { accessKeyId: `AKIAROOT${account}`, secretAccessKey: `secret-of-root-${account}` }
}

export function keysOf({ Credentials }: Pick<AssumeRoleCommandOutput, 'Credentials'>): Keys {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {}
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  }
}

export function allow(Action: string | readonly string[], more: object = {}): object {
  return document({ Effect: 'Allow', Action, Resource: '*', ...more })
}

/** A trust policy for `AWS`. */
export function trusting(AWS: string | readonly string[], more: object = {}): object {
  return document({ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole', ...more })
}

function document(...Statement: readonly object[]): object {
  return { Version: '2012-10-17', Statement }
}

export async function openStsHouse(
  folder = temporaryFolder('sts').path,
  clock = new MovableClock(),
): Promise<StsHouse> {
  const engines = chooseEngines('auto')
  const store = await openStore({ dataDir: join(folder, 'data') })
  const root = await openRoot({ kind: 'file', path: join(folder, 'root-key') }, engines.small)
  await bindRoot(store, root)
  const pool = openPool({ threads: 1 })
  const principals = await Principals.open(store, root)
  const sessions = new Sessions({ root, principals, clock })
  const house = { store, clock, root, principals, sessions, engines, pool }
  const kms = await createKms({ ...house, keyUses: NO_USES })
  const [iam, sts] = [createIam(house), createSts(house)]
  const roots = [A, B].map((account) => {
    const identity = (region: string) =>
      rootIdentity(account, region, rootKeys(account).accessKeyId)
    return new Credential({ ...rootKeys(account), account, identity })
  })
  const find: FindCredential = (id, token) =>
    roots.find(({ accessKeyId }) => accessKeyId === id) ??
    principals.find(id) ??
    sessions.find(id, token)
  const front = process.env.TEST_FRONT === 'native' ? 'native' : 'node'
  const server = await startServer({
    ...{ find, clock, engine: engines.small, logger: silentLogger },
    doors: [kmsDoor(kms), iamDoor(iam), stsDoor(sts)],
    config: readConfig({ port: 0, front }),
  })
  const options = (credentials: Keys) => ({
    ...{ endpoint: server.url, region: REGION, credentials, maxAttempts: 1 },
    systemClockOffset: clock.offset,
  })

  const one: StsHouse = {
    ...{ clock, root, principals, find, server },
    async iam(operation, input, account = A) {
      const caller = accountRoot(account, REGION)
      const context = { caller, requestId: 'r', sourceIpAddress: '127.0.0.1', userAgent: 'test' }
      return (await iam.call(operation, valuesOf(input), context)) as Record<string, unknown>
    },
    async user(UserName, policy, account = A) {
      await one.iam('CreateUser', { UserName }, account)
      if (policy !== undefined) {
        const PolicyDocument = JSON.stringify(policy)
        const input = { UserName, PolicyName: 'own', PolicyDocument }
        await one.iam('PutUserPolicy', input, account)
      }
      const { AccessKey } = await one.iam('CreateAccessKey', { UserName }, account)
      const { AccessKeyId, SecretAccessKey } = AccessKey as Record<string, string>
      return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey! }
    },
    async role(RoleName, trust, more = {}, account = A) {
      const input = { RoleName, AssumeRolePolicyDocument: JSON.stringify(trust), ...more }
      const { Role } = await one.iam('CreateRole', input, account)
      return (Role as { Arn: string }).Arn
    },
    sts: (keys) => new STSClient(options(keys)),
    kms: (keys) => new KMSClient(options(keys)),
    iamClient: (keys) => new IAMClient(options(keys)),
    assume: (keys, RoleArn, more = {}) =>
      one.sts(keys).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'deploy', ...more })),
    async who(keys) {
      return (await one.sts(keys).send(new GetCallerIdentityCommand({}))).Arn
    },
    async query(keys, parameters, changed) {
      const body = new URLSearchParams(parameters).toString()
      const type = 'application/x-www-form-urlencoded'
      const request = {
        ...{ method: 'POST', path: '/', body: Buffer.from(body) },
        headers: { host: new URL(server.url).host, 'content-type': type },
      }
      const signer = { ...keys, region: REGION, service: 'sts', now: clock.now() }
      const { host: _, ...headers } = signRequest(request, signer)
      changed?.(headers)
      const response = await fetch(server.url, { method: 'POST', headers, body })
      const text = await response.text()
      const inside = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]
      return { status: response.status, code: inside('Code'), message: inside('Message') }
    },
    async records(eventName) {
      const filter = { eventName, afterSeq: 0, limit: 1000 }
      const records = await readRecords(store, filter)
      return records.map(({ record }) => JSON.parse(record))
    },
    async reopen() {
      await one.close()
      return await openStsHouse(folder, clock)
    },
    async close() {
      await server.close()
      await iam.close()
      await kms.close()
      await pool.close()
      root.release()
      await store.close()
    },
  }
  return one
}
