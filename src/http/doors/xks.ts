/**
 * The proxy of an external key store: a KMS elsewhere uses keys of this house as its external keys.
 *
 *     POST <prefix>/kms/xks/v1/health
 *     POST <prefix>/kms/xks/v1/keys/<key id>/metadata | encrypt | decrypt
 *
 * Signed for `kms-xks-proxy`; any prefix, which means nothing: a KMS wants another path for each of its key stores. JSON in
 * and out, failures with an `errorName` of the specification's. What is done is kms/proxy/. Source: External Key Store
 * Proxy API Specification, "API operations", "Error codes".
 *
 * @module
 */
import { JSON_VALUES, writeJson } from '../../aws/forms/json.js'
import { take } from '../../aws/take.js'
import type { FaultCode } from '../../errors.js'
import { SealtrailError } from '../../errors.js'
import type { KeyManager } from '../../kms/proxy/key-manager.js'
import type { XksOperation } from '../../kms/proxy/model.js'
import { credentialOf } from '../../sigv4/claim.js'
import { type FaultTable, faultOf, textAnswer } from '../protocols/faults.js'
import { parseJson } from '../protocols/json-text.js'
import type { Answer, Received } from '../received.js'
import type { Door } from './door.js'
import { contextOf } from './service-door.js'

const TYPE = 'application/json'
const PATH =
  /^(?:\/[\w/-]*)?\/kms\/xks\/v1\/(?:health|keys\/([\w.-]{1,128})\/(metadata|encrypt|decrypt))$/
const OPERATIONS: Readonly<Record<string, XksOperation>> = {
  metadata: 'GetKeyMetadata',
  encrypt: 'Encrypt',
  decrypt: 'Decrypt',
}
/** The longest that the specification has: 4,300 bytes of plaintext, 8,192 that are authenticated, six ARNs. */
const BODY_BYTES_MAX = 64 * 1024
const SIGNING = { pathEncoding: 'twice', unsignedPayload: false, lifeSecondsMax: 300 } as const

const AUTHENTICATION = { status: 401, name: 'AuthenticationFailedException' } as const
const INVALID_STATE = { status: 400, name: 'InvalidStateException' } as const
const VALIDATION = { status: 400, name: 'ValidationException' } as const
const TOO_LONG = { status: 501, name: 'UnsupportedOperationException' } as const
const LATER = { status: 503, name: 'DependencyTimeoutException' } as const

/** What the specification calls what KMS calls otherwise. */
const NAMES: FaultTable = {
  AccessDeniedException: { status: 403 },
  Closed: LATER,
  DisabledException: INVALID_STATE,
  ExpiredTokenException: AUTHENTICATION,
  IncompleteSignatureException: AUTHENTICATION,
  InputTooLarge: TOO_LONG,
  InputTooSlow: LATER,
  InvalidSignatureException: AUTHENTICATION,
  KMSInvalidStateException: INVALID_STATE,
  MissingAuthenticationTokenException: AUTHENTICATION,
  NotFoundException: { status: 404, name: 'KeyNotFoundException' },
  SerializationException: VALIDATION,
  ThrottlingException: { status: 429 },
  UnknownOperationException: { status: 404, name: 'InvalidUriPathException' },
  UnrecognizedClientException: AUTHENTICATION,
  UnsupportedOperationException: { status: 501 },
}
const INTERNAL = 'InternalException'
/** Every name that may stand in an answer. */
const TOLD: ReadonlySet<string> = new Set<FaultCode | string>([
  ...['ValidationException', 'InvalidStateException', 'InvalidCiphertextException'],
  ...['InvalidKeyUsageException', 'AuthenticationFailedException', 'AccessDeniedException'],
  ...['KeyNotFoundException', 'InvalidUriPathException', 'ThrottlingException'],
  ...['UnsupportedOperationException', 'DependencyTimeoutException', INTERNAL],
])
const MESSAGE_CHARACTERS_MAX = 511

export function xksDoor(manager: KeyManager): Door {
  return {
    takes: isForProxy,
    rules: { ...SIGNING, service: manager.api.name },
    body: 'whole',
    bodyBytesMax: BODY_BYTES_MAX,
    operationOf: (request) => asked(request)?.operation ?? '',
    fault,
    async answer(request, body, caller) {
      if (request.method !== 'POST') return notAllowed()
      const { operation, keyId } = asked(request) ?? nowhere()
      const output = await manager.call(
        operation,
        keyId,
        ({ input }) => take(input, parseJson(body), JSON_VALUES),
        contextOf(request, caller),
      )
      try {
        const answer = writeJson(manager.api.operation(operation)!.output!, output)
        const whole = { status: 200, headers: ['Content-Type', TYPE], body: answer }
        return typeof answer === 'string' ? whole : { ...whole, isSecret: true }
      } finally {
        const { plaintext } = output as { readonly plaintext?: Uint8Array }
        plaintext?.fill(0)
      }
    },
  }
}

/** Form only. Who signs for another service means that one; who signs for none may mean us. */
function isForProxy(request: Received): boolean {
  const authorization = request.headers.get('authorization')
  if (authorization?.startsWith('AWS4-') === true) {
    return credentialOf(authorization).split('/')[3] === 'kms-xks-proxy'
  }
  if (request.method === 'OPTIONS' || request.query !== '') return false
  return !request.headers.has('x-amz-target') && PATH.test(request.path)
}

function asked({ path, query }: Received) {
  const found = query === '' ? PATH.exec(path) : null
  if (found === null) return undefined
  const [, keyId = '', operation] = found
  return {
    keyId,
    operation: operation === undefined ? ('GetHealthStatus' as const) : OPERATIONS[operation]!,
  }
}

function nowhere(): never {
  throw new SealtrailError('UnknownOperationException', 'The URI path is not valid.')
}

function fault(error: unknown, request: Received): Answer {
  // Whoever asks so need not have signed.
  if (request.method !== 'POST') return notAllowed()
  const told = faultOf(error, NAMES, INTERNAL)
  const isKnown = TOLD.has(told.name)
  const status = isKnown ? told.status : 500
  const errorMessage = told.message.replace(/[^ -~]/g, '?').slice(0, MESSAGE_CHARACTERS_MAX)
  return textAnswer(
    status,
    TYPE,
    JSON.stringify({
      errorName: isKnown ? told.name : INTERNAL,
      ...(errorMessage !== '' && isKnown ? { errorMessage } : {}),
    }),
  )
}

function notAllowed(): Answer {
  const errorMessage = 'Every request is a POST.'
  const answer = textAnswer(
    405,
    TYPE,
    JSON.stringify({ errorName: 'UnsupportedOperationException', errorMessage }),
  )
  return { ...answer, headers: [...answer.headers, 'Allow', 'POST'] }
}
