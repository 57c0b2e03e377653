/**
 * From a trusted root to whoever signed: each certificate issued by the one before it, allowed to, and valid now.
 *
 *     root → issuer … → issuer → signer
 *
 * The root is compared byte for byte, and counts as it was configured. Revocation lists are not asked, as AWS says.
 * What a certificate allows is read from it when its own signature holds, not before. Source: AWS's attestation process,
 * §3.2.3 and §3.2.4; RFC 5280 §6.1.
 *
 * @module
 */
import type { KeyObject, X509Certificate } from 'node:crypto'
import { type Allowed, allowedBy, certificateOf, isValidAt } from './certificate.js'
import { invalidDocument } from './invalid-document.js'

export interface Chain {
  /** DER, the root first. */
  readonly bundle: readonly Uint8Array[]
  readonly certificate: Uint8Array
}

/**
 * The key of the last certificate.
 * @throws SealtrailError `ValidationException`
 */
export function keyOfChain(
  { bundle, certificate }: Chain,
  roots: readonly X509Certificate[],
  now: number,
): KeyObject {
  const [first, ...others] = bundle
  const root = roots.find(({ raw }) => raw.equals(first!))
  if (root === undefined) throw invalidDocument('its certificates do not begin with a trusted root')
  if (!isValidAt(root, now)) throw outdated()
  let issuer = root
  checkIssuer(root, others.length)
  others.forEach((der, index) => {
    issuer = issuedBy(issuer, der, now)
    checkIssuer(issuer, others.length - 1 - index)
  })
  const signer = issuedBy(issuer, certificate, now)
  const { isIssuer, pathLength, maySign } = allowed(signer)
  if (!maySign || isIssuer || pathLength !== undefined) {
    throw invalidDocument('its certificate is not one to sign with')
  }
  return signer.publicKey
}

function issuedBy(issuer: X509Certificate, der: Uint8Array, now: number): X509Certificate {
  const issued = certificateOf(der)
  if (issued === undefined || !issued.checkIssued(issuer) || !issued.verify(issuer.publicKey)) {
    throw invalidDocument('one of its certificates was not issued by the one before it')
  }
  if (!isValidAt(issued, now)) throw outdated()
  return issued
}

/** @param below issuers between it and the last one. */
function checkIssuer(issuer: X509Certificate, below: number): void {
  const { isIssuer, pathLength = below, mayIssue } = allowed(issuer)
  if (isIssuer && mayIssue && below <= pathLength) return
  throw invalidDocument('one of its certificates may not issue the one after it')
}

function allowed(certificate: X509Certificate): Allowed {
  try {
    return allowedBy(certificate)
  } catch (cause) {
    throw invalidDocument('one of its certificates says what is not known here', cause)
  }
}

function outdated() {
  return invalidDocument('one of its certificates is not valid now')
}
