/**
 * What a record says of the use of KMS keys: which, for what, by whom, and whether that is charged.
 *
 * Only calls that went well count, and only those that use a key's material. What CloudTrail uses for its own writes is
 * free to the user, as with AWS; what readers of log files use is charged. Source: AWS KMS API reference, GetKeyLastUsage
 * (the operations that are tracked); AWS CloudTrail user guide, "Encrypting CloudTrail log files with AWS KMS keys", costs.
 *
 * @module
 */
const CLOUDTRAIL = 'cloudtrail.amazonaws.com'
const KMS = 'kms.amazonaws.com'

const OPERATIONS: ReadonlySet<string> = new Set([
  ...['Decrypt', 'DeriveSharedSecret', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyPair'],
  ...['GenerateDataKeyPairWithoutPlaintext', 'GenerateDataKeyWithoutPlaintext', 'GenerateMac'],
  ...['ReEncrypt', 'Sign', 'Verify', 'VerifyMac'],
])

/** What is asked of a record here. */
export interface RecordedCall {
  readonly eventTime: string
  readonly eventName: string
  readonly eventSource: string
  readonly errorCode?: string
  readonly eventID: string
  readonly requestID: string
  readonly recipientAccountId: string
  readonly userIdentity: {
    readonly arn?: string
    readonly principalId?: string
    readonly invokedBy?: string
    readonly type: string
  }
  readonly resources?: ReadonlyArray<{ readonly ARN: string; readonly type: string }>
}

/** What parts a record (record.ts) into what calls have in common and what is each call's own, for store/journal/alike.ts. */
export const ALIKE_CALLS = { before: '"requestParameters":', from: '"readOnly":' } as const

export interface RecordedUse {
  readonly operation: string
  /** ARNs. Of a use across accounts there are two records. */
  readonly keys: readonly string[]
  /** ARN, or the name of a service; of another account's record no more is known than who it is to AWS. */
  readonly principal: string
  readonly isFree: boolean
}

/** Undefined when the call used no key. */
export function useIn(call: RecordedCall): RecordedUse | undefined {
  const { eventSource, eventName: operation, errorCode } = call
  if (eventSource !== KMS || errorCode !== undefined || !OPERATIONS.has(operation)) return undefined
  const principal = principalOf(call)
  return { operation, keys: keysIn(call), principal, isFree: principal === CLOUDTRAIL }
}

/** ARNs of the keys that KMS deleted with it. */
export function deletedIn(call: RecordedCall): readonly string[] {
  return call.eventSource === KMS && call.eventName === 'DeleteKey' ? keysIn(call) : []
}

function keysIn({ resources = [] }: RecordedCall): string[] {
  return resources.filter(({ type }) => type === 'AWS::KMS::Key').map(({ ARN }) => ARN)
}

function principalOf({ userIdentity }: RecordedCall): string {
  const { type, arn, principalId, invokedBy } = userIdentity
  if (type === 'AWSService') return invokedBy ?? type
  return arn ?? principalId ?? type
}
