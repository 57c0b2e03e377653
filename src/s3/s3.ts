/**
 * S3 as a service: buckets, and the sealed objects in them.
 *
 * What operations do is in operations/; the wire form (REST, XML) is in http/. Source: Amazon S3 API reference.
 *
 * @module
 */
import { Service, type ServiceTable } from '../service/service.js'
import { S3_API } from './model.js'
import { OPERATIONS } from './operations.js'
import type { S3Parts } from './parts.js'

const TABLE: ServiceTable<S3Parts> = {
  api: S3_API,
  eventSource: 's3.amazonaws.com',
  internalFault: 'InternalError',
  operations: OPERATIONS,
}

export function createS3(parts: S3Parts): Service<S3Parts> {
  return new Service(TABLE, parts)
}
