/**
 * A server that is sent what is wrong, and requests as the bytes that they are: what proofs by mutants have in common.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Nobody is waited for so long. */
const HANG_MS = 30_000

/** `sealtrail serve` behind the front of that name; `preload` runs before it. */
export async function serve(dataDir, native, { preload, env = {} } = {}) {
  const front = native ? 'native' : 'node'
  const args = ['dist/cli/main.js', 'serve', '--data-dir', dataDir, '--port', '0']
  const before = preload === undefined ? [] : ['--import', preload]
  const child = spawn(process.execPath, [...before, ...args, '--front', front], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, SEALTRAIL_LOG_LEVEL: 'error', ...env },
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors = (errors + text).slice(-20_000)
  })
  const url = await new Promise((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const told = /https?:\/\/\S+:\d+/.exec(line)
      if (told) resolve(told[0])
    })
    child.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${errors}`)))
  })
  const text = readFileSync(join(dataDir, 'credentials'), 'utf8')
  const value = (name) => new RegExp(`^${name}\\s*=\\s*(\\S+)`, 'm').exec(text)?.[1] ?? ''
  const { host, port } = new URL(url)
  const credentials = {
    accessKeyId: value('aws_access_key_id'),
    secretAccessKey: value('aws_secret_access_key'),
  }
  return { child, host, port: Number(port), credentials, errors: () => errors }
}

/** What went wrong by then becomes findings. */
export async function stop({ child, errors }, report) {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const code = await gone
  if (code !== 0) report.findings.push({ what: `the server ended with ${code}` })
  if (/"level":"error"/.test(errors())) {
    report.findings.push({ what: 'errors in the log', log: errors().slice(0, 2000) })
  }
}

/** Whether a server could take it for one request. */
export function isClean({ method, path, query, headers }) {
  const head = `${method} ${path}?${query} ${Object.entries(headers).flat().join(' ')}`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what makes it none
  return !/[\x00-\x1f\x7f]|[^\x00-\xff]/.test(head) && !/ /.test(`${method}${path}${query}`)
}

export function bytesOf({ method, path, query, headers, body }) {
  const bytes = Buffer.from(body)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = 'content-length' in headers ? '' : `content-length: ${bytes.length}\r\n`
  const close = 'connection' in headers ? '' : 'connection: close\r\n'
  const target = query === '' ? path : `${path}?${query}`
  const head = `${method} ${target} HTTP/1.1\r\n${lines.join('')}${length}${close}\r\n`
  return Buffer.concat([Buffer.from(head), bytes])
}

/** All that came back until the server closed. Who has not sent all that he said closes his half after half a second. */
export function exchange(port, bytes, isWhole) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let received = ''
    const done = (isHanging) => {
      clearTimeout(late)
      clearTimeout(half)
      socket.destroy()
      const all = [...received.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)]
      resolve({ status: all.length === 0 ? undefined : Number(all[0][1]), isHanging, received })
    }
    const late = setTimeout(() => done(true), HANG_MS)
    const half = setTimeout(() => isWhole || socket.end(), 500)
    socket.setEncoding('latin1').on('data', (text) => {
      received += text
    })
    socket.on('error', () => undefined)
    socket.on('close', () => done(false))
    socket.write(bytes)
  })
}

/** mulberry32: the same seed draws the same. */
export function randomOf(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (max) => next() % max
  return { below, one: (items) => items[below(items.length)] }
}

/** `work` on each of `all`, the last one first, so many at a time. `all` is empty then. */
export async function eachOf(all, atOnce, work) {
  const lanes = Array.from({ length: atOnce }, async () => {
    for (let next = all.pop(); next !== undefined; next = all.pop()) await work(next)
  })
  await Promise.all(lanes)
}
