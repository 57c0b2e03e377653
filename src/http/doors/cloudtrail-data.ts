/**
 * AWS CloudTrail Data: REST with JSON, told by its path, which is no bucket's name.
 *
 * @module
 */
import type { AwsService } from '../../service/service.js'
import { restJson } from '../protocols/rest-json.js'
import type { Door } from './door.js'
import { serviceDoor } from './service-door.js'

/** AWS takes 1 MB of events, each a text in JSON, where every quote is two characters. */
const BODY_BYTES_MAX = 2 * 1024 * 1024

export function cloudtrailDataDoor(data: AwsService): Door {
  const protocol = restJson(data.api, 'InternalFailure')
  const door = serviceDoor(data, protocol)
  return { ...door, takes: (request) => protocol.speaks(request), bodyBytesMax: BODY_BYTES_MAX }
}
