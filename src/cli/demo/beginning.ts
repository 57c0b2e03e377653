/**
 * The story's beginning: a key, a bucket, a trail, and somebody who uses the key.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ALIAS, BUCKET, type Scene, showRecord, TRAIL } from './scene.js'

export async function makeKey({ house, teller, folder }: Scene): Promise<string> {
  const { bucketPolicy, keyPolicy } = house.cloudtrail.trailPolicies(TRAIL, BUCKET)
  const Policy = JSON.stringify(keyPolicy, null, 2)
  await writeFile(join(folder, 'key-policy.json'), Policy)
  await writeFile(join(folder, 'bucket-policy.json'), JSON.stringify(bucketPolicy, null, 2))
  await teller.say(
    'A trail needs a policy of its key, as AWS documents it; `sealtrail trail policy` prints both that it needs. key-policy.json:',
    Policy,
  )
  const answer = await teller.type({
    says: 'The key, by that policy:',
    command: [
      ...['aws', 'kms', 'create-key', '--policy', 'file://key-policy.json'],
      ...['--query', 'KeyMetadata.Arn', '--output', 'text'],
    ],
    without: async () => (await house.kms.createKey({ Policy })).KeyMetadata.Arn,
  })
  const keyArn = answer.trim()
  await teller.type({
    says: 'And a name for it:',
    command: [...['aws', 'kms', 'create-alias', '--alias-name', ALIAS, '--target-key-id', keyArn]],
    without: () => house.kms.createAlias({ AliasName: ALIAS, TargetKeyId: keyArn }),
  })
  return keyArn
}

export async function makeBucket({ house, teller }: Scene): Promise<void> {
  const { region } = house.caller
  const place =
    region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region } }
  await teller.type({
    says: 'The bucket:',
    command: ['aws', 's3', 'mb', `s3://${BUCKET}`],
    without: async () => {
      await house.s3.createBucket({ Bucket: BUCKET, ...(place as object) })
    },
  })
  const { bucketPolicy } = house.cloudtrail.trailPolicies(TRAIL, BUCKET)
  await teller.type({
    says: 'CloudTrail, for this trail alone, may put log files into it:',
    command: [
      ...['aws', 's3api', 'put-bucket-policy', '--bucket', BUCKET],
      ...['--policy', 'file://bucket-policy.json'],
    ],
    without: async () => {
      await house.s3.putBucketPolicy({ Bucket: BUCKET, Policy: JSON.stringify(bucketPolicy) })
    },
  })
}

export async function makeTrail(scene: Scene): Promise<void> {
  const { house, teller } = scene
  await teller.type({
    says: 'The trail, under the key:',
    command: [
      ...['aws', 'cloudtrail', 'create-trail', '--name', TRAIL, '--s3-bucket-name', BUCKET],
      ...['--kms-key-id', ALIAS, '--enable-log-file-validation'],
    ],
    without: () =>
      house.cloudtrail.createTrail({
        ...{ Name: TRAIL, S3BucketName: BUCKET, KmsKeyId: ALIAS, EnableLogFileValidation: true },
      }),
  })
  await showRecord(scene, {
    says: 'Record 1. Before that was answered, CloudTrail asked for a data key, to make sure that it may, and threw it away:',
    eventName: 'GenerateDataKey',
    isSought: () => true,
  })
  await teller.type({
    says: 'From now on it delivers:',
    command: ['aws', 'cloudtrail', 'start-logging', '--name', TRAIL],
    without: async () => {
      await house.cloudtrail.startLogging({ Name: TRAIL })
    },
  })
  const context = { tenant: 'acme' }
  await teller.type({
    says: 'Somebody uses the key:',
    command: [
      ...['aws', 'kms', 'generate-data-key-without-plaintext', '--key-id', ALIAS],
      ...['--key-spec', 'AES_256', '--encryption-context', 'tenant=acme'],
      ...['--query', 'KeyId', '--output', 'text'],
    ],
    without: async () => {
      const input = { KeyId: ALIAS, KeySpec: 'AES_256', EncryptionContext: context } as const
      return (await house.kms.generateDataKeyWithoutPlaintext(input)).KeyId
    },
  })
}
