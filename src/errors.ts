/**
 * Every failure that can happen in normal operation, in one table.
 *
 * `fault` says who must act: the caller (client), the operator or time (server), or nobody can,
 * because stored bytes are not what was written (integrity). HTTP statuses and wire bodies are in
 * http/; our own mistakes are in invariant.ts.
 *
 * @module
 */

const CLIENT = { fault: 'client', retryable: false } as const
const SERVER = { fault: 'server', retryable: true } as const
const BROKEN = { fault: 'server', retryable: false } as const
const INTEGRITY = { fault: 'integrity', retryable: false } as const

/** AWS's name where AWS has one, so that its clients know what to do; ours otherwise. */
const FAULTS = {
  // AWS KMS
  AlreadyExistsException: CLIENT,
  DisabledException: CLIENT,
  DryRunOperationException: CLIENT,
  IncorrectKeyException: CLIENT,
  InvalidAliasNameException: CLIENT,
  InvalidArnException: CLIENT,
  InvalidCiphertextException: CLIENT,
  InvalidGrantTokenException: CLIENT,
  InvalidKeyUsageException: CLIENT,
  InvalidMarkerException: CLIENT,
  KMSInternalException: SERVER,
  KMSInvalidStateException: CLIENT,
  KeyUnavailableException: SERVER,
  LimitExceededException: CLIENT,
  MalformedPolicyDocumentException: CLIENT,
  NotAuthorizedException: CLIENT,
  NotFoundException: CLIENT,
  TagException: CLIENT,
  UnsupportedOperationException: CLIENT,
  // AWS, every JSON service
  AccessDeniedException: CLIENT,
  IncompleteSignatureException: CLIENT,
  InvalidSignatureException: CLIENT,
  MissingAuthenticationTokenException: CLIENT,
  SerializationException: CLIENT,
  SignatureDoesNotMatch: CLIENT,
  ThrottlingException: SERVER,
  UnknownOperationException: CLIENT,
  UnrecognizedClientException: CLIENT,
  ValidationException: CLIENT,
  // ours: using the library
  Closed: CLIENT,
  ConfigInvalid: CLIENT,
  InputInvalid: CLIENT,
  InputTooLarge: CLIENT,
  KeyReleased: CLIENT,
  // ours: stored or received bytes
  GzipDamaged: INTEGRITY,
  ObjectDamaged: INTEGRITY,
  OutputTooLarge: INTEGRITY,
  // ours: the machine
  EngineUnavailable: BROKEN,
  RootKeyUnusable: BROKEN,
  StoreConflict: SERVER,
  StoreFailed: BROKEN,
  StoreInUse: BROKEN,
  WorkerDied: SERVER,
} as const

export type FaultCode = keyof typeof FAULTS

/** `detail` goes to logs and clients: sizes, ids and names; never key bytes or plaintext. */
export class SealtrailError extends Error {
  override readonly name = 'SealtrailError'
  readonly code: FaultCode
  readonly detail: Readonly<Record<string, string | number>>

  constructor(
    code: FaultCode,
    message: string,
    detail: Readonly<Record<string, string | number>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.code = code
    this.detail = detail
  }

  get fault(): 'client' | 'server' | 'integrity' {
    return FAULTS[this.code].fault
  }

  get retryable(): boolean {
    return FAULTS[this.code].retryable
  }
}

/** True for a SealtrailError, of `code` when one is given. */
export function isSealtrailError(error: unknown, code?: FaultCode): error is SealtrailError {
  return error instanceof SealtrailError && (code === undefined || error.code === code)
}
