/** `sealtrail trail tail`, `query` and `compact`: events for people and for programs. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { CreateKeyCommand, EncryptCommand, KMSClient, ListKeysCommand } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/run.js'
import { openSealtrail } from '../../src/index.js'
import { sealtrail } from '../support/command.js'
import { type ServerProcess, startServer, temporaryFolder } from '../support/serve.js'

const [account, region] = ['111122223333', 'eu-west-1']
const folder = temporaryFolder('cli-events')
const dataDir = `${folder.path}/data`
const place = ['--data-dir', dataDir, '--account', account, '--region', region]
const trail = (...args: string[]) => sealtrail(['trail', ...args, ...place])
const linesOf = (out: Buffer) => out.toString().split('\n').filter(Boolean)
const namesOf = (out: Buffer) => linesOf(out).map((line) => JSON.parse(line).eventName as string)

let server: ServerProcess
let kms: KMSClient
beforeAll(async () => {
  server = await startServer(dataDir, { args: ['--account', account, '--region', region] })
  kms = new KMSClient({ endpoint: server.url, region, credentials: server.credentials })
})
afterAll(async () => {
  kms.destroy()
  await server.stop()
  folder.remove()
})

describe('trail tail, while a server runs', () => {
  let keyArn: string

  it('shows the newest events, oldest of them first', async () => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
    keyArn = KeyMetadata!.Arn!
    await kms.send(new EncryptCommand({ KeyId: keyArn, Plaintext: Buffer.from('x') }))
    await kms.send(new ListKeysCommand({}))
    const { code, out } = await trail('tail', '-n', '2', '--json')
    expect([code, namesOf(out)]).toEqual([0, ['Encrypt', 'ListKeys']])
  })

  it('shows people a line for each: when, what, how, who, from where, of what', async () => {
    const { out } = await trail('tail', '--key', keyArn, '--read-only')
    const words = out.toString().trim().split(/\s+/)
    expect(words).toEqual([
      expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      ...['kms.Encrypt', 'read', `arn:aws:iam::${account}:root`, '127.0.0.1', keyArn],
    ])
  })

  it('narrows', async () => {
    const names = async (...args: string[]) => namesOf((await trail('tail', '--json', ...args)).out)
    expect(await names('--event', 'CreateKey')).toEqual(['CreateKey'])
    expect(await names('--write-only')).toEqual(['CreateKey'])
    expect(await names('--error', 'AccessDenied')).toEqual([])
    expect(
      await names('--source', 'kms.amazonaws.com', '--principal', `arn:aws:iam::${account}:root`),
    ).toEqual(['CreateKey', 'Encrypt', 'ListKeys'])
    expect(await trail('tail', '-n', 'all')).toMatchObject({ code: 2 })
  })

  it('-f goes on with those to come, each once, until it is stopped', async () => {
    const args = ['dist/cli/main.js', 'trail', 'tail', '-f', '-n', '1', '--json', ...place]
    const tail = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const seen: string[] = []
    createInterface(tail.stdout).on('line', (line) => seen.push(JSON.parse(line).eventName))
    await expect.poll(() => seen).toEqual(['ListKeys'])
    for (let i = 0; i < 20; i++) {
      await kms.send(new EncryptCommand({ KeyId: keyArn, Plaintext: Buffer.from('x') }))
    }
    await expect.poll(() => seen.length).toBe(21)
    const gone = new Promise((resolve) => tail.once('exit', (code) => resolve(code)))
    tail.kill('SIGINT')
    expect(await gone).toBe(0)
    expect(seen).toEqual(['ListKeys', ...Array(20).fill('Encrypt')])
  })

  it('colours on a terminal only, and not where nobody wants it', async () => {
    const shown = async (isTTY: boolean, env: Record<string, string>) => {
      let text = ''
      const stdout = Object.assign(
        new Writable({
          write(piece, _, done) {
            text += piece
            done()
          },
        }),
        { isTTY },
      )
      const { stdin, stderr } = process
      await run(['trail', 'tail', '-n', '1', ...place], { env, stdin, stdout, stderr })
      return text.includes('\x1b[')
    }
    expect(await shown(true, {})).toBe(true)
    expect(await shown(true, { NO_COLOR: '1' })).toBe(false)
    expect(await shown(false, {})).toBe(false)
  })

  it('is the one that may: the others say what to do', async () => {
    for (const args of [['query'], ['compact', 'Default']]) {
      expect(await trail(...args)).toMatchObject({
        code: 1,
        said: expect.stringContaining('StoreInUse'),
      })
    }
  })

  it('says that there is nothing, where there is nothing', async () => {
    const { code, said } = await sealtrail(['trail', 'tail', '--data-dir', `${folder.path}/none`])
    expect([code, said]).toEqual([1, expect.stringContaining('there is no journal')])
  })
})

describe('trail query and compact, when it is stopped', () => {
  beforeAll(async () => {
    await server.stop()
    // A day that is over, of which there are two log files.
    const house = await openSealtrail({ dataDir, account, region, trailSlotSeconds: 1 })
    const Bucket = 'logs-of-ours'
    await house.s3.createBucket({
      Bucket,
      CreateBucketConfiguration: { LocationConstraint: region },
    })
    const { bucketPolicy } = house.cloudtrail.trailPolicies('Default', Bucket)
    await house.s3.putBucketPolicy({ Bucket, Policy: JSON.stringify(bucketPolicy) })
    await house.cloudtrail.createTrail({ Name: 'Default', S3BucketName: Bucket })
    for (const [minute, id] of [
      ['05', 'a'],
      ['10', 'b'],
    ] as const) {
      const event = {
        ...{ eventID: id, eventTime: `2026-01-02T03:0${id === 'a' ? 1 : 6}:00Z`, eventName: 'Old' },
        ...{ eventSource: 'kms.amazonaws.com', userIdentity: { type: 'Root' }, readOnly: true },
      }
      await house.s3.putObject({
        Bucket,
        Key: `AWSLogs/${account}/CloudTrail/${region}/2026/01/02/${account}_CloudTrail_${region}_20260102T03${minute}Z_0123456789abcdef.json.gz`,
        Body: gzipSync(JSON.stringify({ Records: [event] })),
      })
    }
    await house.close()
  })

  it('query shows events of log files and of the journal, in the order of time', async () => {
    const { code, out } = await trail('query', '--from', '2026-01-01', '--json')
    expect(code).toBe(0)
    const names = namesOf(out)
    expect(names.slice(0, 3)).toEqual(['Old', 'Old', 'CreateKey'])
    expect(names.filter((name) => name === 'Encrypt')).toHaveLength(21)
  })

  it('query takes times, a trail, and filters', async () => {
    const old = ['--from', '2026-01-02T03:05:00Z', '--until', '2026-01-02T04:00:00Z']
    expect(linesOf((await trail('query', 'Default', ...old)).out)).toEqual([
      expect.stringMatching(/^2026-01-02T03:06:00Z {2}kms\.Old +read +Root$/),
    ])
    const { out } = await trail('query', '--from', '1h', '--event', 'CreateKey', '--json')
    expect(namesOf(out)).toEqual(['CreateKey'])
    expect(await trail('query', 'Other')).toMatchObject({ code: 1 })
    expect(await trail('query', '--from', 'soon')).toMatchObject({ code: 2 })
  })

  it('compact tells what it made, and twice that there is nothing', async () => {
    const made = new RegExp(
      `^s3://logs-of-ours/AWSLogs/${account}/CloudTrail-Compacted/${region}/2026/01/02/\\S+\\.json\\.gz: 2 records of 2 log files$`,
    )
    expect(linesOf((await trail('compact', 'Default', '--day', '2026-01-02')).out)).toEqual([
      expect.stringMatching(made),
    ])
    expect(linesOf((await trail('compact', 'Default')).out)).toEqual(['nothing is to be compacted'])
    expect(await trail('compact', 'Default', '--day', 'today')).toMatchObject({ code: 2 })
  })
})
