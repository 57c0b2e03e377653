/**
 * AWS CloudTrail: AWS JSON 1.1, under the long name that its API model has, or the short one of other clients.
 *
 * @module
 */
import type { AwsService } from '../../service/service.js'
import { awsJson } from '../protocols/aws-json.js'
import type { Door } from './door.js'
import { serviceDoor } from './service-door.js'

const TARGETS = ['com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101', 'CloudTrail_20131101']

export function cloudtrailDoor(trail: AwsService): Door {
  return serviceDoor(trail, awsJson(TARGETS, 'InternalFailure'))
}
