/**
 * AWS IAM: the query protocol, as STS has it. Its requests are told by the service that they are signed for, or by
 * the API's version where nothing is signed.
 *
 * @module
 */
import type { AwsService } from '../../service/service.js'
import { credentialOf } from '../../sigv4/claim.js'
import { unrecognized } from '../../sigv4/verify-signature.js'
import { awsQuery } from '../protocols/aws-query.js'
import type { Received } from '../received.js'
import type { Door } from './door.js'
import { serviceDoor } from './service-door.js'

const PRESIGNED = /(?:^|&)X-Amz-Credential=[^&]*(?:%2F|\/)iam(?:%2F|\/)/i

export function iamDoor(iam: AwsService): Door {
  const door = serviceDoor(iam, awsQuery(iam.api, 'ServiceFailure'))
  const versioned = new RegExp(`(?:^|&)Version=${iam.api.version}(?:&|$)`)
  return {
    ...door,
    takes: (request) => isForIam(request, versioned) && door.takes(request),
    async answer(request, body, caller, repeats) {
      // AWS takes the credentials of GetSessionToken for IAM only with MFA, which there is not.
      const { type, sessionContext } = caller.identity
      if (sessionContext !== undefined && type !== 'AssumedRole') throw unrecognized()
      return await door.answer(request, body, caller, repeats)
    },
  }
}

/** Form only: it is not yet believed, and nothing is thrown. */
function isForIam({ headers, query }: Received, versioned: RegExp): boolean {
  const authorization = headers.get('authorization')
  if (authorization !== undefined) return credentialOf(authorization).split('/')[3] === 'iam'
  return PRESIGNED.test(query) || versioned.test(query)
}
