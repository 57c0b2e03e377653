/**
 * What README shows works, and docs/API.md leaves nothing out.
 *
 * A block says after its language whether it runs here: `sh` and `ts` do; `sh registry`, `sh server`, `sh aws` and `sh s3` need a
 * network, a terminal or the AWS CLI (test/cli/start.test.ts and test/http/aws-cli.test.ts try what they do);
 * `text demo` and `text story` are what `sealtrail demo` and `sealtrail demo story` print, `text explain` what `sh explain` does in a house with the seed above it. A `console.log` of the program says in its comment what it prints.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSealtrail } from '../src/index.js'
import { temporaryFolder } from './support/serve.js'

const KINDS = [
  ...['sh registry', 'text demo', 'text story', 'sh server', 'sh aws', 'sh s3'],
  ...['yaml seed', 'sh explain', 'text explain', 'ts', 'sh', 'sh measure'],
]

/** npx takes longer than the command; the demo, below, is run by npx itself. */
const NPX = 'npx() { local name=$1; shift; node_modules/.bin/$name "$@"; }'

/** A second or more for each command; the AWS CLI, in a story, takes no less. */
const STORY_MS = 300_000

const temporary = temporaryFolder('readme')
const folder = temporary.path
const blocks = blocksOf(readFileSync('README.md', 'utf8'))
const api = readFileSync('docs/API.md', 'utf8')

beforeAll(() => {
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"type": "module", "private": true}')
  symlinkSync(resolve('.'), join(folder, 'node_modules/sealtrail'))
  symlinkSync(resolve('dist/cli/main.js'), join(folder, 'node_modules/.bin/sealtrail'))
})
afterAll(() => temporary.remove())

describe('README', () => {
  it('has blocks of known kinds only, one of each', () => {
    expect(blocks.map(({ kind }) => kind)).toEqual(KINDS)
  })

  it('shows a program that type-checks and prints what its comments say', () => {
    const program = blockOf('ts')
    writeFileSync(join(folder, 'example.ts'), program)
    const types = resolve('node_modules/@types')
    const flags = [
      '--strict',
      '--skipLibCheck',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--types',
      'node',
    ]
    run(resolve('node_modules/.bin/tsc'), [...flags, '--typeRoots', types, 'example.ts'])
    const told = [...program.matchAll(/^console\.log\(.*\) \/\/ (.*)$/gm)].map(([, says]) => says)
    expect(told.length).toBeGreaterThan(0)
    expect(run(process.execPath, ['example.js'])).toBe(`${told.join('\n')}\n`)
  })

  it(
    'shows commands that succeed in this order',
    () => {
      run('bash', ['-euo', 'pipefail', '-c', `${NPX}\n${blockOf('sh')}`])
      expect(readFileSync(join(folder, 'app.opened'), 'utf8')).toBe('{"event":"PutObject"}\n')
    },
    STORY_MS,
  )

  it(
    'shows how to measure: a table of this machine, and a report of a load',
    () => {
      const said = run('bash', ['-euo', 'pipefail', '-c', `${NPX}\n${blockOf('sh measure')}`])
      expect(said).toContain('wrap a 32-byte key')
      const bench = JSON.parse(readFileSync(join(folder, 'results/bench.json'), 'utf8'))
      expect(bench).toMatchObject({
        version: 1,
        questions: [{ name: 'engine/wrap', failed: null }],
      })
      const report = JSON.parse(readFileSync(join(folder, 'results/report.json'), 'utf8'))
      expect(report).toMatchObject({ version: 1, ended: 'complete' })
      expect(readFileSync(join(folder, 'results/report.html'), 'utf8')).toContain('</html>')
    },
    STORY_MS,
  )

  it('shows a seed, and why somebody may not', async () => {
    const seed = join(folder, 'seed.yaml')
    writeFileSync(seed, blockOf('yaml seed'), { mode: 0o600 })
    await (await openSealtrail({ dataDir: join(folder, 'sealtrail-data'), seed })).close()
    const said = run('bash', ['-euo', 'pipefail', '-c', `${NPX}\n${blockOf('sh explain')}`])
    expect(said).toBe(blockOf('text explain'))
  })

  it.each([
    ['text demo', ['demo']],
    ['text story', ['demo', 'story']],
  ])(
    'shows what the command prints in %s, but for numbers and ids',
    (kind, command) => {
      const printed = masked(run('npx', ['sealtrail', ...command])).split('\n')
      let at = 0
      for (const line of blockOf(kind).trimEnd().split('\n')) {
        if (line.trim() === '…') continue
        const found = printed.findIndex((one, i) => i >= at && likeness(line).test(one))
        expect(found, `the demo prints no more: ${line}`).not.toBe(-1)
        at = found + 1
      }
    },
    STORY_MS,
  )
})

describe('docs/API.md', () => {
  it('names everything that the package exports', () => {
    const names = readFileSync('src/index.ts', 'utf8').matchAll(/\{([^}]*)\}/g)
    const exported = [...names].flatMap(([, list]) => list!.match(/\b(?!type\b)\w+/g) ?? [])
    expect(exported).toContain('openSealtrail')
    expect(exported.filter((name) => !isNamed(name))).toEqual([])
  })

  it('names every member of an open sealtrail, its KMS, its S3 and its server', async () => {
    const sealtrail = await openSealtrail({ dataDir: join(folder, 'members') })
    const server = await sealtrail.listen({ port: 0 })
    const members = [sealtrail, sealtrail.kms, sealtrail.s3, sealtrail.proofs, server].flatMap(
      Object.keys,
    )
    await server.close()
    await sealtrail.close()
    expect(members).toContain('sealFile')
    expect(members.filter((name) => !isNamed(name))).toEqual([])
  })
})

/** In code, alone or called: `` `records` ``, `` `records(filter?)` ``. */
function isNamed(name: string): boolean {
  return new RegExp(`\`[^\`\n]*\\b${name}\\b[^\`\n]*\``).test(api)
}

function blocksOf(text: string): Array<{ kind: string; body: string }> {
  const found = text.matchAll(/^```(\w.*)\n([\s\S]*?)^```$/gm)
  return [...found].map(([, kind, body]) => ({ kind: kind!, body: body! }))
}

function blockOf(wanted: string): string {
  return blocks.find(({ kind }) => kind === wanted)!.body
}

/** What differs from run to run and from machine to machine becomes a mark. */
function masked(text: string): string {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>')
    .replace(/\d+(\.\d+)?/g, '<number>')
    .replace(/\b(native|wasm|node) for/g, '<engine> for')
}

/** `…` stands for anything. */
function likeness(line: string): RegExp {
  const source = masked(line).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  return new RegExp(`^${source.replaceAll('…', '.*')}$`)
}

function run(command: string, args: string[]): string {
  const env = { ...process.env, npm_config_offline: 'true', npm_config_update_notifier: 'false' }
  return execFileSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    env,
    stdio: 'pipe',
    timeout: STORY_MS,
  })
}
