/** `sealtrail keys`: keys of every spec, their material, rotation, grants, policy, tags, state, and public halves. */
import { execFileSync, spawn } from 'node:child_process'
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KEY_SPECS } from '../../src/kms/specs/key-specs.js'
import { sealtrail } from '../support/command.js'
import { temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('cli-keys')
const at = (name: string) => `${folder.path}/${name}`
const ROOT = 'arn:aws:iam::000000000000:root'

async function run(...args: string[]) {
  const { code, out, said } = await sealtrail([...args, '--data-dir', `${folder.path}/data`])
  return { code, out: out.toString(), said }
}

async function keys(...args: string[]): Promise<string> {
  const { code, out, said } = await run('keys', ...args)
  expect({ code, said }).toEqual({ code: 0, said: '' })
  return out.trimEnd()
}

async function json<Value>(...args: string[]): Promise<Value> {
  return JSON.parse(await keys(...args, '--json')) as Value
}

let key = ''
beforeAll(async () => {
  key = await keys('create', '--tag', 'Team=audit', '--tag', 'Pair=a=b')
})
afterAll(() => folder.remove())

describe('keys create', () => {
  it.each(Object.keys(KEY_SPECS).filter((spec) => !/^RSA_[34]/.test(spec)))(
    'makes a key of %s, for what its spec is there',
    async (spec) => {
      const made = await json<Record<string, string>>('create', '--spec', spec)
      const [usage] = Object.keys(KEY_SPECS[spec as keyof typeof KEY_SPECS]!)
      expect(made).toMatchObject({ KeySpec: spec, KeyUsage: usage, KeyState: 'Enabled' })
    },
  )

  it('makes an RSA key that signs, when that is said', async () => {
    const args = ['create', '--spec', 'RSA_2048', '--usage', 'SIGN_VERIFY']
    expect(await json(...args)).toMatchObject({ KeyUsage: 'SIGN_VERIFY' })
  })

  it('refuses a spec that nobody here makes, and a usage that the spec does not have', async () => {
    expect(await run('keys', 'create', '--spec', 'SM2')).toMatchObject({ code: 2 })
    const odd = await run('keys', 'create', '--spec', 'HMAC_256', '--usage', 'SIGN_VERIFY')
    expect(odd.code).not.toBe(0)
    expect(odd.said).toContain('HMAC_256')
  })
})

describe('keys public-key', () => {
  it('prints PEM that others read', async () => {
    const made = await keys('create', '--spec', 'ECC_NIST_P256')
    const pem = await keys('public-key', made)
    expect(createPublicKey(pem).asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' })
  })

  it('is refused of a symmetric key', async () => {
    expect(await run('keys', 'public-key', key)).toMatchObject({ code: 1, out: '' })
  })
})

describe('keys import', () => {
  it('makes a key of the material in a file, and rotates to the next', async () => {
    const { KeyId } = await json<{ KeyId: string }>('create', '--external')
    expect(await json('describe', KeyId)).toMatchObject({ KeyState: 'PendingImport' })
    writeFileSync(at('one'), randomBytes(32))
    writeFileSync(at('two'), randomBytes(32))
    const one = await keys('import', KeyId, at('one'), '--describe', 'safe 7')
    const two = await keys('import', KeyId, at('two'), '--new')
    const enabled = { KeyState: 'Enabled', CurrentKeyMaterialId: one }
    expect(await json('describe', KeyId)).toMatchObject(enabled)
    await keys('rotate', KeyId)
    expect(await json('describe', KeyId)).toMatchObject({ CurrentKeyMaterialId: two })
    const until = '2000-01-01T00:00:00Z'
    const late = await run('keys', 'import', KeyId, at('one'), '--valid-to', until)
    expect(late).toMatchObject({ code: 2, said: expect.stringContaining('must be in the future') })
  })

  it('takes a private key, whose public half it shows as PEM', async () => {
    const args = ['--external', '--spec', 'ECC_NIST_P256', '--usage', 'SIGN_VERIFY']
    const made = await keys('create', ...args)
    const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    writeFileSync(at('pkcs8'), pair.privateKey.export({ format: 'der', type: 'pkcs8' }))
    await keys('import', made, at('pkcs8'))
    const pem = pair.publicKey.export({ format: 'pem', type: 'spki' }) as string
    expect(`${await keys('public-key', made)}\n`).toBe(pem)
  })

  it('takes it from a pipe, piece by piece, so that it need lie on no disk', async () => {
    const made = await keys('create', '--external')
    writeFileSync(at('bytes'), randomBytes(32))
    execFileSync('mkfifo', [at('pipe')])
    const script = 'exec > pipe; head -c 16 bytes; sleep 0.2; tail -c 16 bytes'
    const writer = spawn('sh', ['-c', script], { cwd: folder.path, stdio: 'ignore' })
    const id = await keys('import', made, at('pipe'))
    writer.kill()
    expect(await keys('import', made, at('bytes'))).toBe(id)
  })

  it('refuses what is no material of the key', async () => {
    const made = await keys('create', '--external')
    writeFileSync(at('short'), randomBytes(31))
    writeFileSync(at('long'), randomBytes(4097))
    const said = async (name: string) => (await run('keys', 'import', made, at(name))).said
    expect(await said('short')).toMatch(/IncorrectKeyMaterial/)
    expect(await said('long')).toMatch(/at most 4096 bytes/)
    expect(await run('keys', 'import', made, at('nowhere'))).toMatchObject({ code: 1 })
  })
})

describe('keys rotate', () => {
  it('gives new material at once, every so many days, or no more', async () => {
    expect(await keys('rotate', key)).toContain('has new material')
    expect(await json('rotate', key, '--every', '100')).toMatchObject({
      ...{ KeyRotationEnabled: true, RotationPeriodInDays: 100 },
    })
    const rotations = await json<Array<{ KeyMaterialState: string }>>('rotations', key)
    expect(rotations.map(({ KeyMaterialState: state }) => state)).toEqual([
      'NON_CURRENT',
      'CURRENT',
    ])
    expect(await keys('rotate', key, '--never')).toBe('it is not rotated by itself')
  })

  it('takes whole days, and one of its options', async () => {
    expect(await run('keys', 'rotate', key, '--every', 'soon')).toMatchObject({ code: 2 })
    expect(await run('keys', 'rotate', key, '--every', '90', '--never')).toMatchObject({ code: 2 })
  })
})

describe('keys grant', () => {
  it('is listed with who may what, until it is revoked', async () => {
    const args = ['--to', ROOT, '--allow', 'Decrypt', 'Encrypt', '--context', 'tenant=acme']
    const id = await keys('grant', key, ...args)
    expect(await json('grants', key)).toMatchObject([
      {
        ...{ GrantId: id, GranteePrincipal: ROOT, Operations: ['Decrypt', 'Encrypt'] },
        Constraints: { EncryptionContextSubset: { tenant: 'acme' } },
      },
    ])
    await keys('revoke', key, id)
    expect(await json('grants', key)).toEqual([])
  })
})

describe('keys policy', () => {
  it('is shown, and set from a file', async () => {
    const shown = await json<{ Version: string; Statement: object[] }>('policy', key)
    const own = { ...shown, Id: 'ours' }
    writeFileSync(`${folder.path}/policy.json`, JSON.stringify(own))
    expect(await json('policy', key, '--set', `${folder.path}/policy.json`)).toEqual(own)
    expect(await json('policy', key)).toEqual(own)
  })

  it('that would shut out its author is refused', async () => {
    const path = `${folder.path}/lockout.json`
    writeFileSync(path, JSON.stringify({ Version: '2012-10-17', Statement: [] }))
    const { code, said } = await run('keys', 'policy', key, '--set', path)
    expect({ code, said }).toMatchObject({
      code: 1,
      said: expect.stringContaining('MalformedPolicy'),
    })
  })
})

describe('keys tag', () => {
  it('sets, lists and takes off', async () => {
    const before = [
      { TagKey: 'Pair', TagValue: 'a=b' },
      { TagKey: 'Team', TagValue: 'audit' },
    ]
    expect(await json('tags', key)).toEqual(before)
    await keys('tag', key, 'X=1', 'Y=2')
    expect(await json('tags', key)).toHaveLength(4)
    expect(await json('untag', key, 'X', 'Y')).toEqual(before)
    expect(await run('keys', 'tag', key, 'nothing')).toMatchObject({ code: 2 })
  })
})

describe('keys disable, enable, delete and restore', () => {
  it('change the state of a key', async () => {
    const stateOf = async () => (await json<{ KeyState: string }>('describe', key)).KeyState
    await keys('disable', key)
    expect(await stateOf()).toBe('Disabled')
    await keys('enable', key)
    expect(await stateOf()).toBe('Enabled')
    expect(await keys('delete', key, '--days', '7')).toMatch(/will be deleted on \d{4}-/)
    expect(await stateOf()).toBe('PendingDeletion')
    await keys('restore', key)
    expect(await stateOf()).toBe('Disabled')
    await keys('enable', key)
  })

  it('waits for 7 days at least', async () => {
    expect(await run('keys', 'delete', key, '--days', '3')).not.toMatchObject({ code: 0 })
  })
})
