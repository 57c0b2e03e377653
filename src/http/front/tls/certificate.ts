/**
 * The server's certificate and its key, from two files in PEM.
 *
 * The key file is its owner's alone (store/files/private-file.ts), the certificate's anybody may read. Both are looked
 * at before they are used: what is wrong is said with the name of the file, and never with what is in it.
 *
 * @module
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { Config } from '../../../config.js'
import { SealtrailError } from '../../../errors.js'
import { readPrivateFile } from '../../../store/files/private-file.js'
import { readPublicFile } from '../../../store/files/public-file.js'

const FILE_BYTES_MAX = 1 << 20

export type CertificateFiles = Pick<Config, 'tlsCert' | 'tlsKey'>

export interface Certificate {
  /** PEM: the server's own first, then those that it was signed by. */
  readonly cert: Buffer
  /** PEM, outside V8's heap; who has used it wipes it. */
  readonly key: Buffer
}

/** @throws SealtrailError `ConfigInvalid`, naming the file that cannot be used. */
export async function readCertificate({ tlsCert, tlsKey }: CertificateFiles): Promise<Certificate> {
  const unusable = (reason: string, cause?: unknown) => unusableCertificate(tlsCert, reason, cause)
  const cert = await readPublicFile({ path: tlsCert, bytesMax: FILE_BYTES_MAX, unusable })
  if (cert === undefined) throw unusable('is missing')
  const key = await readKey(tlsKey)
  try {
    const own = certificateOf(tlsCert, cert)
    if (!own.checkPrivateKey(keyOf(tlsKey, key))) {
      throw unusableKey(tlsKey, `does not belong to the certificate in ${tlsCert}`)
    }
    return { cert, key }
  } catch (error) {
    key.fill(0)
    throw error
  }
}

async function readKey(path: string): Promise<Buffer> {
  const unusable = (reason: string, cause?: unknown) => unusableKey(path, reason, cause)
  const read = await readPrivateFile({ path, bytesMax: FILE_BYTES_MAX, unusable })
  if (read === undefined) throw unusable('is missing')
  return Buffer.from(read.buffer)
}

function certificateOf(path: string, cert: Buffer): X509Certificate {
  try {
    // All of them, in PEM only, and none that OpenSSL finds too weak; then the first.
    createSecureContext({ cert })
    return new X509Certificate(cert)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw unusableCertificate(path, `is no certificate in PEM that can be used: ${code}`, cause)
  }
}

function keyOf(path: string, key: Buffer): KeyObject {
  // As PKCS #8 says it, and as older files do.
  if (key.includes('-----BEGIN ENCRYPTED ') || key.includes('Proc-Type: 4,ENCRYPTED')) {
    throw unusableKey(path, 'is encrypted: it must be one without a passphrase')
  }
  try {
    return createPrivateKey(key)
  } catch (cause) {
    throw unusableKey(path, 'is not a private key in PEM', cause)
  }
}

function unusableCertificate(path: string, reason: string, cause?: unknown): SealtrailError {
  return new SealtrailError(
    'ConfigInvalid',
    `the certificate file ${path} ${reason}`,
    {},
    { cause },
  )
}

function unusableKey(path: string, reason: string, cause?: unknown): SealtrailError {
  return new SealtrailError('ConfigInvalid', `the TLS key file ${path} ${reason}`, {}, { cause })
}
