/** A house that serves IAM, and clients of it: AWS's own, and one that sends what it is told. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { IAMClient } from '@aws-sdk/client-iam'
import { KMSClient } from '@aws-sdk/client-kms'
import { STSClient } from '@aws-sdk/client-sts'
import { openSealtrail, type Sealtrail } from '../../src/index.js'
import type { Listening } from '../../src/listen.js'
import { signRequest } from '../../src/sigv4/sign-request.js'
import { readCredentials, temporaryFolder } from '../support/serve.js'

export const ACCOUNT = '111122223333'
export const REGION = 'eu-central-1'
export const IAM_ARN = `arn:aws:iam::${ACCOUNT}`
export const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }],
})
export const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' }],
})
export const VERSION = '2010-05-08'

export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface QueryReply {
  readonly status: number
  readonly text: string
  /** The error's name and message. */
  readonly code: string | undefined
  readonly message: string | undefined
}

export interface AuditRecord {
  readonly eventName: string
  readonly eventSource: string
  readonly awsRegion: string
  readonly readOnly: boolean
  readonly userIdentity: Record<string, string>
  readonly errorCode?: string
  readonly errorMessage?: string
  readonly requestParameters: Record<string, unknown> | null
  readonly responseElements: Record<string, Record<string, unknown>> | null
}

export class IamHouse {
  readonly folder: string
  readonly sealtrail: Sealtrail
  readonly server: Listening

  private constructor(folder: string, sealtrail: Sealtrail, server: Listening) {
    this.folder = folder
    this.sealtrail = sealtrail
    this.server = server
  }

  static async open(folder = temporaryFolder('iam').path): Promise<IamHouse> {
    const dataDir = join(folder, 'data')
    const sealtrail = await openSealtrail({ dataDir, account: ACCOUNT, threads: 1 })
    const front = process.env.TEST_FRONT === 'native' ? 'native' : 'node'
    return new IamHouse(folder, sealtrail, await sealtrail.listen({ port: 0, front }))
  }

  get root(): Keys {
    return readCredentials(join(this.folder, 'data'))
  }

  iam(credentials = this.root): IAMClient {
    return new IAMClient(this.#options(credentials))
  }

  sts(credentials = this.root): STSClient {
    return new STSClient(this.#options(credentials))
  }

  kms(credentials = this.root): KMSClient {
    return new KMSClient(this.#options(credentials))
  }

  /** An operation as a form, with whatever is in it. */
  async query(
    Action: string,
    parameters: Record<string, string> = {},
    { keys = this.root, service = 'iam', accept = '' } = {},
  ): Promise<QueryReply> {
    const body = new URLSearchParams({ Action, Version: VERSION, ...parameters }).toString()
    const headers = {
      host: new URL(this.server.url).host,
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      ...(accept === '' ? {} : { accept }),
    }
    const signer = { ...keys, region: 'us-east-1', service, now: Date.now() }
    const request = { method: 'POST', path: '/', headers, body: Buffer.from(body) }
    const { host: _, ...signed } = signRequest(request, signer)
    const response = await fetch(this.server.url, { method: 'POST', headers: signed, body })
    const text = await response.text()
    const inside = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]
    return { status: response.status, text, code: inside('Code'), message: inside('Message') }
  }

  /** Oldest first. */
  async records(eventName?: string): Promise<AuditRecord[]> {
    const filter = { ...(eventName === undefined ? {} : { eventName }), afterSeq: 0, limit: 1000 }
    return (await this.sealtrail.records(filter)).map(({ record }) => JSON.parse(record))
  }

  async reopen(): Promise<IamHouse> {
    await this.close()
    return await IamHouse.open(this.folder)
  }

  async close(): Promise<void> {
    await this.server.close()
    await this.sealtrail.close()
  }

  /** Closes, and removes the folder. */
  async remove(): Promise<void> {
    await this.close()
    rmSync(this.folder, { recursive: true })
  }

  #options(credentials: Keys) {
    return { endpoint: this.server.url, region: REGION, credentials, maxAttempts: 1 }
  }
}
