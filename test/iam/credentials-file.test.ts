/** Where access keys are kept: made once, read only when nobody else could have, never shown. */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SealtrailError } from '../../src/errors.js'
import { loadCredentials } from '../../src/iam/credentials-file.js'
import { createPrivateFile } from '../../src/store/files/private-file.js'

const ACCOUNT = '111122223333'
let dir: string
let path: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sealtrail-iam-'))
  path = join(dir, 'credentials')
})

afterEach(() => rmSync(dir, { recursive: true, force: true }))

function write(text: string, mode = 0o600): void {
  writeFileSync(path, text, { mode })
  chmodSync(path, mode)
}

async function refusal(): Promise<string> {
  const error = await loadCredentials(dir, ACCOUNT).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'ConfigInvalid' })
  return (error as Error).message
}

const section = (p: Record<string, string> = {}) =>
  [
    '[default]',
    `aws_access_key_id = ${p.id ?? 'AKIAIOSFODNN7EXAMPLE'}`,
    `aws_secret_access_key = ${p.secret ?? 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'}`,
    p.account === undefined ? '' : `sealtrail_account = ${p.account}`,
    '',
  ].join('\n')

describe('the first start', () => {
  it('makes a root access key that only its owner can read', async () => {
    const credentials = await loadCredentials(dir, ACCOUNT)
    const created = credentials.created!
    expect(created.accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/)
    expect(created.secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/)
    expect(created.caller('us-east-1').identity).toEqual({
      type: 'Root',
      principalId: ACCOUNT,
      arn: `arn:aws:iam::${ACCOUNT}:root`,
      accountId: ACCOUNT,
      accessKeyId: created.accessKeyId,
    })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(dir)).toEqual(['credentials'])
    expect(readFileSync(path, 'utf8')).toContain(`sealtrail_account = ${ACCOUNT}\n`)
  })

  it('makes the data directory, closed to others', async () => {
    const dataDir = join(dir, 'a', 'b')
    await loadCredentials(dataDir, ACCOUNT)
    expect(statSync(dataDir).mode & 0o777).toBe(0o700)
  })

  it('is the first once: the next finds the same key', async () => {
    const first = await loadCredentials(dir, ACCOUNT)
    const second = await loadCredentials(dir, '999999999999')
    expect(second.created).toBeUndefined()
    const found = second.find(first.created!.accessKeyId)!
    expect(found.secretAccessKey).toBe(first.created!.secretAccessKey)
    expect(found.account).toBe(ACCOUNT)
  })

  it('of several processes at once makes one key', async () => {
    const starts = Array.from({ length: 8 }, () => loadCredentials(dir, ACCOUNT))
    const all = await Promise.all(starts)
    expect(all.filter(({ created }) => created !== undefined)).toHaveLength(1)
    const { accessKeyId } = all.find(({ created }) => created !== undefined)!.created!
    for (const { find } of all) expect(find(accessKeyId)).toBeDefined()
    expect(readdirSync(dir)).toEqual(['credentials'])
  })
})

describe('a credentials file', () => {
  it('may hold access keys of several accounts', async () => {
    write(
      `# ours\n${section()}\n; theirs\n[other]\r\naws_access_key_id=AKIAOTHEROTHEROTHER1\r\naws_secret_access_key = abcdefghij/abcdefghij+abcdefghij=abcdefgh\nsealtrail_account = 444455556666\naws_session_token = tok\nregion = eu-west-1\n`,
    )
    const { find } = await loadCredentials(dir, ACCOUNT)
    expect(find('AKIAIOSFODNN7EXAMPLE')!.account).toBe(ACCOUNT)
    expect(find('AKIAOTHEROTHEROTHER1')).toMatchObject({
      account: '444455556666',
      secretAccessKey: 'abcdefghij/abcdefghij+abcdefghij=abcdefgh',
      sessionToken: 'tok',
    })
    expect(find('AKIANOBODY')).toBeUndefined()
    expect(find('__proto__')).toBeUndefined()
  })

  it.each([0o644, 0o640, 0o660, 0o604, 0o602])(
    'of mode %o is refused with how to mend it',
    async (mode) => {
      write(section(), mode)
      expect(await refusal()).toMatch(/has mode 0\d{3}, and others could use it: chmod 600/)
    },
  )

  it('that the disk does not take is refused in our words', async () => {
    const unusable = (reason: string) => new SealtrailError('ConfigInvalid', reason)
    const file = { path: join(dir, 'x'.repeat(250)), bytesMax: 10, unusable }
    await expect(createPrivateFile(file, () => Buffer.from('secret'))).rejects.toThrow(
      expect.objectContaining({
        code: 'ConfigInvalid',
        message: expect.stringMatching(/cannot be made: ENAMETOOLONG/),
      }),
    )
  })

  it('that is a symbolic link is refused, also one that points nowhere', async () => {
    write(section())
    renameSync(path, `${path}-real`)
    symlinkSync(`${path}-real`, path)
    expect(await refusal()).toMatch(/symbolic link/)
    rmSync(`${path}-real`)
    expect(await refusal()).toMatch(/symbolic link/)
    expect(existsSync(`${path}-real`)).toBe(false)
  })

  it.each([
    ['nothing', '', /has no \[profile\]/],
    ['a line of no profile', 'aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n', /line 1/],
    ['a line that says nothing', `${section()}what\n`, /line 5/],
    ['a short id', section({ id: 'AKIA' }), /aws_access_key_id/],
    ['a strange id', section({ id: 'AKIA/IOSFODNN7EXAMPLE' }), /aws_access_key_id/],
    ['no secret', section({ secret: '' }), /aws_secret_access_key/],
    ['a wrong account', section({ account: '12' }), /sealtrail_account must be 12 digits/],
    ['a profile twice', section() + section(), /profile 'default' is there twice/],
    ['an id twice', `${section()}${section().replace('default', 'two')}`, /there twice/],
    ['too much', `${section()}# ${'x'.repeat(1 << 20)}\n`, /more than 1048576 bytes/],
  ])('with %s is refused with its reason', async (_what, text, reason) => {
    write(text)
    const message = await refusal()
    expect(message).toMatch(reason)
    expect(message).toContain(path)
    expect(message).not.toContain('wJalrXUtnFEMI')
  })
})
