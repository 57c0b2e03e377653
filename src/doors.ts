/**
 * The services of a house, each behind its door: which request is whose.
 *
 * @module
 */
import { cloudtrailDoor } from './http/doors/cloudtrail.js'
import { cloudtrailDataDoor } from './http/doors/cloudtrail-data.js'
import type { Door } from './http/doors/door.js'
import { iamDoor } from './http/doors/iam.js'
import { kmsDoor } from './http/doors/kms.js'
import { type ServedS3, s3Door } from './http/doors/s3.js'
import { stsDoor } from './http/doors/sts.js'
import { xksDoor } from './http/doors/xks.js'
import type { AwsService } from './service/service.js'

export interface Services {
  readonly kms: AwsService & { readonly keyManager: Parameters<typeof xksDoor>[0] }
  readonly iam: AwsService
  readonly sts: AwsService
  readonly s3: ServedS3
  readonly cloudtrail: AwsService & { readonly data: AwsService }
}

/** Below these names, buckets have theirs: `logs.localhost`; AWS's own are known. */
const S3_HOSTS = ['localhost']

export function doorsOf({ kms, iam, sts, s3, cloudtrail }: Services): readonly Door[] {
  return [
    ...[
      kmsDoor(kms),
      iamDoor(iam),
      cloudtrailDoor(cloudtrail),
      cloudtrailDataDoor(cloudtrail.data),
    ],
    ...[xksDoor(kms.keyManager), s3Door(s3, S3_HOSTS), stsDoor(sts)],
  ]
}
