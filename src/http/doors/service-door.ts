/**
 * An AWS service behind a protocol: parsed once here, typed from here on.
 *
 * Bytes that have been written into an answer are wiped: they may be plaintext.
 *
 * @module
 */
import type { TlsDetails } from '../../audit/event.js'
import type { Caller } from '../../service/caller.js'
import type { CallContext } from '../../service/calls/call-context.js'
import type { AwsService } from '../../service/service.js'
import { SKEW_SECONDS } from '../../sigv4/claim.js'
import type { SigningRules } from '../../sigv4/verify-signature.js'
import type { Protocol } from '../protocols/protocol.js'
import type { Received, TlsFacts } from '../received.js'
import type { Door } from './door.js'

const USER_AGENT_CHARACTERS_MAX = 1024
/** As AWS's services but S3 have it: also a presigned request is good for as long as clocks may differ. */
const SIGNING = {
  pathEncoding: 'twice',
  unsignedPayload: false,
  lifeSecondsMax: SKEW_SECONDS,
} as const

export function serviceDoor(
  service: AwsService,
  protocol: Protocol,
  signing: Omit<SigningRules, 'service'> = SIGNING,
): Door {
  return {
    takes: (request) => request.path === '/' && protocol.speaks(request),
    rules: { ...signing, service: service.api.name },
    body: 'whole',
    operationOf: (request) => protocol.label(request),
    fault: (error, request) => protocol.fault(error, request),
    async answer(request, body, caller, repeats) {
      const { operation, read } = protocol.takeApart(request, body)
      const output = await service.call(operation, read, {
        ...contextOf(request, caller),
        repeats,
      })
      try {
        return protocol.write(service.api.operation(operation)!, output, request)
      } finally {
        wipeBytes(output)
      }
    },
  }
}

export function contextOf(request: Received, caller: Caller): CallContext {
  const { requestId, sourceIpAddress, headers, tls } = request
  const userAgent = headers.get('user-agent') ?? ''
  return {
    ...{ caller, requestId, sourceIpAddress },
    userAgent: userAgent.slice(0, USER_AGENT_CHARACTERS_MAX),
    ...(tls === undefined ? {} : { tls: tlsDetails(tls, headers.get('host')) }),
  }
}

function tlsDetails(facts: TlsFacts, host: string | undefined): TlsDetails {
  return host === undefined ? facts : { ...facts, clientProvidedHostHeader: host }
}

function wipeBytes(members: object): void {
  for (const value of Object.values(members)) if (value instanceof Uint8Array) value.fill(0)
}
