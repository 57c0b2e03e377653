/**
 * What another account sees of how a call went: of a denial no more than that it was one, by which name the caller came
 * not at all, and of what was said and answered what the service shows to whoever owns a part of it.
 *
 * Who gets a record is in recipients.ts.
 *
 * @module
 */
import type { AuditEvent, AuditResource, TlsDetails } from '../../audit/event.js'

/** CloudTrail's code, whatever the service has for it. */
export const ACCESS_DENIED = 'AccessDenied'

export type Said = Pick<AuditEvent, 'requestParameters' | 'responseElements'>

/** What the owner of `owned` is shown of what was said and answered. */
export type ShownToOwner = (said: Said, owned: readonly AuditResource[]) => Said

export function errorAsOther(error: AuditEvent['error']): AuditEvent['error'] {
  if (error?.code !== ACCESS_DENIED) return error
  // The caller's own says who he is, and what is missing on his side.
  return { code: ACCESS_DENIED, message: 'Access Denied' }
}

export function tlsAsOther(tls: TlsDetails | undefined): TlsDetails | undefined {
  if (tls === undefined) return undefined
  const { tlsVersion, cipherSuite } = tls
  return { tlsVersion, cipherSuite }
}
