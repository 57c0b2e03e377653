import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sealtrail, sealtrailProcess } from '../support/command.js'
import { startServer, temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('cli')
const dataDir = `${folder.path}/data`
const at = (name: string) => `${folder.path}/${name}`
const run = (args: string[], input?: Uint8Array) =>
  sealtrail([...args, '--data-dir', dataDir], input)
const text = Buffer.from('{"event":"PutObject"}\n'.repeat(20_000))
const context = ['--context', 'tenant=acme', '--context', 'path=a=b']
const parts = () => readdirSync(folder.path).filter((name) => name.endsWith('.part'))

beforeAll(async () => {
  writeFileSync(at('plain'), text)
  const { code } = await run(['keys', 'create', '--alias', 'logs', '--description', 'for tests'])
  expect(code).toBe(0)
})
afterAll(() => folder.remove())

describe('keys', () => {
  it('lists what was created, with its alias', async () => {
    const { code, out } = await run(['keys', 'list', '--json'])
    const [key] = JSON.parse(out.toString())
    expect(code).toBe(0)
    expect(key).toMatchObject({ Description: 'for tests', Aliases: ['alias/logs'] })
  })

  it('describes a key by its alias, for people', async () => {
    const { out } = await run(['keys', 'describe', 'alias/logs'])
    expect(out.toString()).toMatch(/^KeyState\s+Enabled$/m)
  })

  it('shows what others wrote without its power over the terminal', async () => {
    const description = 'red \u001b[31m, \u009b2J, \u202eback\nKeyState  Enabled'
    const made = await run(['keys', 'create', '--multi-region', '--description', description])
    const arn = made.out.toString().trim()
    for (const command of [['list'], ['describe', arn]]) {
      const { out } = await run(['keys', ...command])
      expect(out.toString()).toContain(
        'red \\u001b[31m, \\u009b2J, \\u202eback\\u000aKeyState  Enabled',
      )
      expect(out.toString()).not.toContain('[object Object]')
    }
  })

  it('points an alias at another key', async () => {
    const made = await run(['keys', 'create', '--json'])
    const { KeyId } = JSON.parse(made.out.toString())
    for (const expected of ['new', 'moved']) {
      expect(
        (await run(['keys', 'alias', expected === 'new' ? 'other' : 'alias/other', KeyId])).code,
      ).toBe(0)
    }
    const { out } = await run(['keys', 'describe', 'alias/other', '--json'])
    expect(JSON.parse(out.toString()).KeyId).toBe(KeyId)
  })

  it('makes no key for an alias that is taken', async () => {
    await run(['keys', 'create', '--alias', 'taken'])
    const before = await run(['keys', 'list'])
    const { code, out, said } = await run(['keys', 'create', '--alias', 'alias/taken'])
    expect([code, out.length]).toEqual([1, 0])
    expect(said).toContain('no key was made')
    expect((await run(['keys', 'list'])).out.equals(before.out)).toBe(true)
  })

  it('tells of a key that was made when the alias cannot be', async () => {
    const { code, said } = await run(['keys', 'create', '--alias', 'a b'])
    expect(code).toBe(2)
    expect(said).toMatch(/the key arn:aws:kms:\S+ was made, without an alias/)
  })

  it('says that a key is not there', async () => {
    const { code, said } = await run(['keys', 'describe', 'alias/nobody'])
    expect(code).toBe(1)
    expect(said).toContain('alias/nobody is not found. (NotFoundException)')
  })

  it('says that a server has the data directory', async () => {
    const server = await startServer(at('served'))
    const { code, said } = await sealtrail(['keys', 'list', '--data-dir', at('served')])
    await server.stop()
    expect(code).toBe(1)
    expect(said).toMatch(/in use by another sealtrail process: stop it, .*\(StoreInUse\)/)
  })
})

describe('seal and open', () => {
  it('bring a file back, and say so', async () => {
    const sealed = await run(['seal', at('plain'), at('sealed'), '--key', 'alias/logs', ...context])
    expect(sealed.said).toContain(`${text.length} → `)
    const opened = await run(['open', at('sealed'), at('opened'), ...context, '--exact-context'])
    expect([sealed.code, opened.code]).toEqual([0, 0])
    expect(readFileSync(at('opened')).equals(text)).toBe(true)
    expect(readFileSync(at('sealed')).includes('PutObject')).toBe(false)
  })

  it('write into a pipe and leave it a pipe, as they would a device', async () => {
    execFileSync('mkfifo', [at('pipe')])
    const reading = readFile(at('pipe'))
    expect((await run(['seal', at('plain'), at('pipe'), '--key', 'alias/logs'])).code).toBe(0)
    expect(statSync(at('pipe')).isFIFO()).toBe(true)
    expect((await run(['open', '-', '-'], await reading)).out.equals(text)).toBe(true)
  })

  it('bring bytes from stdin to stdout, compressed in between', async () => {
    const process = (args: string[], input: Uint8Array) =>
      sealtrailProcess([...args, '--data-dir', dataDir], input)
    const seal = ['seal', '-', '-', '--key', 'alias/logs', '--gzip', '6']
    const sealed = await process(seal, text)
    expect(sealed.out.length).toBeLessThan(text.length / 10)
    const member = await process(['open', '-', '-'], sealed.out)
    expect(gunzipSync(member.out).equals(text)).toBe(true)
    const opened = await process(['open', '-', '-', '--gunzip'], sealed.out)
    expect(opened.out.equals(text)).toBe(true)
  })

  it('tell machines what they did', async () => {
    const { out } = await run(['seal', at('plain'), at('s2'), '--key', 'alias/logs', '--json'])
    expect(JSON.parse(out.toString())).toMatchObject({ bytesIn: text.length, target: at('s2') })
  })

  it.each([
    ['another context', ['--context', 'tenant=other']],
    ['a pair that is not there', ['--context', 'owner=acme']],
    [
      'fewer pairs than there are, when they must be exact',
      [...context.slice(2), '--exact-context'],
    ],
    ['any pair, when none is given and that must be exact', ['--exact-context']],
  ])('refuse %s, and leave no file', async (_, wrong) => {
    const { code, said } = await run(['open', at('sealed'), at('never'), ...wrong])
    expect([code, said]).toEqual([
      3,
      'sealtrail: the key, the context or the bytes do not fit (InvalidCiphertextException)\n',
    ])
    expect(existsSync(at('never'))).toBe(false)
  })

  it('refuse a damaged object, and leave no file', async () => {
    const sealed = readFileSync(at('sealed'))
    sealed[sealed.length - 20]! ^= 1
    writeFileSync(at('damaged'), sealed)
    // Again and again: who fails first, the opening or the writing, is a matter of moments.
    for (let i = 0; i < 10; i++) {
      const { code, said } = await run(['open', at('damaged'), at('never')])
      expect(code).toBe(3)
      expect(said).toContain('(ObjectDamaged)')
      expect(existsSync(at('never'))).toBe(false)
      expect(parts()).toEqual([])
    }
  })

  it.each([
    ['itself', () => at('plain')],
    ['itself, spelled otherwise', () => `${folder.path}/./data/../plain`],
    ['a link to it', () => at('symbolic')],
    ['another name of it', () => at('hard')],
  ])('refuse to write a file over %s, whatever is forced', async (_, target) => {
    for (const [name, link] of [
      ['symbolic', symlinkSync],
      ['hard', linkSync],
    ] as const) {
      if (!existsSync(at(name))) link(at('plain'), at(name))
    }
    const args = ['seal', at('plain'), target(), '--key', 'alias/logs', '--force']
    const { code, said } = await run(args)
    expect([code, said]).toEqual([2, expect.stringContaining('are the same file (InputInvalid)')])
    expect(readFileSync(at('plain')).equals(text)).toBe(true)
  })

  it('refuse to append to the file that they read', async () => {
    const args = ['seal', at('plain'), '-', '--key', 'alias/logs', '--data-dir', dataDir]
    const { code, said } = await sealtrailProcess(args, undefined, { stdout: at('plain') })
    expect([code, said]).toEqual([2, expect.stringContaining('are the same file')])
    expect(readFileSync(at('plain')).equals(text)).toBe(true)
  })

  it('replace what is there only with --force, and record nothing before they ask', async () => {
    writeFileSync(at('kept'), 'kept')
    symlinkSync(at('nowhere'), at('dangling'))
    for (const target of ['kept', 'dangling']) {
      const seal = ['seal', at('plain'), at(target), '--key', 'alias/logs']
      for (const args of [seal, ['open', at('sealed'), at(target)]]) {
        const { code, said } = await sealtrail([...args, '--data-dir', at('never')])
        expect([code, said]).toEqual([2, expect.stringContaining('there already: --force')])
      }
    }
    expect([readFileSync(at('kept'), 'utf8'), existsSync(at('never'))]).toEqual(['kept', false])
    expect((await run(['open', at('sealed'), at('kept'), '--force'])).code).toBe(0)
    expect(readFileSync(at('kept')).equals(text)).toBe(true)
  })

  it('remove the part that a killed command left', async () => {
    const args = ['seal', '-', at('killed'), '--key', 'alias/logs', '--data-dir', dataDir]
    const child = spawn(process.execPath, ['dist/cli/main.js', ...args])
    // It may end with the pipe still full.
    child.stdin.on('error', () => undefined).write(text)
    await expect.poll(parts).toHaveLength(1)
    const other = ['--data-dir', at('other')]
    await sealtrail(['keys', 'create', '--alias', 'logs', ...other])
    const beside = ['seal', at('plain'), at('beside'), '--key', 'alias/logs', ...other]
    expect([(await sealtrail(beside)).code, parts().length]).toEqual([0, 1])
    child.kill('SIGKILL')
    await once(child, 'close')
    // A process looks once, and this one has.
    const again = ['seal', at('plain'), at('killed'), '--key', 'alias/logs', '--data-dir', dataDir]
    expect((await sealtrailProcess(again)).code).toBe(0)
    expect(parts()).toEqual([])
  })

  it('refuse what is no object at all', async () => {
    const asProcess = ['open', '-', '-', '--data-dir', dataDir]
    expect((await sealtrailProcess(asProcess, Buffer.from('hello'))).code).toBe(3)
    expect((await run(['open', '-', '-'], Buffer.from('hello'))).code).toBe(3)
    expect((await run(['open', '-', '-'], Buffer.alloc(0))).code).toBe(3)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('leave nothing behind after %s', async (signal) => {
    const args = ['seal', '-', at('stopped'), '--key', 'alias/logs', '--data-dir', dataDir]
    const child = spawn(process.execPath, ['dist/cli/main.js', ...args])
    const said: Buffer[] = []
    child.stderr.on('data', (piece: Buffer) => said.push(piece))
    // It may end with the pipe still full.
    child.stdin.on('error', () => undefined).write(text)
    const left = () => readdirSync(folder.path).filter((name) => name.startsWith('stopped'))
    await expect.poll(left).toHaveLength(1)
    child.kill(signal)
    expect((await once(child, 'close'))[0]).toBe(1)
    expect(Buffer.concat(said).toString()).toBe(`sealtrail: stopped by ${signal}\n`)
    expect(left()).toEqual([])
  })

  it('say that a file is not there', async () => {
    const { code, said } = await run(['seal', at('nowhere'), at('x'), '--key', 'alias/logs'])
    expect(code).toBe(1)
    expect(said).toMatch(/^sealtrail: ENOENT: .*nowhere/)
  })
})

describe('the command', () => {
  it.each([
    ['an unknown command', ['encrypt']],
    ['a missing key', ['seal', 'a', 'b']],
    ['a pair without =', ['seal', 'a', 'b', '--key', 'k', '--context', 'tenant']],
    [
      'a context key given twice',
      ['seal', 'a', 'b', '--key', 'k', ...context, '--context', 'path='],
    ],
    ['an alias without a name', ['keys', 'create', '--alias', '']],
    ['no data directory', ['doctor', '--data-dir', '']],
    ['no config file', ['doctor', '--config', '']],
    ['a level that is none', ['seal', 'a', 'b', '--key', 'k', '--gzip', 'best']],
    ['an unknown engine', ['doctor', '--engine', 'openssl']],
    ['a port that is none', ['serve', '--port', '99999']],
    ['an account that is none', ['keys', 'list', '--account', '12']],
    ['trust beyond this machine', ['serve', '--auth', 'trust', '--host', '0.0.0.0', '--port', '0']],
  ])('ends with 2 for %s', async (_, args) => {
    const { code, said } = await sealtrail(['--data-dir', dataDir, ...args])
    expect(said).not.toBe('')
    expect(code).toBe(2)
  })

  it('ends with 2 for a variable that is no setting, and names it', async () => {
    const { code, said } = await sealtrail(['doctor'], undefined, { SEALTRAIL_PROT: '1' })
    expect([code, said]).toEqual([2, expect.stringContaining('SEALTRAIL_PROT')])
  })

  it('ends with 0 for help and version', async () => {
    expect((await sealtrail(['--help'])).code).toBe(0)
    expect((await sealtrail(['--version'])).out.toString()).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it.each([
    ['serve', '(default: 4599)'],
    ['keys list', '(default: sealtrail-data)'],
    ['open', 'Without --context nothing is compared.'],
  ])('shows shared options and defaults in the help of %s', async (command, expected) => {
    const { code, out } = await sealtrail([...command.split(' '), '--help'])
    expect(code).toBe(0)
    expect(out.toString().replace(/\s+/g, ' ')).toContain(expected)
    expect(out.toString()).toContain('--data-dir')
  })

  it('refuses a root key that others can read, and says how to mend it', async () => {
    mkdirSync(at('wide'))
    writeFileSync(at('wide.root-key'), Buffer.alloc(44), { mode: 0o644 })
    const { code, said } = await sealtrail(['keys', 'list', '--data-dir', at('wide')])
    expect(code).toBe(1)
    expect(said).toMatch(/chmod 600 .*\(RootKeyUnusable\)/)
  })
})

describe('doctor', () => {
  it('tells machines of all three engines', async () => {
    const { code, out } = await sealtrail(['doctor', '--json'])
    const { engines, chosen } = JSON.parse(out.toString())
    expect(code).toBe(0)
    expect(engines.map(({ name }: { name: string }) => name).sort()).toEqual([
      'native',
      'node',
      'wasm',
    ])
    for (const { usable, selfTest, reason } of engines) {
      expect(usable ? selfTest : reason).toMatch(usable ? /^passed$/ : /\w+ /)
    }
    expect(chosen.small).toBeDefined()
  })

  it('tells whether keys lie in locked memory, and how much the system locks', async () => {
    const { out } = await sealtrail(['doctor', '--json'])
    const { engines, chosen, memory, gzip } = JSON.parse(out.toString())
    const small = engines.find(({ name }: { name: string }) => name === chosen.small)
    expect(memory.isLocked).toBe(small.features.includes('locked-memory'))
    expect(memory.lockLimitBytes === null || memory.lockLimitBytes >= 0).toBe(true)
    expect(gzip).toMatch(/^(libdeflate|zlib)$/)
    const shown = (await sealtrail(['doctor'])).out.toString()
    expect(shown).toMatch(/^keys lie in (locked memory|memory that may be swapped out)/m)
    const wasm = JSON.parse(
      (await sealtrail(['doctor', '--json', '--engine', 'wasm'])).out.toString(),
    )
    expect(wasm.memory.isLocked).toBe(false)
  })

  it('refuses an engine without locked memory where that is required', async () => {
    const config = at('locked.json')
    writeFileSync(config, JSON.stringify({ lockedMemory: 'required' }))
    // What is required holds for the whole process.
    const args = ['doctor', '--engine', 'wasm', '--config', config]
    const { code, said } = await sealtrailProcess(args)
    expect(code).toBe(1)
    expect(said).toMatch(/locked memory is required.*\(EngineUnavailable\)/)
  })
})

describe('serve', () => {
  it('says engine, features, endpoint and data directory first, then the new access key, once', async () => {
    const first = await startServer(at('fresh'))
    expect(await first.stop()).toBe(0)
    expect(first.lines[0]).toMatch(
      /^sealtrail \S+: \w+ engine \(.+\).*; http:\/\/127\.0\.0\.1:\d+; data in \//,
    )
    expect(first.lines.join('\n')).toContain(first.credentials.secretAccessKey)
    const second = await startServer(at('fresh'))
    expect(await second.stop('SIGINT')).toBe(0)
    expect(second.lines).toHaveLength(1)
  })

  it('shows the new access key also when it cannot listen', async () => {
    const other = await startServer(at('first'))
    const port = new URL(other.url).port
    const { code, out, said } = await sealtrail([
      'serve',
      '--port',
      port,
      '--data-dir',
      at('second'),
    ])
    await other.stop()
    expect(code).toBe(2)
    expect(said).toContain('in use')
    const secret = /secret_access_key = (\S+)/.exec(readFileSync(at('second/credentials'), 'utf8'))!
    expect(out.toString()).toContain(secret[1])
  })

  it('warns of plain HTTP beyond this machine', async () => {
    const args = ['dist/cli/main.js', 'serve', '--host', '0.0.0.0', '--port', '0']
    const child = spawn(process.execPath, [...args, '--data-dir', at('open')])
    const [said] = await once(child.stderr, 'data')
    child.kill()
    await once(child, 'close')
    expect(String(said)).toContain('no TLS')
  })

  it('goes on, and ends well, when nobody reads its lines any more', async () => {
    const server = await startServer(at('unread'))
    server.child.stdout?.destroy()
    server.child.stderr?.destroy()
    expect((await fetch(`${server.url}/_sealtrail/health/live`)).status).toBe(200)
    expect(await server.stop()).toBe(0)
  })
})

describe('demo', () => {
  it('brings every real log file back, and shows a record of a write and of a read', async () => {
    const { code, out } = await sealtrail(['demo', '--json'])
    const { files, verified, plainBytes, sealedBytes, records } = JSON.parse(out.toString())
    expect(code).toBe(0)
    expect([files, verified]).toEqual([55, 55])
    expect(plainBytes).toBeGreaterThan(sealedBytes * 5)
    const [write, read] = records
    expect(write).toMatchObject({
      eventName: 'GenerateDataKey',
      userIdentity: { type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' },
      sourceIPAddress: 'cloudtrail.amazonaws.com',
    })
    expect(read).toMatchObject({ eventName: 'Decrypt', userIdentity: { type: 'Root' } })
    expect(read.requestParameters).not.toHaveProperty('keyId')
  })
})
