/** The four forms of a KeyId, and what AWS says of everything else. */
import { describe, expect, it } from 'vitest'
import { noSuchKey, parseKeyOnlyRef, parseKeyRef } from '../../src/kms/keys/ref.js'

const caller = { account: '111122223333', region: 'eu-west-1' }
const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
const multiRegionId = 'mrk-1234abcd12ab34cd56ef1234567890ab'
const ARN = 'arn:aws:kms:eu-west-1:111122223333'

describe('a KeyId', () => {
  it.each([
    [keyId, { ...caller, keyId }],
    [multiRegionId, { ...caller, keyId: multiRegionId }],
    [`${ARN}:key/${keyId}`, { ...caller, keyId }],
    ['alias/logs', { ...caller, alias: 'alias/logs' }],
    [`${ARN}:alias/logs`, { ...caller, alias: 'alias/logs' }],
    [
      `arn:aws:kms:eu-west-1:999999999999:key/${keyId}`,
      { account: '999999999999', region: 'eu-west-1', keyId },
    ],
  ])('may be %s', (given, ref) => {
    expect(parseKeyRef(given, caller)).toEqual(ref)
    expect(noSuchKey(parseKeyRef(given, caller)).message).toMatch(
      /\barn:aws:kms:eu-west-1:\d{12}:(key|alias)\//,
    )
  })

  it.each([
    ['fake-key-id', "Invalid keyId 'fake-key-id'"],
    ['134f2428cec14b25a1ae9048164dba47', "Invalid keyId '134f2428cec14b25a1ae9048164dba47'"],
    ['mrk-fake-key-id', "Invalid keyId 'mrk-fake-key-id'"],
    [keyId.toUpperCase(), `Invalid keyId '${keyId.toUpperCase()}'`],
    [`${keyId}\n`, `Invalid keyId '${keyId}\n'`],
    ['__proto__', "Invalid keyId '__proto__'"],
    ['alias/a\0b', "Invalid keyId 'alias/a\0b'"],
    [`${ARN}:alias/\0`, `Invalid keyId '${ARN}:alias/\0'`],
    [`arn:aws:kms:us-east-1:111122223333:key/${keyId}`, 'Invalid arn us-east-1'],
    ['arn:aws:s3:::bucket', 'Invalid arn arn:aws:s3:::bucket'],
    [`${ARN}:grant/${keyId}`, `Invalid arn ${ARN}:grant/${keyId}`],
    [`${ARN}:key/x`, `Invalid keyId '${ARN}:key/x'`],
    [
      `arn:aws-cn:kms:eu-west-1:111122223333:key/${keyId}`,
      `Invalid arn arn:aws-cn:kms:eu-west-1:111122223333:key/${keyId}`,
    ],
  ])('may not be %j', (given, message) => {
    expect(() => parseKeyRef(given, caller)).toThrow(
      expect.objectContaining({ code: 'NotFoundException', message }),
    )
  })

  it.each(['alias/logs', `${ARN}:alias/logs`])('may not be %s where a key is managed', (given) => {
    expect(() => parseKeyOnlyRef(given, caller)).toThrow(
      expect.objectContaining({ code: 'NotFoundException', message: `Invalid keyId '${given}'` }),
    )
  })

  it('has the partition of its region', () => {
    const china = { account: '111122223333', region: 'cn-north-1' }
    expect(noSuchKey(parseKeyRef(keyId, china)).message).toBe(
      `Key 'arn:aws-cn:kms:cn-north-1:111122223333:key/${keyId}' does not exist`,
    )
  })
})
