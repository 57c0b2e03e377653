/** `sealtrail serve` with a certificate, and clients that trust it as their users would. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { openSealtrail } from '../../src/index.js'
import { type CertificateFiles, certificateFiles, makeCertificate } from '../support/certificate.js'
import { sealtrail } from '../support/command.js'
import { type ServerProcess, startServer, temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('cli-tls')
const files = certificateFiles()
afterAll(() => {
  folder.remove()
  files.remove()
})

const at = (name: string) => `${folder.path}/${name}`
const flags = ({ tlsCert, tlsKey }: CertificateFiles) => [
  '--tls-cert',
  tlsCert,
  '--tls-key',
  tlsKey,
]

/** A program with nothing of TLS in it. */
const PROGRAM = `
  import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms'
  const { $metadata } = await new KMSClient({}).send(new ListKeysCommand({}))
  console.log($metadata.requestId)
`

/** What it prints: the id of its request. */
async function runClient(server: ServerProcess, env: Record<string, string>): Promise<string> {
  const { accessKeyId, secretAccessKey } = server.credentials
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', PROGRAM],
    {
      timeout: 240_000,
      env: {
        ...{ PATH: process.env.PATH, AWS_REGION: 'us-east-1', AWS_MAX_ATTEMPTS: '1' },
        ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
        AWS_ENDPOINT_URL: server.url.replace('127.0.0.1', 'localhost'),
        ...env,
      },
    },
  )
  return stdout.trim()
}

/** The next line on stderr that begins as ours do. */
async function said({ child }: ServerProcess): Promise<string> {
  const lines = createInterface(child.stderr!)
  const [line] = await once(lines, 'line')
  lines.close()
  return line
}

describe('serve with a certificate', () => {
  it('serves an AWS SDK that trusts it by NODE_EXTRA_CA_CERTS, and no other, and records TLS', async () => {
    const server = await startServer(at('sdk'), { args: flags(files) })
    expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    const trusting = { NODE_EXTRA_CA_CERTS: files.tlsCert }
    const requestId = await runClient(server, trusting)
    await expect(runClient(server, {})).rejects.toThrow(/self-signed certificate/)
    expect(await server.stop()).toBe(0)
    const house = await openSealtrail({ dataDir: at('sdk') })
    const records = (await house.records()).map(({ record }) => JSON.parse(record))
    await house.close()
    expect(records).toHaveLength(1)
    expect(records[0]).toMatchObject({
      eventName: 'ListKeys',
      requestID: requestId,
      tlsDetails: {
        tlsVersion: 'TLSv1.3',
        cipherSuite: 'TLS_AES_128_GCM_SHA256',
        clientProvidedHostHeader: new URL(server.url.replace('127.0.0.1', 'localhost')).host,
      },
    })
  })

  it('reads it again on SIGHUP, and keeps the one from before when it cannot be used', async () => {
    const own = certificateFiles()
    const server = await startServer(at('renewed'), { args: flags(own) })
    const renewed = makeCertificate()
    own.put(renewed)
    server.child.kill('SIGHUP')
    expect(await said(server)).toBe('sealtrail: certificate and key were read again')
    await runClient(server, { NODE_EXTRA_CA_CERTS: own.tlsCert })
    chmodSync(own.tlsKey, 0o644)
    server.child.kill('SIGHUP')
    expect(await said(server)).toBe(
      `sealtrail: the certificate from before stays: the TLS key file ${own.tlsKey} has mode 0644, and others could use it: chmod 600 '${own.tlsKey}'`,
    )
    await runClient(server, { NODE_EXTRA_CA_CERTS: own.tlsCert })
    expect(await server.stop()).toBe(0)
    own.remove()
  })

  it('says nothing of a proxy, also beyond this machine', async () => {
    const args = [...flags(files), '--host', '0.0.0.0']
    const server = await startServer(at('beyond'), { args })
    server.child.kill('SIGHUP')
    expect(await said(server)).toContain('were read again')
    expect(await server.stop()).toBe(0)
  })

  it.each([
    [
      'a key that is missing',
      ['--tls-cert', files.tlsCert, '--tls-key', at('none')],
      /none is missing/,
    ],
    ['a certificate alone', ['--tls-cert', files.tlsCert], /tlsCert and tlsKey/],
    ['a key alone', ['--tls-key', files.tlsKey], /tlsCert and tlsKey/],
    ['the native front', [...flags(files), '--front', 'native'], /speaks no TLS/],
  ])('is used wrongly with %s', async (_what, args, message) => {
    const { code, said } = await sealtrail([
      'serve',
      '--port',
      '0',
      '--data-dir',
      at('not'),
      ...args,
    ])
    expect([code, said]).toEqual([2, expect.stringMatching(message)])
  })

  it('takes both files from the environment too', async () => {
    const env = { SEALTRAIL_TLS_CERT: files.tlsCert, SEALTRAIL_TLS_KEY: at('none') }
    const { code, said } = await sealtrail(['serve', '--data-dir', at('not')], undefined, env)
    expect([code, said]).toEqual([2, expect.stringContaining(`${at('none')} is missing`)])
  })
})
