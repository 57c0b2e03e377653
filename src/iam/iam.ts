/**
 * IAM as a service: users, roles, access keys and policies, managed by whoever may.
 *
 * What is kept is in principals/, what operations do in operations/. The wire form (query protocol, XML or JSON) is in
 * http/. Source: IAM API reference.
 *
 * @module
 */
import { Service, type ServiceTable } from '../service/service.js'
import { IAM_API } from './model.js'
import { OPERATIONS } from './operations.js'
import type { Parts } from './parts.js'

const TABLE: ServiceTable<Parts> = {
  api: IAM_API,
  eventSource: 'iam.amazonaws.com',
  internalFault: 'ServiceFailureException',
  isGlobal: true,
  records: { hasPlainDates: true },
  operations: OPERATIONS,
}

export function createIam(parts: Parts): Service<Parts> {
  return new Service(TABLE, parts)
}
