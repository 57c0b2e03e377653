/** Keys of any spec by the command line: made, imported, rotated, and their public halves. */
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { sealtrail } from '../support/command.js'
import { temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('cli-keys')
const at = (name: string) => `${folder.path}/${name}`
const run = (...args: string[]) => sealtrail(['keys', ...args, '--data-dir', at('data')])
afterAll(() => folder.remove())

async function json(...args: string[]) {
  const { code, out, said } = await run(...args, '--json')
  expect([code, said]).toEqual([0, ''])
  return JSON.parse(out.toString())
}

describe('keys import', () => {
  it('makes a key of the material in a file, and rotates to the next', async () => {
    const { KeyId } = await json('create', '--external')
    expect((await json('describe', KeyId)).KeyState).toBe('PendingImport')
    writeFileSync(at('one'), randomBytes(32))
    writeFileSync(at('two'), randomBytes(32))
    const one = await json('import', KeyId, at('one'), '--describe', 'safe 7')
    const two = await json('import', KeyId, at('two'), '--new')
    expect(await json('describe', KeyId)).toMatchObject({
      ...{ KeyState: 'Enabled', CurrentKeyMaterialId: one.KeyMaterialId },
    })
    const rotated = await run('rotate', KeyId)
    expect(rotated.out.toString()).toBe(`${two.KeyMaterialId}\n`)
    const until = '2000-01-01T00:00:00Z'
    const { code, said } = await run('import', KeyId, at('one'), '--valid-to', until)
    expect([code, said]).toEqual([2, expect.stringContaining('ValidTo must be in the future')])
  }, 60_000)

  it('takes a private key, whose public half it shows as PEM', async () => {
    const usage = ['--usage', 'SIGN_VERIFY']
    const { KeyId } = await json('create', '--external', '--spec', 'ECC_NIST_P256', ...usage)
    const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    writeFileSync(at('pkcs8'), pair.privateKey.export({ format: 'der', type: 'pkcs8' }))
    await json('import', KeyId, at('pkcs8'))
    const { out } = await run('public-key', KeyId)
    expect(out.toString()).toBe(pair.publicKey.export({ format: 'pem', type: 'spki' }))
    expect(createPublicKey(out.toString()).equals(pair.publicKey)).toBe(true)
  }, 60_000)

  it('refuses what is no material of the key', async () => {
    const { KeyId } = await json('create', '--external')
    writeFileSync(at('short'), randomBytes(31))
    writeFileSync(at('long'), randomBytes(4097))
    expect((await run('import', KeyId, at('short'))).said).toMatch(/IncorrectKeyMaterial/)
    expect((await run('import', KeyId, at('long'))).said).toMatch(/at most 4096 bytes/)
    expect((await run('import', KeyId, at('nowhere'))).code).toBe(1)
  }, 60_000)
})
