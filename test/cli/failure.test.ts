/** What a failing command tells, people and machines, and where. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Surroundings, sealtrail, sealtrailProcess } from '../support/command.js'
import { temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('cli-failure')
const at = (name: string) => `${folder.path}/${name}`
const run = (args: string[], input?: Uint8Array) =>
  sealtrail([...args, '--data-dir', at('data')], input)
const runProcess = (args: string[], surroundings: Surroundings) =>
  sealtrailProcess([...args, '--data-dir', at('data')], undefined, surroundings)
const text = Buffer.from('{"event":"PutObject"}\n'.repeat(10_000))

beforeAll(async () => {
  writeFileSync(at('plain'), text)
  expect((await run(['keys', 'create', '--alias', 'logs'])).code).toBe(0)
  expect((await run(['seal', at('plain'), at('sealed'), '--key', 'alias/logs'])).code).toBe(0)
})
afterAll(() => folder.remove())

describe('a failure under --json', () => {
  it.each([
    ['an unknown option', ['keys', 'list', '--nope'], 2, 'UsageInvalid', /'--nope'/],
    ['an unknown command', ['encrypt'], 2, 'UsageInvalid', /'encrypt'/],
    ['no command', [], 2, 'UsageInvalid', /a command is missing/],
    ['no command of keys', ['keys'], 2, 'UsageInvalid', /a command is missing/],
    ['a missing argument', ['seal', 'x', '--key', 'k'], 2, 'UsageInvalid', /'out'/],
    ['a missing option', ['seal', 'x', 'y'], 2, 'UsageInvalid', /'--key <key>'/],
    ['a choice that is none', ['doctor', '--engine', 'openssl'], 2, 'UsageInvalid', /openssl/],
    ['a wrong setting', ['keys', 'list', '--account', '12'], 2, 'ConfigInvalid', /account/],
    ['a file that is not there', ['open', '/nowhere/x', 'y'], 1, 'ENOENT', /nowhere/],
    ['a key that is not there', ['keys', 'describe', 'alias/no'], 1, 'NotFoundException', /alias/],
    ['what is no object', ['open', 'package.json', at('no')], 3, 'ObjectDamaged', /./],
  ])('is one line of it on stdout: %s', async (_, args, exitCode, code, message) => {
    const { code: exit, out, said } = await run(['--json', ...args])
    expect(out.toString()).toMatch(/^\{"error":\{.*\}\}\n$/)
    expect(JSON.parse(out.toString())).toEqual({
      error: { code, message: expect.stringMatching(message) },
    })
    expect(exit).toBe(exitCode)
    expect(said).not.toMatch(/^sealtrail: /m)
  })

  it('is told on stderr where stdout carries the bytes', async () => {
    const damaged = readFileSync(at('sealed'))
    damaged[damaged.length - 20]! ^= 1
    const { code, out, said } = await run(['open', '-', '-', '--json'], damaged)
    expect(code).toBe(3)
    expect(text.subarray(0, out.length).equals(out)).toBe(true)
    expect(JSON.parse(said)).toMatchObject({ error: { code: 'ObjectDamaged' } })
  })

  it('is not asked for by what follows --', async () => {
    const args = ['--data-dir', at('data'), 'keys', 'describe', '--', '--json']
    const { code, out, said } = await sealtrail(args)
    expect([code, out.length]).toEqual([1, 0])
    expect(said).toMatch(/^sealtrail: /)
  })
})

describe('a stdout that takes nothing', () => {
  const commands: Array<[string, string[]]> = [
    ['help', ['--help']],
    ['version', ['--version']],
    ['doctor', ['doctor']],
    ['doctor for machines', ['doctor', '--json']],
    ['keys list', ['keys', 'list']],
    ['seal', ['seal', at('plain'), '-', '--key', 'alias/logs']],
    ['open', ['open', at('sealed'), '-', '--json']],
    ['a failure for machines', ['keys', 'describe', 'alias/nobody', '--json']],
  ]

  it.each(commands)('is one sentence and exit code 1: %s', async (name, args) => {
    for (const [stdout, cause] of [
      ['/dev/full', 'ENOSPC'],
      ['closed', 'EPIPE'],
    ] as const) {
      const { code, said } = await runProcess(args, { stdout })
      expect(code).toBe(1)
      const sentence = /machines$/.test(name) && args[0] === 'keys' ? 'is not found' : cause
      expect(said).toContain(sentence)
      expect(said.match(/\n/g)).toHaveLength(1)
    }
  })

  it.each(['/dev/full', 'closed'])('hides no key that was made: %s', async (stdout) => {
    for (const more of [[], ['--json']]) {
      const { code, said } = await runProcess(['keys', 'create', ...more], { stdout })
      const [, arn] = /^sealtrail: the key (arn:\S+) was made, but: stdout could not/.exec(said)!
      expect(code).toBe(1)
      const { out } = await run(['keys', 'describe', arn!, '--json'])
      expect(JSON.parse(out.toString()).Arn).toBe(arn)
    }
  })

  it('is said by a server, and no reason for it to stop', async () => {
    const args = ['dist/cli/main.js', 'serve', '--port', '0', '--data-dir', at('served')]
    const full = openSync('/dev/full', 'a')
    const child = spawn(process.execPath, args, { stdio: ['ignore', full, 'pipe'] })
    closeSync(full)
    const said = createInterface(child.stderr!)[Symbol.asyncIterator]()
    expect((await said.next()).value).toBe('sealtrail: stdout could not be written (ENOSPC)')
    child.kill('SIGTERM')
    expect((await said.next()).value).toBe('sealtrail: stopping: SIGTERM')
    expect((await once(child, 'close'))[0]).toBe(0)
  })

  it('is noticed when a disk takes the last piece in part', async () => {
    const fileBytesMax = 210 * 1024
    expect(text.length - fileBytesMax).toBeLessThan(65_536)
    const full = { stdout: at('full'), fileBytesMax }
    const { code, said } = await runProcess(['open', at('sealed'), '-'], full)
    expect([code, said]).toEqual([1, 'sealtrail: stdout could not be written (EFBIG)\n'])
    expect(readFileSync(at('full'))).toHaveLength(fileBytesMax)
  })
})
