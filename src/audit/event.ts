/**
 * What a room says about one API call, for the record that is made of it.
 *
 * Everything in here is written down for people to read: no plaintext, no ciphertext, no signature, no
 * secret. Bytes have no type in {@link AuditValue}, so that key material cannot slip in. How the record
 * is encoded is in record.ts. Source: docs/FORMAT.md §7.
 *
 * @module
 */
import type { Identity } from './identity.js'

/** JSON, and nothing else: no bytes, no dates. Members that are undefined are left out. */
export type AuditValue =
  | string
  | number
  | boolean
  | null
  | readonly AuditValue[]
  | { readonly [name: string]: AuditValue | undefined }

export type AuditObject = { readonly [name: string]: AuditValue | undefined }

/** A thing that the call used, such as a KMS key. */
export interface AuditResource {
  /** Whose it is; of an object of S3, its bucket says that. */
  readonly accountId?: string
  /** Such as `AWS::KMS::Key`. */
  readonly type: string
  readonly arn: string
  /** It is all that begins with `arn`, such as the objects of a bucket that were listed. */
  readonly isPrefix?: true
}

export interface TlsDetails {
  /** Such as `TLSv1.3`. */
  readonly tlsVersion: string
  readonly cipherSuite: string
  readonly clientProvidedHostHeader?: string
}

export interface AuditEvent {
  /** A UUID. Two records never share one; ids that grow with time (event-id.ts) are stored fastest. */
  readonly eventId: string
  /** Milliseconds since the epoch. */
  readonly eventTime: number
  /** Such as `kms.amazonaws.com`. */
  readonly eventSource: string
  /** The operation, such as `GenerateDataKey`. */
  readonly eventName: string
  /** The account that the record belongs to: CloudTrail's recipientAccountId. */
  readonly account: string
  readonly region: string
  readonly identity: Identity
  readonly sourceIpAddress: string
  readonly userAgent: string
  /** The UUID that the caller sees as x-amzn-RequestId; undefined when a service acts by itself. */
  readonly requestId?: string
  readonly readOnly: boolean
  /** Member names in CloudTrail's lowerCamelCase; null when the operation takes none. */
  readonly requestParameters: AuditObject | null
  /** null unless the operation makes a change. */
  readonly responseElements: AuditObject | null
  readonly additionalEventData?: AuditObject | undefined
  /** Empty for an operation on no key in particular; undefined when a key was named and not found. */
  readonly resources?: readonly AuditResource[] | undefined
  /** Why the call failed, as the caller was told. */
  readonly error?: { readonly code: string; readonly message?: string } | undefined
  /** CloudTrail's data events, such as PutObject; a management event unless said. */
  readonly isDataEvent?: boolean
  /** What the service did on the way, rather than what it was called for. */
  readonly isServiceEvent?: boolean
  /** The same UUID in the records that one call leaves in several accounts. */
  readonly sharedEventId?: string | undefined
  readonly tls?: TlsDetails | undefined
  /** What the service says of its own event. */
  readonly serviceEventDetails?: AuditObject | undefined
}
