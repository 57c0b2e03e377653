/**
 * Every failure that can happen in normal operation, in one table.
 *
 * `fault` says who must act: the caller (client), the operator or time (server), or nobody can,
 * because stored bytes are not what was written (integrity). HTTP statuses and wire bodies are in
 * http/; our own mistakes are in invariant.ts.
 *
 * @module
 */

/** AWS has the name, and its clients are told it. */
const AWS_CLIENT = { fault: 'client', retryable: false, isAws: true } as const
const AWS_SERVER = { fault: 'server', retryable: true, isAws: true } as const
/** The name is ours alone; AWS's clients hear of an internal error. */
const CLIENT = { fault: 'client', retryable: false, isAws: false } as const
const SERVER = { fault: 'server', retryable: true, isAws: false } as const
const BROKEN = { fault: 'server', retryable: false, isAws: false } as const
const INTEGRITY = { fault: 'integrity', retryable: false, isAws: false } as const

/** AWS's name where AWS has one, so that its clients know what to do; ours otherwise. */
const FAULTS = {
  // AWS KMS
  AlreadyExistsException: AWS_CLIENT,
  CloudHsmClusterNotFoundException: AWS_CLIENT,
  CustomKeyStoreHasCMKsException: AWS_CLIENT,
  CustomKeyStoreInvalidStateException: AWS_CLIENT,
  CustomKeyStoreNameInUseException: AWS_CLIENT,
  CustomKeyStoreNotFoundException: AWS_CLIENT,
  DependencyTimeoutException: AWS_SERVER,
  DisabledException: AWS_CLIENT,
  DryRunOperationException: AWS_CLIENT,
  ExpiredImportTokenException: AWS_CLIENT,
  IncorrectKeyException: AWS_CLIENT,
  IncorrectKeyMaterialException: AWS_CLIENT,
  InvalidArnException: AWS_CLIENT,
  InvalidCiphertextException: AWS_CLIENT,
  InvalidGrantIdException: AWS_CLIENT,
  InvalidGrantTokenException: AWS_CLIENT,
  InvalidImportTokenException: AWS_CLIENT,
  InvalidKeyUsageException: AWS_CLIENT,
  InvalidMarkerException: AWS_CLIENT,
  KMSInternalException: AWS_SERVER,
  KMSInvalidMacException: AWS_CLIENT,
  KMSInvalidSignatureException: AWS_CLIENT,
  KMSInvalidStateException: AWS_CLIENT,
  KeyUnavailableException: AWS_SERVER,
  LimitExceededException: AWS_CLIENT,
  MalformedPolicyDocumentException: AWS_CLIENT,
  NotAuthorizedException: AWS_CLIENT,
  NotFoundException: AWS_CLIENT,
  TagException: AWS_CLIENT,
  UnsupportedOperationException: AWS_CLIENT,
  XksKeyAlreadyInUseException: AWS_CLIENT,
  XksKeyInvalidConfigurationException: AWS_CLIENT,
  XksKeyNotFoundException: AWS_CLIENT,
  XksProxyIncorrectAuthenticationCredentialException: AWS_CLIENT,
  XksProxyInvalidConfigurationException: AWS_CLIENT,
  XksProxyInvalidResponseException: AWS_CLIENT,
  XksProxyUriInUseException: AWS_CLIENT,
  XksProxyUriUnreachableException: AWS_CLIENT,
  XksProxyVpcEndpointServiceNotFoundException: AWS_CLIENT,
  // AWS IAM
  ConflictException: AWS_CLIENT,
  DeleteConflictException: AWS_CLIENT,
  EntityAlreadyExistsException: AWS_CLIENT,
  InvalidInputException: AWS_CLIENT,
  NoSuchEntityException: AWS_CLIENT,
  // AWS STS
  PackedPolicyTooLargeException: AWS_CLIENT,
  // Amazon S3
  AccessControlListNotSupported: AWS_CLIENT,
  AccessForbidden: AWS_CLIENT,
  BadDigest: AWS_CLIENT,
  BadRequest: AWS_CLIENT,
  BucketAlreadyExists: AWS_CLIENT,
  BucketAlreadyOwnedByYou: AWS_CLIENT,
  BucketNotEmpty: AWS_CLIENT,
  ConditionalRequestConflict: AWS_CLIENT,
  EntityTooLarge: AWS_CLIENT,
  EntityTooSmall: AWS_CLIENT,
  IllegalLocationConstraintException: AWS_CLIENT,
  IncompleteBody: AWS_CLIENT,
  InvalidArgument: AWS_CLIENT,
  InvalidBucketAclWithBlockPublicAccessError: AWS_CLIENT,
  InvalidBucketAclWithObjectOwnership: AWS_CLIENT,
  InvalidBucketName: AWS_CLIENT,
  InvalidBucketOwnerAWSAccountID: AWS_CLIENT,
  InvalidBucketState: AWS_CLIENT,
  InvalidChunkSizeError: AWS_CLIENT,
  InvalidDigest: AWS_CLIENT,
  InvalidLocationConstraint: AWS_CLIENT,
  InvalidEncryptionAlgorithmError: AWS_CLIENT,
  InvalidObjectState: AWS_CLIENT,
  InvalidPart: AWS_CLIENT,
  InvalidPartNumber: AWS_CLIENT,
  InvalidPartOrder: AWS_CLIENT,
  InvalidPolicyDocument: AWS_CLIENT,
  InvalidRange: AWS_CLIENT,
  InvalidRequest: AWS_CLIENT,
  InvalidStorageClass: AWS_CLIENT,
  InvalidTag: AWS_CLIENT,
  KeyTooLongError: AWS_CLIENT,
  MalformedACLError: AWS_CLIENT,
  MalformedPOSTRequest: AWS_CLIENT,
  MalformedTrailerError: AWS_CLIENT,
  MalformedXML: AWS_CLIENT,
  MaxPostPreDataLengthExceededError: AWS_CLIENT,
  MetadataTooLarge: AWS_CLIENT,
  MethodNotAllowed: AWS_CLIENT,
  MissingContentLength: AWS_CLIENT,
  NoSuchBucket: AWS_CLIENT,
  NoSuchBucketPolicy: AWS_CLIENT,
  NoSuchCORSConfiguration: AWS_CLIENT,
  NoSuchKey: AWS_CLIENT,
  NoSuchLifecycleConfiguration: AWS_CLIENT,
  NoSuchObjectLockConfiguration: AWS_CLIENT,
  NoSuchPublicAccessBlockConfiguration: AWS_CLIENT,
  NoSuchTagSet: AWS_CLIENT,
  NoSuchUpload: AWS_CLIENT,
  NoSuchVersion: AWS_CLIENT,
  NotImplemented: AWS_CLIENT,
  NotModified: AWS_CLIENT,
  ObjectLockConfigurationNotFoundError: AWS_CLIENT,
  OperationAborted: AWS_CLIENT,
  OwnershipControlsNotFoundError: AWS_CLIENT,
  PermanentRedirect: AWS_CLIENT,
  PreconditionFailed: AWS_CLIENT,
  ServerSideEncryptionConfigurationNotFoundError: AWS_CLIENT,
  SlowDown: AWS_SERVER,
  TooManyBuckets: AWS_CLIENT,
  XAmzContentSHA256Mismatch: AWS_CLIENT,
  'KMS.DisabledException': AWS_CLIENT,
  'KMS.InvalidKeyUsageException': AWS_CLIENT,
  'KMS.KMSInvalidStateException': AWS_CLIENT,
  'KMS.NotFoundException': AWS_CLIENT,
  // AWS CloudTrail
  ChannelARNInvalidException: AWS_CLIENT,
  ChannelAlreadyExistsException: AWS_CLIENT,
  ChannelMaxLimitExceededException: AWS_CLIENT,
  ChannelNotFoundException: AWS_CLIENT,
  CloudTrailARNInvalidException: AWS_CLIENT,
  EventDataStoreARNInvalidException: AWS_CLIENT,
  EventDataStoreNotFoundException: AWS_CLIENT,
  InsufficientEncryptionPolicyException: AWS_CLIENT,
  InsufficientS3BucketPolicyException: AWS_CLIENT,
  InsufficientSnsTopicPolicyException: AWS_CLIENT,
  InvalidCloudWatchLogsLogGroupArnException: AWS_CLIENT,
  InvalidEventCategoryException: AWS_CLIENT,
  InvalidEventSelectorsException: AWS_CLIENT,
  InvalidHomeRegionException: AWS_CLIENT,
  InvalidKmsKeyIdException: AWS_CLIENT,
  InvalidLookupAttributesException: AWS_CLIENT,
  InvalidNextTokenException: AWS_CLIENT,
  InvalidParameterCombinationException: AWS_CLIENT,
  InvalidParameterException: AWS_CLIENT,
  InvalidS3BucketNameException: AWS_CLIENT,
  InvalidS3PrefixException: AWS_CLIENT,
  InvalidSourceException: AWS_CLIENT,
  InvalidTagParameterException: AWS_CLIENT,
  InvalidTimeRangeException: AWS_CLIENT,
  InvalidTokenException: AWS_CLIENT,
  InvalidTrailNameException: AWS_CLIENT,
  KmsException: AWS_CLIENT,
  KmsKeyNotFoundException: AWS_CLIENT,
  MaximumNumberOfTrailsExceededException: AWS_CLIENT,
  OrganizationsNotInUseException: AWS_CLIENT,
  ResourceNotFoundException: AWS_CLIENT,
  S3BucketDoesNotExistException: AWS_CLIENT,
  TagsLimitExceededException: AWS_CLIENT,
  TrailAlreadyExistsException: AWS_CLIENT,
  TrailNotFoundException: AWS_CLIENT,
  // AWS CloudTrail Data
  ChannelInsufficientPermission: AWS_CLIENT,
  ChannelNotFound: AWS_CLIENT,
  DuplicatedAuditEventId: AWS_CLIENT,
  InvalidChannelARN: AWS_CLIENT,
  // AWS, every JSON service
  AccessDeniedException: AWS_CLIENT,
  ExpiredTokenException: AWS_CLIENT,
  IncompleteSignatureException: AWS_CLIENT,
  InvalidSignatureException: AWS_CLIENT,
  MissingAuthenticationTokenException: AWS_CLIENT,
  SerializationException: AWS_CLIENT,
  SignatureDoesNotMatch: AWS_CLIENT,
  ThrottlingException: AWS_SERVER,
  UnknownOperationException: AWS_CLIENT,
  UnrecognizedClientException: AWS_CLIENT,
  ValidationException: AWS_CLIENT,
  // ours: using the library
  Closed: CLIENT,
  ConfigInvalid: CLIENT,
  InputInvalid: CLIENT,
  InputTooLarge: CLIENT,
  InputTooSlow: CLIENT,
  KeyReleased: CLIENT,
  SeedDiffers: CLIENT,
  TrailNotLogging: CLIENT,
  // ours: stored or received bytes
  GzipDamaged: INTEGRITY,
  ObjectDamaged: INTEGRITY,
  OutputTooLarge: INTEGRITY,
  ProofInvalid: INTEGRITY,
  StoreDamaged: INTEGRITY,
  // ours: the machine
  EngineUnavailable: BROKEN,
  RootKeyUnusable: BROKEN,
  StoreFailed: BROKEN,
  StoreInUse: BROKEN,
  TargetFailed: BROKEN,
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

/** A SealtrailError on its way between threads: plain data, made for structured clone. Its cause stays behind. */
export type Fault = Pick<SealtrailError, 'code' | 'message' | 'detail'>

export function faultOf({ code, message, detail }: SealtrailError): Fault {
  return { code, message, detail }
}

export function errorOf({ code, message, detail }: Fault): SealtrailError {
  return new SealtrailError(code, message, detail)
}

/** True for a SealtrailError, of `code` when one is given. */
export function isSealtrailError(error: unknown, code?: FaultCode): error is SealtrailError {
  return error instanceof SealtrailError && (code === undefined || error.code === code)
}

/** True when the caller of an AWS API is told `error` by its code. */
export function isTold(error: unknown): boolean {
  return error instanceof SealtrailError && FAULTS[error.code].isAws
}
