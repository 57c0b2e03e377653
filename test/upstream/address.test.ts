import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Access } from '../../src/upstream/client/access.js'
import { Address } from '../../src/upstream/client/address.js'

describe('the address of an upstream', () => {
  it.each([
    ['https://s3.example/logs', 'path', 'https://s3.example', '', '/logs/files/0'],
    ['https://s3.example/logs/', 'path', 'https://s3.example', '', '/logs/files/0'],
    ['http://127.0.0.1:9000/logs/a/b', 'path', 'http://127.0.0.1:9000', 'a/b/', '/logs/files/0'],
    ['https://s3.example:8443/logs', 'virtual', 'https://logs.s3.example:8443', '', '/files/0'],
  ] as const)('%s in style %s is taken apart', (given, style, origin, prefix, path) => {
    const address = new Address(given, style)
    expect(address).toMatchObject({ origin, prefix, host: new URL(origin).host })
    expect(address.pathOf('files/0')).toBe(path)
  })

  it('has the characters of its prefix escaped as they are signed', () => {
    const { prefix, ...address } = new Address("https://s3.example/logs/a'(b)!*", 'path')
    expect(new Address('https://s3.example/logs', 'path').pathOf(prefix)).toBe(
      '/logs/a%27%28b%29%21%2A/',
    )
    expect(address.bucketPath).toBe('/logs')
  })

  it.each([
    ...['', 'logs', 'ftp://s3.example/logs', 'https://s3.example', 'https://s3.example/'],
    ...['https://key:secret@s3.example/logs', 'https://s3.example/logs?versionId=1'],
    ...['https://s3.example/logs#x', 'https://s3.example/logs//a', 'https://s3.example/a'],
    ...['https://s3.example/logs/a%2Fb', 'https://s3.example/logs/ä'],
    `https://s3.example/logs/${'a'.repeat(513)}`,
  ])('is refused as %j, and not repeated', (given) => {
    const refused = expect.objectContaining({
      code: 'ConfigInvalid',
      message: expect.not.stringContaining('secret'),
    })
    expect(() => new Address(given, 'path')).toThrow(refused)
  })
})

describe('an access key', () => {
  it('shows its secret to nobody', () => {
    const secret = 'a-secret-to-be-kept'
    const parts = { accessKeyId: 'AKIA', secretAccessKey: secret, sessionToken: `${secret}-token` }
    const access = new Access(parts, 'test')
    expect(inspect(access, { showHidden: true, depth: 9 })).not.toContain(secret)
    expect(JSON.stringify(access)).not.toContain(secret)
    expect(access.secretAccessKey).toBe(secret)
    for (const wrong of [`${secret} `, `${secret}\n`, '', 7 as unknown as string]) {
      const refused = expect.objectContaining({ message: expect.not.stringContaining(secret) })
      expect(() => new Access({ ...parts, secretAccessKey: wrong }, 'test')).toThrow(refused)
    }
  })
})
