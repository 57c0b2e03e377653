/**
 * What S3 says where the other services say that a signature is invalid or incomplete.
 *
 * sigv4/ has the words of the other services, of which S3 has a code and words of its own for each reason. Source:
 * Amazon S3 API reference, "Error responses".
 *
 * @module
 */
import type { FaultCode } from '../../../errors.js'
import type { Received } from '../../received.js'
import type { Fault } from '../faults.js'

interface Reason {
  /** How the sentence begins or ends that sigv4/ says. */
  readonly says: RegExp
  readonly status: number
  readonly name: string
  /** S3's own; the sentence itself unless there is one. */
  readonly message?: string
}

const EXPIRED = { status: 403, name: 'AccessDenied', message: 'Request has expired' }
const REASONS: readonly Reason[] = [
  {
    says: /^Signature (expired|not yet current)/,
    status: 403,
    name: 'RequestTimeTooSkewed',
    message: 'The difference between the request time and the current time is too large.',
  },
  {
    says: /must be a 'SignedHeader'/,
    status: 403,
    name: 'AccessDenied',
    message: 'There were headers present in the request which were not signed',
  },
  {
    says: /^Found both/,
    status: 400,
    name: 'InvalidArgument',
    message:
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
  },
  {
    says: /^'x-amz-content-sha256' is not/,
    status: 400,
    name: 'XAmzContentSHA256Mismatch',
    message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
  },
  {
    says: /^'x-amz-content-sha256' must be/,
    status: 400,
    name: 'InvalidRequest',
    message: 'Missing required header for this request: x-amz-content-sha256',
  },
]
/** How a sentence of sigv4/ begins that is about the scope, and what S3 says. */
const SCOPES: ReadonlyArray<readonly [says: RegExp, ofS3: string]> = [
  [
    /^Credential should be scoped to a valid region, not '([^']*)'/,
    "the region '$1' is wrong; expecting 'us-east-1'",
  ],
  [
    /^Credential should be scoped to correct service: '([^']*)'/,
    'incorrect service. This endpoint belongs to "$1".',
  ],
  [
    /^Credential should be scoped with a valid terminator: '([^']*)', not '([^']*)'/,
    'incorrect terminator "$2". This endpoint uses "$1".',
  ],
  [
    /^Date in Credential scope .*?: '([^']*)' != '[^']*', from '([^']*)'/,
    'Invalid credential date "$1". This date is not the same as X-Amz-Date: "$2".',
  ],
]
const IN_HEADER = {
  name: 'AuthorizationHeaderMalformed',
  begins: 'The authorization header is malformed; ',
}
const IN_QUERY = {
  name: 'AuthorizationQueryParametersError',
  begins: 'Error parsing the X-Amz-Credential parameter; ',
}
const MISMATCH: Fault = {
  status: 403,
  name: 'SignatureDoesNotMatch',
  message:
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
}
const OVERRIDES: Fault = {
  status: 400,
  name: 'InvalidRequest',
  message: 'Request specific response headers cannot be used for anonymous GET requests.',
}
const OTHER_MECHANISM: Fault = {
  status: 400,
  name: 'InvalidRequest',
  message:
    'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
}

/** Undefined for a failure that is none of a signature. */
export function signatureFault(
  code: FaultCode,
  message: string,
  { headers, query }: Pick<Received, 'headers' | 'query'>,
): Fault | undefined {
  // Or signed in a form.
  const isPresigned = !headers.has('authorization')
  const place = isPresigned ? IN_QUERY : IN_HEADER
  switch (code) {
    case 'MissingAuthenticationTokenException':
      if (headers.has('authorization')) return OTHER_MECHANISM
      if (/(?:^|&)response-/.test(query)) return OVERRIDES
      return { status: 403, name: 'AccessDenied', message: 'Access Denied' }
    case 'IncompleteSignatureException':
      return { status: 400, name: place.name, message }
    case 'InvalidSignatureException': {
      if (isPresigned && message.startsWith('Signature expired')) return EXPIRED
      for (const [says, ofS3] of SCOPES) {
        const match = says.exec(message)
        if (match === null) continue
        const why = match[0].replace(says, ofS3)
        return { status: 400, name: place.name, message: place.begins + why }
      }
      const reason = REASONS.find(({ says }) => says.test(message))
      if (reason === undefined) return MISMATCH
      return { status: reason.status, name: reason.name, message: reason.message ?? message }
    }
    default:
      return undefined
  }
}
