/**
 * `sealtrail serve` on a directory, for the proofs that come by HTTP.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { KMS } from '@aws-sdk/client-kms'
import { S3 } from '@aws-sdk/client-s3'

const SERVE = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))

/**
 * @param wanted { front; node, more: arguments of node, and of the server; settings: variables of its environment }
 * @returns { child; url: resolves to undefined when it ended before; gone: resolves to { how: exit code or signal; said } }
 */
export function startServe(dataDir, { front = 'auto', node = [], more = [], settings } = {}) {
  const serve = [SERVE, 'serve', '--data-dir', dataDir, '--port', '0', '--front', front]
  const args = [...node, ...serve, ...more]
  const env = { ...process.env, SEALTRAIL_LOG_LEVEL: 'error', ...settings }
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
  const gone = goneOf(child)
  const told = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /http:\/\/\S+:\d+/.exec(line)
      if (url !== null) resolve(url[0])
    })
  })
  return { child, gone, url: Promise.race([told, gone.then(() => undefined)]) }
}

/** { how, said } of a process, once it has ended. */
export async function goneOf(child) {
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said = (said + text).slice(-20000)
  })
  const [code, signal] = await new Promise((resolve) => {
    child.once('close', (...how) => resolve(how))
  })
  return { how: signal ?? code, said }
}

/** AWS's SDK, which tries nothing twice. */
export function clientsOf(url, dataDir, more = {}) {
  const credentials = accessOf(dataDir)
  const shared = { endpoint: url, region: 'us-east-1', maxAttempts: 1, credentials, ...more }
  const [s3, kms] = [new S3({ ...shared, forcePathStyle: true }), new KMS(shared)]
  return {
    ...{ s3, kms, credentials },
    destroy() {
      s3.destroy()
      kms.destroy()
    },
  }
}

export function accessOf(dataDir) {
  const text = readFileSync(join(dataDir, 'credentials'), 'utf8')
  const value = (name) => new RegExp(`^${name}\\s*=\\s*(\\S+)`, 'm').exec(text)?.[1]
  return {
    accessKeyId: value('aws_access_key_id'),
    secretAccessKey: value('aws_secret_access_key'),
  }
}
