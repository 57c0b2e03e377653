/**
 * AWS KMS: AWS JSON 1.1.
 *
 * @module
 */
import type { AwsService } from '../../service/service.js'
import { awsJson } from '../protocols/aws-json.js'
import type { Door } from './door.js'
import { serviceDoor } from './service-door.js'

export function kmsDoor(kms: AwsService): Door {
  return serviceDoor(kms, awsJson(['TrentService'], 'KMSInternalException'))
}
