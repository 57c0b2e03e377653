/**
 * A house that `sealtrail serve` serves, as clients.mjs calls one: the same names, by HTTP.
 *
 * Signatures are not checked (`--auth trust`); the user agent is the mark of a call, as it is of an embedded one.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { houseIn } from './look.mjs'

const REGION = 'us-east-1'
/** Has the form of one; nobody looks whether it is true. */
const SCOPE = `000000000000/20260101/${REGION}/kms/aws4_request`
const AUTHORIZATION = `AWS4-HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=host, Signature=${'0'.repeat(64)}`

/** How `sealtrail` is to serve what lies in `root`. */
export function serveCommand(root) {
  const { dataDir, rootKeyFile } = houseIn(root)
  const args = ['serve', '--data-dir', dataDir, '--port', '0', '--auth', 'trust']
  return { args, env: { SEALTRAIL_ROOT_KEY_FILE: rootKeyFile, SEALTRAIL_LOG_LEVEL: 'error' } }
}

/**
 * Starts it.
 *
 * @param program of serving-child.mjs
 * @returns { child; url: resolves to undefined when it ended before; gone: resolves to { code, signal, said } }
 */
export function startServe(program, root) {
  const { args, env } = serveCommand(root)
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  const gone = new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, said }))
  })
  const url = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const told = /http:\/\/\S+:\d+/.exec(line)
      if (told !== null) resolve(told[0])
    })
    void gone.then(() => resolve(undefined))
  })
  return { child, url, gone }
}

/** What a call throws whose server has gone: no code, because nobody answered. */
export class Gone extends Error {}

/** A house at `url`. */
export function houseAt(url) {
  const caller = { account: '000000000000', region: REGION, identity: {} }
  const as = ({ identity }) => ({
    kms: new Proxy(
      {},
      { get: (_, method) => (input) => call(url, method, input, identity.invokedBy) },
    ),
  })
  return { caller, as }
}

async function call(url, method, input, mark) {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `TrentService.${method[0].toUpperCase()}${method.slice(1)}`,
      'user-agent': mark,
      authorization: AUTHORIZATION,
      'x-amz-date': '20260101T000000Z',
    },
    body: JSON.stringify(input, (_, value) =>
      value?.type === 'Buffer' ? Buffer.from(value.data).toString('base64') : value,
    ),
  }).catch(() => {
    throw new Gone()
  })
  const text = await response.text().catch(() => {
    throw new Gone()
  })
  const output = text === '' ? {} : JSON.parse(text)
  if (!response.ok) throw Object.assign(new Error(output.message), { code: output.__type })
  for (const name of ['CiphertextBlob', 'Plaintext']) {
    if (output[name] !== undefined) output[name] = Buffer.from(output[name], 'base64')
  }
  if (output.DeletionDate !== undefined) {
    output.DeletionDate = new Date(Math.round(output.DeletionDate * 1000))
  }
  return output
}
