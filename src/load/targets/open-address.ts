/**
 * A target at the other end of a network: a sealtrail server, or any endpoint that speaks AWS's protocols.
 *
 * @module
 */
import type { Clock } from '../../clock.js'
import { bucketArn } from '../../s3/buckets/bucket.js'
import { Access } from '../../upstream/client/access.js'
import type { TargetAddress } from './address.js'
import { type Service, ServiceCaller } from './endpoint/caller.js'
import { auditEventPut, kmsCalls } from './endpoint/json-calls.js'
import { logCalls, logsBelow, objectCalls } from './endpoint/s3-calls.js'
import { KmsRecords } from './records.js'
import type { Services } from './resources.js'
import type { Target } from './target.js'

type Place = Pick<
  TargetAddress,
  'kms' | 's3' | 'cloudtrail' | 'cloudtrailData' | 'region' | 'access'
>

/** @param client number of the process that sends: what it puts has a prefix of its own */
export function openAddress(
  address: TargetAddress,
  client: number,
  connections: number,
  clock: Clock,
): Target {
  const { kms, s3, cloudtrail, cloudtrailData } = openServices(address, connections, clock)
  const { account, bucket, keyId, signingKeys, prefix, access, dataDir, region } = address
  const { channelArn, eventLogs } = address
  const records = dataDir === undefined ? undefined : new KmsRecords(dataDir, access.accessKeyId)
  const acknowledged = records && ((id: string) => records.acknowledged(id))
  const below = `${prefix}${client}/`
  const calls = objectCalls(s3, { bucket, keyId, prefix: below })
  const arnOf = (key: string) => `${bucketArn({ name: bucket, region })}/${below}${key}`
  const objects = records?.noting(calls, arnOf) ?? calls
  const logsOf = (day: string) => {
    if (eventLogs === undefined) return undefined
    const prefix = `${eventLogs.prefix}${day.replaceAll('-', '/')}/`
    return logsBelow(objectCalls(s3, { bucket: eventLogs.bucket, keyId, prefix }), '')
  }
  return {
    ...{ keyId, signingKeys, account, kms: kmsCalls(kms, acknowledged) },
    ...{ objects, logs: logCalls(objects) },
    auditEvents: { put: auditEventPut(cloudtrailData, channelArn), logsOf },
    records,
    async close() {
      for (const service of [kms, s3, cloudtrail, cloudtrailData]) await service.close()
    },
  }
}

export function openServices(
  { access: parts, region, ...origins }: Place,
  connections: number,
  clock: Clock,
): Services & { readonly cloudtrailData: ServiceCaller } {
  const access = new Access(parts, 'the access key of the target')
  const open = (name: Service['name'], origin: string) =>
    new ServiceCaller({ name, origin, region, access, connections, clock })
  return {
    kms: open('kms', origins.kms),
    s3: open('s3', origins.s3),
    cloudtrail: open('cloudtrail', origins.cloudtrail),
    cloudtrailData: open('cloudtrail-data', origins.cloudtrailData),
  }
}
