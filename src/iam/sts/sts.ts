/**
 * The Security Token Service: who am I, and temporary credentials for who may have them.
 *
 * What temporary credentials are is in session.ts, how they are found again in sessions.ts. The wire form (query
 * protocol, XML or JSON) is in http/. Source: AWS STS API reference.
 *
 * @module
 */
import { type AwsService, Service, type ServiceTable } from '../../service/service.js'
import { STS_API } from './model.js'
import { assumeRole } from './operations/assume-role.js'
import { getCallerIdentity } from './operations/get-caller-identity.js'
import { getFederationToken } from './operations/get-federation-token.js'
import { getSessionToken } from './operations/get-session-token.js'
import type { StsParts } from './parts.js'

const TABLE: ServiceTable<StsParts> = {
  api: STS_API,
  eventSource: 'sts.amazonaws.com',
  internalFault: 'InternalFailure',
  records: { hidesDenied: true },
  operations: {
    AssumeRole: { run: assumeRole, isReadOnly: true, isAnswerShown: true },
    GetCallerIdentity: { run: getCallerIdentity, isReadOnly: true },
    GetFederationToken: { run: getFederationToken, isReadOnly: true, isAnswerShown: true },
    GetSessionToken: { run: getSessionToken, isReadOnly: true, isAnswerShown: true },
  },
}

export function createSts(parts: StsParts): AwsService {
  return new Service(TABLE, parts)
}
