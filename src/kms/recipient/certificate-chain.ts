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
import type { SealtrailError } from '../../errors.js'
import {
  type Allowed,
  allowedBy,
  certificateOf,
  isWithin,
  type Validity,
  validityOf,
} from './certificate.js'
import { invalidDocument } from './invalid-document.js'

export interface Chain {
  /** DER, the root first. */
  readonly bundle: readonly Uint8Array[]
  readonly certificate: Uint8Array
}

export interface BelievedChain {
  /** Of the last certificate. */
  readonly key: KeyObject
  /** When all of its certificates are valid. */
  readonly validity: Validity
}

/** @throws SealtrailError `ValidationException` */
export function believeChain(
  { bundle, certificate }: Chain,
  roots: readonly X509Certificate[],
  now: number,
): BelievedChain {
  const [first, ...others] = bundle
  const root = roots.find(({ raw }) => raw.equals(first!))
  if (root === undefined) throw invalidDocument('its certificates do not begin with a trusted root')
  if (!isWithin(validityOf(root), now)) throw outdated()
  const issuers = [root]
  checkIssuer(root, others.length)
  others.forEach((der, index) => {
    const issuer = issuedBy(issuers.at(-1)!, der, now)
    checkIssuer(issuer, others.length - 1 - index)
    issuers.push(issuer)
  })
  const signer = issuedBy(issuers.at(-1)!, certificate, now)
  const { isIssuer, pathLength, maySign } = allowed(signer)
  if (!maySign || isIssuer || pathLength !== undefined) {
    throw invalidDocument('its certificate is not one to sign with')
  }
  const each = [...issuers, signer].map(validityOf)
  const from = Math.max(...each.map((one) => one.from))
  const end = Math.min(...each.map((one) => one.end))
  return { key: signer.publicKey, validity: { from, end } }
}

function issuedBy(issuer: X509Certificate, der: Uint8Array, now: number): X509Certificate {
  const issued = certificateOf(der)
  if (issued === undefined || !issued.checkIssued(issuer) || !issued.verify(issuer.publicKey)) {
    throw invalidDocument('one of its certificates was not issued by the one before it')
  }
  if (!isWithin(validityOf(issued), now)) throw outdated()
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

export function outdated(): SealtrailError {
  return invalidDocument('one of its certificates is not valid now')
}
