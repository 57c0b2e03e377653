/**
 * What can go wrong between us and the proxy of an external key store, and what AWS KMS makes of it.
 *
 *     managing     CreateCustomKeyStore, UpdateCustomKeyStore
 *     creating     CreateKey
 *     using        every use of a key
 *     connecting   ConnectionErrorCode of a store whose connection failed
 *
 * The proxy's own words are told to nobody. Source: External Key Store Proxy API Specification, "Error codes"; messages
 * as AWS KMS's developer guide has them, "Troubleshooting external key stores", and CloudTrail's records.
 *
 * @module
 */
import { type FaultCode, SealtrailError } from '../../errors.js'
import type { ShapeValue } from '../model/kms.js'

export type ConnectionErrorCode = ShapeValue<'ConnectionErrorCodeType'>

/** What we were about when it happened. */
export type Purpose = 'managing' | 'creating' | 'using'

interface Row extends Readonly<Record<Purpose, FaultCode>> {
  readonly connecting: ConnectionErrorCode
  readonly says: string
}

const INTERPRET =
  'AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, report it to your external key store proxy administrator.'
const REJECTED = 'The external key store proxy rejected the request because'

/** Of a key in a store that is not connected. */
export const NOT_CONNECTED =
  'This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try the request again.'

/** What proxies that keep to the specification do not say, or not in this place. */
const UNREADABLE: Row = {
  managing: 'XksProxyInvalidResponseException',
  creating: 'CustomKeyStoreInvalidStateException',
  using: 'KMSInvalidStateException',
  connecting: 'XKS_PROXY_INVALID_RESPONSE',
  says: INTERPRET,
}

const UNREACHABLE: Row = {
  ...UNREADABLE,
  managing: 'XksProxyUriUnreachableException',
  connecting: 'XKS_PROXY_NOT_REACHABLE',
}

/** By the `errorName` of an answer; others are ours. */
const FAILURES = {
  ValidationException: UNREADABLE,
  InvalidStateException: {
    ...UNREACHABLE,
    creating: 'XksKeyInvalidConfigurationException',
    says: `${REJECTED} the external key is not enabled in the external key manager.`,
  },
  InvalidCiphertextException: {
    ...UNREADABLE,
    says: `${REJECTED} the specified ciphertext or additional authenticated data is corrupted, missing, or otherwise invalid.`,
  },
  InvalidKeyUsageException: {
    ...UNREADABLE,
    creating: 'XksKeyInvalidConfigurationException',
    says: `${REJECTED} the external key does not support the requested operation.`,
  },
  AuthenticationFailedException: {
    ...UNREADABLE,
    managing: 'XksProxyIncorrectAuthenticationCredentialException',
    connecting: 'INVALID_CREDENTIALS',
    says: `${REJECTED} it could not authenticate AWS KMS. Verify the credentials for your external key store and update if necessary.`,
  },
  AccessDeniedException: {
    ...UNREADABLE,
    creating: 'KMSInvalidStateException',
    connecting: 'XKS_PROXY_ACCESS_DENIED',
    says: 'The external key store proxy denied access to the operation. Verify that the user and the external key are both authorized for this operation, and try the request again.',
  },
  KeyNotFoundException: {
    ...UNREADABLE,
    creating: 'XksKeyNotFoundException',
    says: `${REJECTED} it could not find the external key.`,
  },
  InvalidUriPathException: {
    ...UNREADABLE,
    managing: 'XksProxyInvalidConfigurationException',
    connecting: 'XKS_PROXY_INVALID_CONFIGURATION',
    says: `${REJECTED} of an invalid URI path. Verify the URI path for your external key store and update if necessary.`,
  },
  ThrottlingException: {
    ...UNREACHABLE,
    says: 'The external key store proxy rejected the request due to a very high request rate. Reduce the frequency of your calls using KMS keys in this external key store.',
  },
  UnsupportedOperationException: {
    ...UNREADABLE,
    says: `${REJECTED} it does not support the requested cryptographic operation.`,
  },
  DependencyTimeoutException: {
    ...UNREACHABLE,
    connecting: 'XKS_PROXY_TIMED_OUT',
    says: 'The external key store proxy did not respond to the request in the time allotted. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator.',
  },
  InternalException: {
    ...UNREADABLE,
    says: `${REJECTED} it cannot communicate with the external key manager. Verify that the external key store proxy configuration is correct and that the external key manager is available.`,
  },
  /** There is no connection. */
  connection: {
    ...UNREACHABLE,
    says: 'AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you see this error repeatedly, verify that your external key store proxy is active and is connected to the network, and that its endpoint URI is correct in your external key store.',
  },
  /** There is one, and no TLS on it. */
  tls: {
    ...UNREACHABLE,
    connecting: 'XKS_PROXY_INVALID_TLS_CONFIGURATION',
    says: 'AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, including its certificate.',
  },
  time: {
    ...UNREACHABLE,
    connecting: 'XKS_PROXY_TIMED_OUT',
    says: 'AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator.',
  },
  /** An answer that is none of the specification's. */
  malformed: UNREADABLE,
  /** Every external key manager behind it says that it is unavailable. */
  unhealthy: {
    ...UNREACHABLE,
    says: 'The external key store proxy is in an unhealthy state. If you see this message repeatedly, notify your external key store proxy administrator.',
  },
  /** It opened what is not what we wrapped. */
  inner: {
    ...UNREADABLE,
    says: 'The ciphertext that the external key store proxy submitted for decryption, or the encryption context, is corrupted, missing, or otherwise invalid.',
  },
  notConnected: { ...UNREADABLE, says: NOT_CONNECTED },
} as const satisfies Readonly<Record<string, Row>>

export type Failure = keyof typeof FAILURES

/** A call of the proxy that came to nothing. Never leaves kms/: whoever asked says what AWS would. */
export class ProxyFailure extends Error {
  override readonly name = 'ProxyFailure'
  readonly failure: Failure

  constructor(failure: Failure) {
    super(`the external key store proxy: ${failure}`)
    this.failure = failure
  }
}

/** Of an answer's `errorName`; one that no specification has is malformed. */
export function failureNamed(name: unknown): Failure {
  const isKnown =
    typeof name === 'string' && name.endsWith('Exception') && Object.hasOwn(FAILURES, name)
  return isKnown ? (name as Failure) : 'malformed'
}

export function errorFor(failure: Failure, purpose: Purpose): SealtrailError {
  const row: Row = FAILURES[failure]
  return new SealtrailError(row[purpose], row.says)
}

export function connectionErrorFor(failure: Failure): ConnectionErrorCode {
  return FAILURES[failure].connecting
}

/** What `asking` answers; what comes to nothing is told as AWS tells it. @throws SealtrailError */
export async function askedFor<Answer>(purpose: Purpose, asking: Promise<Answer>): Promise<Answer> {
  try {
    return await asking
  } catch (error) {
    throw error instanceof ProxyFailure ? errorFor(error.failure, purpose) : error
  }
}
