/** Which certificates and keys a server takes, and how it says that it does not. */
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readCertificate } from '../../src/http/front/tls/certificate.js'
import { type CertificateFiles, certificateFiles, makeCertificate } from '../support/certificate.js'

const good = makeCertificate()
const other = makeCertificate()
let files: CertificateFiles

beforeEach(() => {
  files = certificateFiles(good)
})
afterEach(() => files.remove())

/** The message of the refusal, which has no line of the key in it. */
async function refusal(): Promise<string> {
  const error = await readCertificate(files).then(
    () => undefined,
    (refused) => refused,
  )
  expect(error).toMatchObject({ code: 'ConfigInvalid' })
  for (const line of `${good.key}${other.key}`.split('\n').filter((one) => one.length > 20)) {
    expect(error.message).not.toContain(line)
  }
  return error.message
}

describe('a certificate with its key', () => {
  it.each([
    ['ECDSA', good],
    ['RSA', makeCertificate(2048)],
  ])('of %s is taken', async (_what, { cert, key }) => {
    files.put({ cert, key })
    const taken = await readCertificate(files)
    expect([taken.cert.toString(), taken.key.toString()]).toEqual([cert, key])
  })

  it('is taken with others behind it, with text around it, and the key in the older form', async () => {
    const key = good.privateKey.export({ type: 'sec1', format: 'pem' }) as string
    files.put({ cert: `made for a test\n${good.cert}${other.cert}`, key: `for a test\n${key}` })
    await expect(readCertificate(files)).resolves.toBeDefined()
  })

  it('is taken by a link to the certificate, as tools that renew it leave one', async () => {
    renameSync(files.tlsCert, `${files.tlsCert}-1`)
    symlinkSync(`${files.tlsCert}-1`, files.tlsCert)
    await expect(readCertificate(files)).resolves.toBeDefined()
  })
})

describe('a key file', () => {
  const told = (reason: string) => `the TLS key file ${files.tlsKey} ${reason}`

  it('that is missing is refused', async () => {
    rmSync(files.tlsKey)
    expect(await refusal()).toBe(told('is missing'))
  })

  it.each([0o644, 0o640, 0o604, 0o620])(
    'of mode %o is refused with how to mend it',
    async (mode) => {
      chmodSync(files.tlsKey, mode)
      expect(await refusal()).toBe(
        told(`has mode 0${mode.toString(8)}, and others could use it: chmod 600 '${files.tlsKey}'`),
      )
    },
  )

  it('that is a symbolic link is refused', async () => {
    renameSync(files.tlsKey, `${files.tlsKey}-1`)
    symlinkSync(`${files.tlsKey}-1`, files.tlsKey)
    expect(await refusal()).toBe(told('is a symbolic link: name the file itself'))
  })

  it('of another certificate is refused, and both files are named', async () => {
    files.put({ cert: good.cert, key: other.key })
    expect(await refusal()).toBe(told(`does not belong to the certificate in ${files.tlsCert}`))
  })

  it.each(['pkcs8', 'sec1'] as const)('that is encrypted, as %s, is refused', async (type) => {
    const encrypted = { cipher: 'aes-256-cbc', passphrase: 'of a test' }
    const key = good.privateKey.export({ type, format: 'pem', ...encrypted }) as string
    files.put({ cert: good.cert, key })
    expect(await refusal()).toBe(told('is encrypted: it must be one without a passphrase'))
  })

  it.each([
    ['nothing', ''],
    ['other text', 'secret'],
    ['a certificate', good.cert],
    ['a key cut short', good.key.slice(0, 100)],
    ['DER', good.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('latin1')],
  ])('with %s in it is refused', async (_what, key) => {
    writeFileSync(files.tlsKey, key, 'latin1')
    expect(await refusal()).toBe(told('is not a private key in PEM'))
  })
})

describe('a certificate file', () => {
  const told = (reason: string) => `the certificate file ${files.tlsCert} ${reason}`

  it('that is missing is refused', async () => {
    rmSync(files.tlsCert)
    expect(await refusal()).toBe(told('is missing'))
  })

  it('that is a directory is refused', async () => {
    rmSync(files.tlsCert)
    mkdirSync(files.tlsCert)
    expect(await refusal()).toBe(told('is not a file'))
  })

  it('that is too large is refused', async () => {
    writeFileSync(files.tlsCert, Buffer.alloc((1 << 20) + 1))
    expect(await refusal()).toBe(told('has more than 1048576 bytes'))
  })

  it.each([
    ['nothing', ''],
    ['other text', 'text'],
    ['a key', good.key],
    ['a certificate cut short', good.cert.slice(0, 200)],
    ['a second one cut short', good.cert + other.cert.slice(0, 200)],
    ['DER', Buffer.from(good.cert.split('\n').slice(1, -2).join(''), 'base64').toString('latin1')],
    ['one that is too weak', makeCertificate(512).cert],
  ])('with %s in it is refused', async (_what, cert) => {
    writeFileSync(files.tlsCert, cert, 'latin1')
    expect(await refusal()).toContain(told('is no certificate in PEM that can be used: ERR_'))
  })
})
