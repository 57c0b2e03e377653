/**
 * The Security Token Service: who am I?
 *
 * One operation now; AssumeRole and its temporary credentials come with principals and policies. The wire form (query
 * protocol, XML or JSON) is in http/. Source: AWS STS API reference, GetCallerIdentity.
 *
 * @module
 */
import { globalArn } from '../aws/arn.js'
import { apiOf } from '../aws/model.js'
import { STS } from '../aws/models/sts.gen.js'
import type { Call, CallParts } from '../service/call.js'
import { type AwsService, Service, type ServiceTable } from '../service/service.js'

const TABLE: ServiceTable<CallParts> = {
  api: apiOf(STS),
  eventSource: 'sts.amazonaws.com',
  internalFault: 'InternalFailure',
  operations: { GetCallerIdentity: { run: getCallerIdentity, isReadOnly: true } },
}

export function createSts(parts: CallParts): AwsService {
  return new Service(TABLE, parts)
}

/** Whoever has credentials may ask, whatever policies say. */
async function getCallerIdentity(_parts: CallParts, call: Call) {
  const { account, region, identity } = call.caller
  call.needsNoPermission()
  await call.succeed()
  return {
    Arn: identity.arn ?? globalArn('iam', { account, region }, 'root'),
    UserId: identity.principalId ?? account,
    Account: account,
  }
}
