/**
 * The roots that attestation documents must begin with: AWS's own, or those of a file.
 *
 * A root is taken as it is, byte for byte; whether it is valid is asked each time (certificate-chain.ts).
 *
 * @module
 */
import { X509Certificate } from 'node:crypto'
import { SealtrailError } from '../../errors.js'
import { readPublicFile } from '../../store/files/public-file.js'
import { allowedBy } from './certificate.js'

const FILE_BYTES_MAX = 1 << 16
const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/**
 * AWS Nitro Enclaves Root-G1, of the commercial partition, until 2049. SHA-256:
 * 641A0321A3E244EFE456463195D606317ED7CDCC3C1756E09893F3C68F79BB5B (EC2 user guide, "Validate a NitroTPM Attestation
 * Document").
 */
const AWS_ROOT_G1 = `-----BEGIN CERTIFICATE-----
MIICETCCAZagAwIBAgIRAPkxdWgbkK/hHUbMtOTn+FYwCgYIKoZIzj0EAwMwSTEL
MAkGA1UEBhMCVVMxDzANBgNVBAoMBkFtYXpvbjEMMAoGA1UECwwDQVdTMRswGQYD
VQQDDBJhd3Mubml0cm8tZW5jbGF2ZXMwHhcNMTkxMDI4MTMyODA1WhcNNDkxMDI4
MTQyODA1WjBJMQswCQYDVQQGEwJVUzEPMA0GA1UECgwGQW1hem9uMQwwCgYDVQQL
DANBV1MxGzAZBgNVBAMMEmF3cy5uaXRyby1lbmNsYXZlczB2MBAGByqGSM49AgEG
BSuBBAAiA2IABPwCVOumCMHzaHDimtqQvkY4MpJzbolL//Zy2YlES1BR5TSksfbb
48C8WBoyt7F2Bw7eEtaaP+ohG2bnUs990d0JX28TcPQXCEPZ3BABIeTPYwEoCWZE
h8l5YoQwTcU/9KNCMEAwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQUkCW1DdkF
R+eWw5b6cp3PmanfS5YwDgYDVR0PAQH/BAQDAgGGMAoGCCqGSM49BAMDA2kAMGYC
MQCjfy+Rocm9Xue4YnwWmNJVA44fA0P5W2OpYow9OYCVRaEevL8uO1XYru5xtMPW
rfMCMQCi85sWBbJwKKXdS6BptQFuZbT73o/gBh1qUxl/nNr12UO8Yfwr6wPLb+6N
IwLz3/Y=
-----END CERTIFICATE-----`

export const AWS_ROOTS: readonly X509Certificate[] = [new X509Certificate(AWS_ROOT_G1)]

/** Those in the file; AWS's without one. @throws SealtrailError `ConfigInvalid`, naming the file */
export async function readTrustedRoots(path: string): Promise<readonly X509Certificate[]> {
  if (path === '') return AWS_ROOTS
  const unusable = (reason: string, cause?: unknown) =>
    new SealtrailError(
      'ConfigInvalid',
      `the attestation root file ${path} ${reason}`,
      {},
      { cause },
    )
  const file = await readPublicFile({ path, bytesMax: FILE_BYTES_MAX, unusable })
  if (file === undefined) throw unusable('is missing')
  const roots = file.toString('latin1').match(PEM) ?? []
  if (roots.length === 0) throw unusable('holds no certificate in PEM')
  return roots.map((pem) => {
    try {
      const root = new X509Certificate(pem)
      const { isIssuer, mayIssue } = allowedBy(root)
      if (isIssuer && mayIssue) return root
    } catch (cause) {
      throw unusable('holds a certificate that cannot be used', cause)
    }
    throw unusable('holds a certificate that may not issue others')
  })
}
