/**
 * Certificates for tests, made when they are needed: no key of one is kept anywhere.
 *
 * node:crypto signs and makes keys, but no certificates; so they are put together here, as RFC 5280 §4.1 has it.
 */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bitString, der, identifier, integer, pem, sequence, tagged, time } from './der.js'

const DAY_MS = 24 * 60 * 60 * 1000

export interface TestCertificate {
  /** PEM, signed by itself: who trusts it trusts it alone. */
  readonly cert: string
  /** PEM, PKCS #8. */
  readonly key: string
  readonly privateKey: KeyObject
}

export interface CertificateFiles {
  readonly tlsCert: string
  readonly tlsKey: string
  /** What clients trust. */
  readonly ca: string
  /** Other bytes in the same places. */
  put(certificate: Pick<TestCertificate, 'cert' | 'key'>): void
  remove(): void
}

/** For `localhost`, 127.0.0.1 and ::1, for ten days. `bits`: RSA of that size, and ECDSA on P-256 without it. */
export function makeCertificate(bits?: number): TestCertificate {
  const { privateKey, publicKey } =
    bits === undefined
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: bits })
  const signedBy = bits === undefined ? ecdsaWithSha256 : rsaWithSha256
  const body = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(serial()),
    signedBy,
    name,
    sequence(time(Date.now() - DAY_MS), time(Date.now() + 10 * DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(sequence(subjectAltName, der(0x04, sequence(dns, ip4, ip6))))),
  )
  const signature = bitString(sign('sha256', body, privateKey))
  return {
    cert: pem('CERTIFICATE', sequence(body, signedBy, signature)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    privateKey,
  }
}

/** Certificate and key in a folder of their own. */
export function certificateFiles(certificate = makeCertificate()): CertificateFiles {
  const folder = mkdtempSync(join(tmpdir(), 'sealtrail-tls-'))
  const [tlsCert, tlsKey] = [join(folder, 'server.crt'), join(folder, 'server.key')]
  const put = ({ cert, key }: Pick<TestCertificate, 'cert' | 'key'>) => {
    writeFileSync(tlsCert, cert)
    writeFileSync(tlsKey, key, { mode: 0o600 })
  }
  put(certificate)
  const remove = () => rmSync(folder, { recursive: true })
  return { tlsCert, tlsKey, ca: certificate.cert, put, remove }
}

let count = 0

/** No two are alike. */
function serial(): Buffer {
  const bytes = Buffer.alloc(7)
  bytes.writeUIntBE(1, 0, 1)
  bytes.writeUIntBE(process.pid, 1, 4)
  bytes.writeUIntBE(++count, 5, 2)
  return bytes
}

const ecdsaWithSha256 = sequence(identifier('2a8648ce3d040302'))
const rsaWithSha256 = sequence(identifier('2a864886f70d01010b'), der(0x05))
const commonName = sequence(identifier('550403'), der(0x0c, Buffer.from('sealtrail test')))
const name = sequence(der(0x31, commonName))
const subjectAltName = identifier('551d11')
const dns = der(0x82, Buffer.from('localhost'))
const ip4 = der(0x87, Buffer.from([127, 0, 0, 1]))
const ip6 = der(0x87, Buffer.from([...Array(15).fill(0), 1]))
