/**
 * What a proxy is asked, and what it must answer: GetHealthStatus, GetKeyMetadata, Encrypt, Decrypt.
 *
 *     POST <XksProxyUriPath>/health
 *     POST <XksProxyUriPath>/keys/<external key>/metadata | encrypt | decrypt
 *
 * An answer is taken apart member by member: what is longer, shorter or otherwise than the specification has it is
 * malformed. The proxy sees nothing but what our own key material has wrapped. Source: External Key Store Proxy API
 * Specification, "API operations" and Appendix C.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { constantTimeEqual } from '../../bytes/compare.js'
import { ProxyFailure } from './failures.js'
import type { Proxies, ProxyAccess } from './proxies.js'

/** Of the call that needs the proxy. */
export interface RequestMetadata {
  readonly awsPrincipalArn?: string
  readonly kmsKeyArn?: string
  readonly kmsOperation: string
  readonly kmsRequestId: string
  readonly kmsViaService?: string
}

/** What a proxy has wrapped; the members are the specification's. */
export interface OuterWrap {
  readonly ciphertext: Uint8Array
  readonly ciphertextMetadata: Uint8Array
  readonly initializationVector: Uint8Array
  readonly authenticationTag: Uint8Array
}

/** An external key as it is, whether or not it will do. */
export interface ExternalKeyFacts {
  readonly keySpec: string
  readonly keyUsage: readonly string[]
  readonly keyStatus: string
}

/** A key of a proxy, and the call that needs it. */
export interface ProxiedKey {
  readonly access: ProxyAccess
  /** What it is called there. */
  readonly keyId: string
  readonly requestMetadata: RequestMetadata
}

export const METADATA_BYTES_MAX = 20
const TAG_BYTES = 16
const ALGORITHM = { encryptionAlgorithm: 'AES_GCM' }
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const HEALTH = /^(?:ACTIVE|DEGRADED|UNAVAILABLE)$/
const NAME_CHARACTERS_MAX = 256
const LIST_MAX = 10

/** Resolves when at least one key manager behind it works. @throws ProxyFailure */
export async function checkHealth(
  proxies: Proxies,
  access: ProxyAccess,
  requestMetadata: Pick<RequestMetadata, 'kmsOperation' | 'kmsRequestId'>,
): Promise<void> {
  const answer = membersOf(await proxies.ask(access, '/health', { requestMetadata }))
  if (!Number.isInteger(answer.xksProxyFleetSize) || (answer.xksProxyFleetSize as number) < 1) {
    throw malformed()
  }
  for (const name of ['xksProxyVendor', 'xksProxyModel', 'ekmVendor']) textOf(answer[name])
  const managers = listOf(answer.ekmFleetDetails).map(membersOf)
  if (managers.length === 0) throw malformed()
  const states = managers.map(({ id, model, healthStatus }) => {
    for (const text of [id, model]) textOf(text)
    if (!HEALTH.test(textOf(healthStatus))) throw malformed()
    return healthStatus
  })
  if (states.every((state) => state === 'UNAVAILABLE')) throw new ProxyFailure('unhealthy')
}

/** @throws ProxyFailure */
export async function askMetadata(proxies: Proxies, key: ProxiedKey): Promise<ExternalKeyFacts> {
  const { access, requestMetadata } = key
  const answer = membersOf(await proxies.ask(access, pathOf(key, 'metadata'), { requestMetadata }))
  return {
    keySpec: textOf(answer.keySpec),
    keyUsage: listOf(answer.keyUsage).map(textOf),
    keyStatus: textOf(answer.keyStatus),
  }
}

/** @throws ProxyFailure */
export async function askEncrypt(
  proxies: Proxies,
  key: ProxiedKey,
  plaintext: Uint8Array,
  aad: Uint8Array,
): Promise<OuterWrap> {
  const answer = membersOf(
    await proxies.ask(key.access, pathOf(key, 'encrypt'), {
      requestMetadata: key.requestMetadata,
      additionalAuthenticatedData: base64(aad),
      plaintext: base64(plaintext),
      ...ALGORITHM,
      ciphertextDataIntegrityValueAlgorithm: 'SHA_256',
    }),
  )
  const wrap = {
    ciphertext: bytesOf(answer.ciphertext),
    ciphertextMetadata: bytesOf(answer.ciphertextMetadata ?? ''),
    initializationVector: bytesOf(answer.initializationVector),
    authenticationTag: bytesOf(answer.authenticationTag),
  }
  const { ciphertext, ciphertextMetadata, initializationVector, authenticationTag } = wrap
  const isInShape =
    ciphertext.length === plaintext.length &&
    ciphertextMetadata.length <= METADATA_BYTES_MAX &&
    [12, 16].includes(initializationVector.length) &&
    authenticationTag.length === TAG_BYTES
  const stated = bytesOf(answer.ciphertextDataIntegrityValue)
  if (!isInShape || !constantTimeEqual(stated, integrityValue(aad, wrap))) throw malformed()
  return wrap
}

/** @throws ProxyFailure */
export async function askDecrypt(
  proxies: Proxies,
  key: ProxiedKey,
  wrap: OuterWrap,
  aad: Uint8Array,
): Promise<Uint8Array> {
  const { ciphertext, ciphertextMetadata, initializationVector, authenticationTag } = wrap
  const answer = membersOf(
    await proxies.ask(key.access, pathOf(key, 'decrypt'), {
      requestMetadata: key.requestMetadata,
      additionalAuthenticatedData: base64(aad),
      ciphertext: base64(ciphertext),
      ...(ciphertextMetadata.length > 0 && { ciphertextMetadata: base64(ciphertextMetadata) }),
      ...ALGORITHM,
      initializationVector: base64(initializationVector),
      authenticationTag: base64(authenticationTag),
    }),
  )
  const plaintext = bytesOf(answer.plaintext)
  if (plaintext.length !== ciphertext.length) throw malformed()
  return plaintext
}

/** The specification's CDIV: whoever made the wrap has opened it once. */
export function integrityValue(aad: Uint8Array, wrap: OuterWrap): Uint8Array {
  return createHash('sha256')
    .update(aad)
    .update(wrap.ciphertextMetadata)
    .update(wrap.initializationVector)
    .update(wrap.ciphertext)
    .update(wrap.authenticationTag)
    .digest()
}

function pathOf({ keyId }: ProxiedKey, operation: string): string {
  return `/keys/${keyId}/${operation}`
}

function membersOf(given: unknown): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw malformed()
  return given as Readonly<Record<string, unknown>>
}

function listOf(given: unknown): readonly unknown[] {
  if (!Array.isArray(given) || given.length > LIST_MAX) throw malformed()
  return given
}

function textOf(given: unknown): string {
  if (typeof given !== 'string' || given.length > NAME_CHARACTERS_MAX) throw malformed()
  return given
}

function bytesOf(given: unknown): Uint8Array {
  if (typeof given !== 'string' || !BASE64.test(given)) throw malformed()
  return Buffer.from(given, 'base64')
}

function base64({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('base64')
}

function malformed(): ProxyFailure {
  return new ProxyFailure('malformed')
}
