/** The bytes of docs/FORMAT.md §9: session tokens that are out must open until they end. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Session } from '../../../src/iam/sts/session.js'
import { openToken, packedPercent, sealToken } from '../../../src/iam/sts/token.js'
import { openRoot, type Root } from '../../../src/root/root.js'
import { eachEngine } from '../../support/engines.js'

const folder = mkdtempSync(join(tmpdir(), 'sealtrail-session-token-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** As in test/root/root.vectors.test.ts: the key 00 01 … 1f. */
const KEY_FILE =
  '7365616c726f6f7400000001000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fe97bf079'
const ID = 'ASIAIOSFODNN7EXAMPLE'
const format = readFileSync('docs/FORMAT.md', 'utf8')
const TOKEN =
  /## 9\. Session tokens[\s\S]*?\n((?: {4}[\w-]+\n)+)/.exec(format)?.[1]?.replace(/\s/g, '') ?? ''
/** HMAC and CMAC of another library gave the same. */
const SECRET = 'wkbyhEcdTpv7ILvSNTcF1+NKi1AEvpmKJgyqs16l'
const SESSION: Session = {
  ...{ of: 'role', account: '111122223333', id: 'AROADBQP57FF2AEXAMPLE', name: 'deploy' },
  issuedAt: Date.UTC(2026, 0, 1),
  expiresAt: Date.UTC(2026, 0, 1, 1),
  tags: [
    { Key: 'team', Value: 'blue' },
    { Key: 'env', Value: '' },
  ],
  transitiveKeys: ['team'],
  sourceIdentity: 'anna',
  policy:
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}}',
  policyIds: ['ANPAEXAMPLE2345672345'],
}

describe.each(eachEngine)('a session token on the $name engine', ({ engine, name }) => {
  let root: Root

  beforeAll(async () => {
    const path = join(folder, name)
    writeFileSync(path, Buffer.from(KEY_FILE, 'hex'), { mode: 0o600 })
    root = await openRoot({ kind: 'file', path }, engine)
  })
  afterAll(() => root.release())

  it('is what it was made of, and its secret follows from its access key id', () => {
    expect(openToken(root, TOKEN, ID)).toEqual(SESSION)
    expect(root.sessionSecret(ID)).toBe(SECRET)
  })

  it('is another each time, and holds no secret', () => {
    const [one, other] = [sealToken(root, SESSION, ID), sealToken(root, SESSION, ID)]
    expect(one).not.toBe(other)
    expect(openToken(root, one, ID)).toEqual(openToken(root, other, ID))
    expect(JSON.stringify(openToken(root, one, ID))).not.toContain(SECRET)
  })

  it('is nothing once a bit of it is another, or it is cut, prolonged or spelled otherwise', () => {
    const bytes = Buffer.from(TOKEN, 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit += 7) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(openToken(root, flipped.toString('base64url'), ID)).toBeUndefined()
    }
    for (const length of [0, 1, 95, 96, 97, bytes.length - 1]) {
      const cut = bytes.subarray(0, length).toString('base64url')
      expect(openToken(root, cut, ID)).toBeUndefined()
    }
    const spellings = ['', `${TOKEN}=`, `${TOKEN} `, ` ${TOKEN}`, TOKEN.replaceAll('-', '+')]
    for (const other of [...spellings, `${TOKEN}AAAA`, 'A'.repeat(1 << 20), '%', 'ä']) {
      expect(openToken(root, other, ID)).toBeUndefined()
    }
  })

  it('belongs to one access key id', () => {
    expect(openToken(root, TOKEN, ID.replace('N7', 'N6'))).toBeUndefined()
  })

  it('holds as much as it may, and no more than a header can', () => {
    const filled = (length: number) => ({ ...SESSION, policy: 'x'.repeat(length) })
    expect(packedPercent(filled(10_000))).toBeGreaterThan(100)
    const most = filled(3800)
    expect(packedPercent(most)).toBeLessThanOrEqual(100)
    const token = sealToken(root, most, ID)
    expect(token.length).toBeLessThan(6000)
    expect(openToken(root, token, ID)).toEqual(most)
  })
})
