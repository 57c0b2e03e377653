/**
 * A house opened in this process for a run: the whole of it, or what seals log files into a directory.
 *
 * @module
 */
import { join, resolve } from 'node:path'
import { bucketArn } from '../../s3/buckets/bucket.js'
import { openSealtrail, type Sealtrail } from '../../sealtrail.js'
import { accountRoot } from '../../service/caller.js'
import type { DirectoryTarget, EmbeddedTarget, Scenario } from '../scenario/scenario.js'
import { directoryLogCalls, houseKmsCalls, houseObjectCalls, trailLogCalls } from './house.js'
import { placeOf, runName } from './place.js'
import type { Prepared } from './prepared.js'
import { KmsRecords } from './records.js'
import { signingSpecs } from './resources.js'
import type { Target } from './target.js'

/** Of an access key that nobody has: KMS calls of this run are told from others by it. */
const RUN_KEY = 'SEALTRAILLOAD'
const TRAIL = 'load'
/** A bucket that is not there: a trail must take something. */
const NOWHERE = 'arn:aws:s3:::sealtrail-load-nowhere'

/** @throws SealtrailError as openSealtrail does */
export async function prepareEmbedded(
  { dataDir }: EmbeddedTarget,
  scenario: Scenario,
): Promise<Prepared> {
  return await prepareHouse(dataDir, (house, dir) => embeddedTarget(house, dir, scenario))
}

/** @throws SealtrailError as openSealtrail does */
export async function prepareDirectory({ path }: DirectoryTarget): Promise<Prepared> {
  const folder = resolve(path)
  return await prepareHouse(join(folder, 'data'), (house) => directoryTarget(house, folder))
}

async function prepareHouse(
  dataDir: string | undefined,
  open: (house: Sealtrail, dataDir: string) => Promise<Omit<Target, 'close'>>,
): Promise<Prepared> {
  const place = await placeOf(dataDir)
  const { remove } = place
  try {
    const house = await openSealtrail({ dataDir: place.dataDir, s3SseC: 'allow' })
    const close = async () => {
      await house.close()
      await remove()
    }
    const opened = await open(house, place.dataDir).catch(async (error: unknown) => {
      await close()
      throw error
    })
    return {
      ...{ target: { ...opened, close: async () => undefined }, address: undefined, close },
      ...{ pid: process.pid, engine: enginesOf(house), syncs: () => house.syncs() },
      notes: place.notes,
    }
  } catch (error) {
    await remove()
    throw error
  }
}

async function embeddedTarget(
  house: Sealtrail,
  dataDir: string,
  { work }: Scenario,
): Promise<Omit<Target, 'close'>> {
  const { KeyMetadata } = await house.kms.createKey({ Description: 'sealtrail load' })
  const keyId = KeyMetadata.Arn
  const signingKeys: Record<string, string> = {}
  for (const KeySpec of signingSpecs(work)) {
    const made = await house.kms.createKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' })
    signingKeys[KeySpec] = made.KeyMetadata.Arn
  }
  const bucket = `sealtrail-load-${runName()}`
  await house.s3.createBucket({ Bucket: bucket })
  const hasLogs = work.some(({ kind }) => kind.startsWith('logs.'))
  if (hasLogs) await startTrail(house, bucket)
  const { account, region } = house.caller
  const accessKeyId = `${RUN_KEY}${runName()}`
  const caller = house.as(accountRoot(account, region, accessKeyId))
  const records = new KmsRecords(dataDir, accessKeyId)
  const arnOf = (key: string) => `${bucketArn({ name: bucket, region })}/${key}`
  const kms = records.counting(houseKmsCalls(caller))
  return {
    ...{ keyId, signingKeys, account, kms, records, auditEvents: undefined },
    objects: records.noting(houseObjectCalls(caller, bucket, keyId), arnOf),
    logs: hasLogs ? trailLogCalls(house, TRAIL, bucket) : undefined,
  }
}

async function startTrail(house: Sealtrail, bucket: string): Promise<void> {
  const { s3, kms, cloudtrail, caller } = house
  const { bucketPolicy, keyPolicy } = cloudtrail.trailPolicies(TRAIL, bucket)
  const { KeyMetadata } = await kms.createKey({ Policy: JSON.stringify(keyPolicy) })
  // Events of a log that is replayed are of other accounts.
  const policy = JSON.stringify(bucketPolicy).replace(`AWSLogs/${caller.account}/*`, 'AWSLogs/*')
  await s3.putBucketPolicy({ Bucket: bucket, Policy: policy })
  const known = await cloudtrail.describeTrails({ trailNameList: [TRAIL] })
  const settings = { Name: TRAIL, S3BucketName: bucket, KmsKeyId: KeyMetadata.Arn }
  const isThere = ((known as { trailList?: readonly object[] }).trailList ?? []).length > 0
  await (isThere ? cloudtrail.updateTrail(settings) : cloudtrail.createTrail(settings))
  // Else it delivers what the run itself does, every five minutes: log files with events that nobody gave.
  const DataResources = [{ Type: 'AWS::S3::Object', Values: [`${NOWHERE}/`] }]
  const none = { ReadWriteType: 'All', IncludeManagementEvents: false, DataResources } as const
  await cloudtrail.putEventSelectors({ TrailName: TRAIL, EventSelectors: [none] })
  await cloudtrail.startLogging({ Name: TRAIL })
}

async function directoryTarget(house: Sealtrail, folder: string): Promise<Omit<Target, 'close'>> {
  const { KeyMetadata } = await house.kms.createKey({ Description: 'sealtrail load' })
  const keyId = KeyMetadata.Arn
  const logs = directoryLogCalls(house, join(folder, runName()), keyId)
  return {
    ...{ keyId, signingKeys: {}, account: house.caller.account, logs },
    ...{ kms: undefined, objects: undefined },
    ...{ auditEvents: undefined, records: undefined },
  }
}

function enginesOf({ engines: { small, bulk } }: Sealtrail): string {
  return small === bulk ? small.name : `${small.name}, ${bulk.name}`
}
