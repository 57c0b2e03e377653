/**
 * What is known of a call before it does anything: of this one, and of every call of its operation.
 *
 * @module
 */
import type { TlsDetails } from '../../audit/event.js'
import type { Operation } from '../../aws/model.js'
import type { Caller } from '../caller.js'
import type { ShownToOwner } from './as-other.js'
import type { Repeatable } from './repeatable.js'

/** What a door knows of a call, whatever its operation. */
export interface CallContext {
  readonly caller: Caller
  /** A UUID; the caller sees it as x-amzn-RequestId. */
  readonly requestId: string
  readonly sourceIpAddress: string
  readonly userAgent: string
  /** Undefined when the call came without TLS: what aws:SecureTransport asks. */
  readonly tls?: TlsDetails
  /** Undefined for a program's call. */
  readonly http?: HttpFacts
  /** Whoever wants to know that a call may be repeated. */
  readonly repeats?: ((call: Repeatable) => void) | undefined
}

/** What records and policies of S3 show of the request itself. */
export interface HttpFacts {
  /** The Host header. */
  readonly host: string
  readonly authType: 'REST-HEADER' | 'REST-QUERY-STRING' | 'POST'
  /** When it was signed, milliseconds since the epoch; of a presigned request. */
  readonly presignedAt?: number
  /** x-amz-content-sha256. */
  readonly contentSha256?: string
  /** What the caller sees as x-amz-request-id, which is what records show. */
  readonly requestId: string
  /** What the caller sees as x-amz-id-2. */
  readonly hostId: string
  /** What records show of how a presigned request is signed. */
  readonly presigned?: Readonly<Record<string, string>>
  /** Of the document in the body. */
  readonly documentBytes?: number
  /** What host and path name, whatever the rest of the input is; empty what they do not. */
  readonly address?: { readonly bucket: string; readonly key: string }
}

/** How a program's calls show in their records. */
export type CallSource = Pick<CallContext, 'sourceIpAddress' | 'userAgent'>

/** What is the same for every call of an operation. */
export interface CallFacts {
  /** Such as `kms.amazonaws.com`. */
  readonly eventSource: string
  /** What callers hear of when something went wrong in here, such as `KMSInternalException`. */
  readonly internalFault: string
  /** Its records are of one region, wherever the caller is. */
  readonly isGlobal: boolean
  readonly operation: Operation
  /** As records name it; the operation's name unless said. */
  readonly eventName?: string
  /** CloudTrail's readOnly. */
  readonly isReadOnly: boolean
  /** Records of success show the answer, though it changes nothing. */
  readonly isAnswerShown?: boolean
  /** CloudTrail's data events, such as PutObject: no record of them, unless somebody asked for it. */
  readonly isDataEvent?: boolean
  readonly records?: RecordHabits
}

/** What records of a service have otherwise than those of others, as CloudTrail shows them. */
export interface RecordHabits {
  /** `resources` is there also when there are none. */
  readonly hasEmptyResources?: true
  /** Dates have no comma behind the year. */
  readonly hasPlainDates?: true
  /** Who was denied has no parameters shown. */
  readonly hidesDenied?: true
  /** Of calls that may use what is of several owners. */
  readonly shownToOwner?: ShownToOwner
}
