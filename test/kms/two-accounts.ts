/** A house that serves two accounts on a port, with AWS's own clients for their roots and their users. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as iam from '@aws-sdk/client-iam'
import { KMSClient } from '@aws-sdk/client-kms'
import { openSealtrail, type Sealtrail } from '../../src/index.js'
import type { Listening } from '../../src/listen.js'
import { temporaryFolder } from '../support/serve.js'
import { textOf } from './bound.js'

export const OWNER = '111122223333'
export const GUEST = '444455556666'
const REGION = 'eu-west-1'

export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface User {
  readonly name: string
  readonly arn: string
  readonly keys: Keys
  readonly kms: KMSClient
}

export class TwoAccounts {
  readonly house: Sealtrail
  readonly server: Listening
  readonly remove: () => void

  private constructor(house: Sealtrail, server: Listening, remove: () => void) {
    this.house = house
    this.server = server
    this.remove = remove
  }

  static async open(front: 'node' | 'native' = 'node'): Promise<TwoAccounts> {
    const folder = temporaryFolder('two-accounts')
    const dataDir = join(folder.path, 'data')
    await mkdir(dataDir, { mode: 0o700 })
    const sections = [OWNER, GUEST].map((account) => {
      const { accessKeyId, secretAccessKey } = rootKeys(account)
      return [
        `[${account}]`,
        `aws_access_key_id = ${accessKeyId}`,
        `aws_secret_access_key = ${secretAccessKey}`,
        `sealtrail_account = ${account}`,
        '',
      ].join('\n')
    })
    await writeFile(join(dataDir, 'credentials'), sections.join('\n'), { mode: 0o600 })
    const house = await openSealtrail({ dataDir, account: OWNER, region: REGION, threads: 1 })
    const server = await house.listen({ port: 0, front })
    return new TwoAccounts(house, server, () => folder.remove())
  }

  kms(keys: Keys): KMSClient {
    return new KMSClient(this.#options(keys))
  }

  root(account: string): KMSClient {
    return this.kms(rootKeys(account))
  }

  iam(account: string): iam.IAMClient {
    return new iam.IAMClient(this.#options(rootKeys(account)))
  }

  /** Who has no policies yet. */
  async user(account: string, name: string, tags: Record<string, string> = {}): Promise<User> {
    const client = this.iam(account)
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
    const { User } = await client.send(new iam.CreateUserCommand({ UserName: name, Tags }))
    const { AccessKey } = await client.send(new iam.CreateAccessKeyCommand({ UserName: name }))
    const keys = {
      accessKeyId: AccessKey!.AccessKeyId!,
      secretAccessKey: AccessKey!.SecretAccessKey!,
    }
    return { name, arn: User!.Arn!, keys, kms: this.kms(keys) }
  }

  /** The one policy of the user; without statements, none. */
  async setPolicy(account: string, UserName: string, ...statements: object[]): Promise<void> {
    const client = this.iam(account)
    const who = { UserName, PolicyName: 'only' }
    if (statements.length > 0) {
      const PolicyDocument = textOf(...statements)
      await client.send(new iam.PutUserPolicyCommand({ ...who, PolicyDocument }))
    } else await client.send(new iam.DeleteUserPolicyCommand(who))
  }

  /** Of both accounts, oldest first. */
  async records(account: string): Promise<Array<Record<string, unknown>>> {
    const seen = await this.house
      .as({ ...this.house.caller, account })
      .records({ afterSeq: 0, limit: 1000 })
    return seen.map(({ record }) => JSON.parse(record))
  }

  async close(): Promise<void> {
    await this.server.close()
    await this.house.close()
    this.remove()
  }

  #options(credentials: Keys) {
    return { endpoint: this.server.url, region: REGION, credentials, maxAttempts: 1 }
  }
}

function rootKeys(account: string): Keys {
  return { accessKeyId: `AKIAROOT${account}`, secretAccessKey: `secret/of/the/root/of/${account}` }
}
