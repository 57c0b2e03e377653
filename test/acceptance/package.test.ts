/** What a stranger gets from the registry: import, types and bin, in an empty project. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const here = resolve('.')
const folder = mkdtempSync(join(tmpdir(), 'sealtrail-package-'))
const bin = join(folder, 'node_modules', '.bin', 'sealtrail')

const PROGRAM = `
import { openSealtrail, SealtrailError } from 'sealtrail'
const sealtrail = await openSealtrail({ dataDir: 'data' })
const { KeyMetadata } = await sealtrail.kms.createKey({ Description: 'from the package' })
const options = { keyId: KeyMetadata.KeyId, encryptionContext: { purpose: 'trial' } }
const sealed: Uint8Array = await sealtrail.seal(Buffer.from('hello'), options)
const opened: Uint8Array = await sealtrail.open(sealed)
console.log(Buffer.from(opened).toString())
try {
  await sealtrail.kms.describeKey({ KeyId: 'alias/nobody' })
} catch (error) {
  if (error instanceof SealtrailError) console.log(error.code)
}
await sealtrail.close()
`

function run(command: string, args: string[]): string {
  return execFileSync(command, args, { cwd: folder, encoding: 'utf8', timeout: 240_000 })
}

beforeAll(() => {
  const tarball = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    encoding: 'utf8',
  }).trim()
  writeFileSync(join(folder, 'package.json'), '{"type": "module", "private": true}')
  run('npm', ['install', '--silent', '--no-fund', '--no-audit', join(folder, tarball)])
  writeFileSync(join(folder, 'program.ts'), PROGRAM)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the package', () => {
  it('type-checks in an empty project', () => {
    const tsc = join(here, 'node_modules', '.bin', 'tsc')
    const types = join(here, 'node_modules', '@types')
    const flags = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node']
    run(tsc, [...flags, '--typeRoots', types, '--outDir', 'out', 'program.ts'])
    expect(existsSync(join(folder, 'out', 'program.js'))).toBe(true)
  })

  it('seals, opens and refuses when imported', () => {
    expect(run('node', [join('out', 'program.js')])).toBe('hello\nNotFoundException\n')
  })

  it('brings a bin that knows its engines', () => {
    const { engines } = JSON.parse(run(bin, ['doctor', '--json']))
    const names = engines.map(({ name }: { name: string }) => name)
    expect(names.sort()).toEqual(['native', 'node', 'wasm'])
    const built = readdirSync(join(here, 'native')).some((file) => file.endsWith('.node'))
    const passed = engines.filter(({ selfTest }: { selfTest: string }) => selfTest === 'passed')
    expect(passed).toHaveLength(built ? 3 : 2)
  })
})
