import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CONFIG_TABLE, readConfig } from '../src/config.js'

const folder = mkdtempSync(join(tmpdir(), 'sealtrail-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(text: string): string {
  const path = join(folder, 'config.json')
  writeFileSync(path, text)
  return path
}

const refused = (message: RegExp) =>
  expect.objectContaining({ code: 'ConfigInvalid', message: expect.stringMatching(message) })

describe('the configuration', () => {
  it('has a default, a variable and a meaning for every setting', () => {
    for (const row of CONFIG_TABLE) {
      expect(row.env).toMatch(/^SEALTRAIL_[A-Z0-9_]+$/)
      expect(row.says.length).toBeGreaterThan(10)
      expect(readConfig({}, { [row.env]: '' })).toHaveProperty(row.name)
    }
  })

  it('is documented as it is', () => {
    const documented = readFileSync('docs/CONFIG.md', 'utf8')
    for (const { name, env, fallback, says } of CONFIG_TABLE) {
      const value = fallback === '' ? '' : `\`${fallback}\``
      expect(documented).toContain(`| \`${name}\` | \`${env}\` | ${value} | ${says} |`)
    }
  })

  it('takes an empty variable for none, and the variables of others for none of its business', () => {
    const environment = { SEALTRAIL_CONFIG: '', SEALTRAIL_DATA_DIR: '', SEALTRAILS: '1', PORT: '2' }
    expect(readConfig({}, environment)).toEqual(readConfig({}))
  })

  it.each(['dataDir', 'rootKeyFile', 'host', 'region', 'account', 'tlsCert', 'tlsKey'])(
    'refuses an empty %s from a caller or a file',
    (name) => {
      const empty = { [name]: '' }
      expect(() => readConfig(empty)).toThrow(refused(new RegExp(`options: ${name} must`)))
      const path = file(JSON.stringify(empty))
      expect(() => readConfig({}, {}, path)).toThrow(refused(new RegExp(`${name} must`)))
    },
  )

  it('refuses a config file without a name', () => {
    expect(() => readConfig({}, {}, '')).toThrow(refused(/config file ''/))
  })

  it('is frozen', () => {
    expect(Object.isFrozen(readConfig({}))).toBe(true)
  })

  it('lets a caller outrank the environment, and the environment outrank the file', () => {
    const path = file('{"port": 1, "host": "::1", "account": "111122223333"}')
    const config = readConfig(
      { port: 3 },
      { SEALTRAIL_PORT: '2', SEALTRAIL_HOST: '127.0.0.2' },
      path,
    )
    expect(config).toMatchObject({ port: 3, host: '127.0.0.2', account: '111122223333' })
  })

  it('reads no environment unless it is given one', () => {
    expect(readConfig({}).port).toBe(4599)
  })

  it('keeps the root key beside the data directory, not in it', () => {
    const { dataDir, rootKeyFile } = readConfig({ dataDir: 'somewhere' })
    expect(dataDir).toBe(resolve('somewhere'))
    expect(rootKeyFile).toBe(`${dataDir}.root-key`)
  })

  it('has whole paths of certificate and key, or none, and never one of them', () => {
    expect(readConfig({})).toMatchObject({ tlsCert: '', tlsKey: '' })
    const both = readConfig({ tlsKey: 'server.key' }, { SEALTRAIL_TLS_CERT: 'server.crt' })
    expect(both).toMatchObject({ tlsCert: resolve('server.crt'), tlsKey: resolve('server.key') })
    for (const one of [{ tlsCert: 'server.crt' }, { tlsKey: 'server.key' }]) {
      expect(() => readConfig(one)).toThrow(refused(/tlsCert and tlsKey: one is no use/))
    }
  })

  it.each([
    [
      'a port that is no port',
      { SEALTRAIL_PORT: '70000' },
      /SEALTRAIL_PORT must be a whole number/,
    ],
    ['a port with a sign', { SEALTRAIL_PORT: '-1' }, /SEALTRAIL_PORT/],
    ['an unknown engine', { SEALTRAIL_ENGINE: 'openssl' }, /one of auto, native, wasm, node/],
    ['a name that is no setting', { SEALTRAIL_PROT: '1' }, /no setting named SEALTRAIL_PROT;/],
    ['the same without a value', { SEALTRAIL_: '' }, /no setting named SEALTRAIL_;/],
    ['a short account', { SEALTRAIL_ACCOUNT: '1234' }, /SEALTRAIL_ACCOUNT must match/],
  ])('refuses %s', (_, environment, message) => {
    expect(() => readConfig({}, environment)).toThrow(refused(message))
  })

  it.each([
    ['an unknown name', '{"prot": 4599}', /no setting named 'prot'/],
    ['a name of every object', '{"__proto__": 1}', /no setting named '__proto__'/],
    ['a number that is text', '{"port": "80a"}', /port must be a whole number/],
    ['a list', '[]', /one JSON object/],
    ['what is not JSON', '{', /cannot be read as JSON/],
  ])('refuses a file with %s', (_, text, message) => {
    expect(() => readConfig({}, {}, file(text))).toThrow(refused(message))
  })
})
