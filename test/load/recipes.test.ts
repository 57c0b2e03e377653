/** docs/LOAD-RECIPES.md: each of its runs, in small; and what it says of the report stands there. */
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunReport } from '../../src/load/report/run.js'
import { startServer, temporaryFolder } from '../support/serve.js'

const text = readFileSync('docs/LOAD-RECIPES.md', 'utf8')
const blocks = [...text.matchAll(/^```(\S+)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(
  ([, language, name, body]) => ({ language, name, body: body! }),
)
const commands = blocks
  .filter(({ language, name }) => language === 'sh' && name === undefined)
  .flatMap(({ body }) => body.trim().split('\n'))
const SAMPLES = 'test/data/cloudtrail-real'

const temporary = temporaryFolder('load-recipes')
const folder = temporary.path
beforeAll(() => {
  for (const { name, body } of blocks) {
    if (name?.includes('.')) writeFileSync(`${folder}/${name}`, body)
  }
  symlinkSync(resolve('node_modules'), `${folder}/node_modules`)
  mkdirSync(`${folder}/AWSLogs`)
  for (const name of readdirSync(SAMPLES).filter((name) => name.endsWith('.json'))) {
    const packed = gzipSync(readFileSync(`${SAMPLES}/${name}`))
    writeFileSync(`${folder}/AWSLogs/${name}.gz`, packed)
  }
})
afterAll(() => temporary.remove())

/** Of a command that ends well or not: on a busy machine a threshold may not be kept. */
async function ran(args: readonly string[], env: Record<string, string> = {}) {
  const options = { cwd: folder, env: { ...process.env, ...env } }
  const run = promisify(execFile)(process.execPath, args, options)
  return await run.catch((failed: { stdout: string; stderr: string }) => failed)
}
const reportIn = (name: string): RunReport =>
  JSON.parse(readFileSync(`${folder}/${name}/report.json`, 'utf8'))

/** A second of few, but for a replay, which has as many as its log. */
function small(command: string): string[] {
  const [, , ...words] = command.split(' ')
  if (words[0] !== 'load') return words
  const isRate = !/--users|replay/.test(command)
  const less = ['--duration', '1s', '--warmup', '0ms', ...(isRate ? ['--rate', '60'] : [])]
  return [...words, ...less, '--check', '1']
}

describe('the recipes', () => {
  it('have a command for each question but the last', () => {
    expect(text.match(/^## .*\?$/gm)).toHaveLength(4)
    expect(commands).toHaveLength(5)
  })

  it.each(commands)('run in small: %s', async (command) => {
    expect(command).toMatch(/^npx sealtrail /)
    const { stdout, stderr } = await ran([resolve('dist/cli/main.js'), ...small(command)])
    const out = /--out (\S+)/.exec(command)?.[1]
    if (out === undefined) {
      // What was put in the run before: a key use for each object, and few under a bucket key.
      expect(stdout).toContain('GenerateDataKey')
      return
    }
    const { ended, checks, totals, operations } = reportIn(out)
    expect([ended, stderr]).toEqual(['complete', expect.any(String)])
    expect(checks.filter(({ failed }) => failed > 0)).toEqual([])
    expect(totals.ok).toBeGreaterThan(0)
    if (out === 'replay') expect(operations['logs.write']?.ok).toBe(2900)
    if (out === 'bucket') expect(Object.keys(operations)).toHaveLength(6)
  })

  it('have a client that says its rate', async () => {
    const { body } = blocks.find(({ name }) => name === 'client')!
    expect(body).toBe('node client.mjs\n')
    const server = await startServer(`${folder}/served`)
    const { accessKeyId, secretAccessKey } = server.credentials
    const { stdout } = await ran(['client.mjs'], {
      ...{ ENDPOINT: server.url, SECONDS: '0.5' },
      ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    })
    await server.stop()
    expect(Number(/^(\d+) calls a second\n$/.exec(stdout)?.[1])).toBeGreaterThan(0)
  })

  it('name what stands in a report', () => {
    const page = readFileSync(`${folder}/bucket/report.html`, 'utf8')
    const named = [...text.slice(text.indexOf('## How do I read')).matchAll(/\*\*([^*]+)\*\*/g)]
    expect(named.length).toBeGreaterThan(10)
    for (const [, words] of named) expect(page).toContain(words)
  })
})
