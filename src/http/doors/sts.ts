/**
 * AWS STS: the query protocol. It takes what of that is for nobody else, so it comes last.
 *
 * @module
 */
import type { AwsService } from '../../service/service.js'
import { awsQuery } from '../protocols/aws-query.js'
import type { Door } from './door.js'
import { serviceDoor } from './service-door.js'

export function stsDoor(sts: AwsService): Door {
  return serviceDoor(sts, awsQuery(sts.api, 'InternalFailure'))
}
