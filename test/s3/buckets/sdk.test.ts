import * as sdk from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { IamHouse } from '../../iam/iam-house.js'

let house: IamHouse
beforeAll(async () => {
  house = await IamHouse.open()
})
afterAll(async () => {
  await house.remove()
})

/** AWS's own client, of the account's root user. */
function clientIn(region: string): sdk.S3Client {
  const { root: credentials, server } = house
  return new sdk.S3Client({
    ...{ endpoint: server.url, region, credentials, forcePathStyle: true, maxAttempts: 1 },
  })
}

const Bucket = 'over-the-wire'
const LocationConstraint = 'eu-west-1'

describe("AWS's client", () => {
  it('makes a bucket, sets all of it, reads it back, and deletes it', async () => {
    const s3 = clientIn(LocationConstraint)
    const made = await s3.send(
      new sdk.CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }),
    )
    expect(made.Location).toBe(`http://${Bucket}.s3.amazonaws.com/`)
    const head = await s3.send(new sdk.HeadBucketCommand({ Bucket }))
    expect(head.BucketRegion).toBe(LocationConstraint)
    const location = await s3.send(new sdk.GetBucketLocationCommand({ Bucket }))
    expect(location.LocationConstraint).toBe(LocationConstraint)

    const TagSet = [{ Key: 'team', Value: 'a + b / ü' }]
    await s3.send(new sdk.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }))
    const tags = await s3.send(new sdk.GetBucketTaggingCommand({ Bucket }))
    expect(tags.TagSet).toEqual(TagSet)

    const Rules = [
      {
        ...{ ID: 'one', Status: 'Enabled' as const, Filter: { Prefix: 'logs/' } },
        Expiration: { Date: new Date('2030-01-01T00:00:00Z') },
        NoncurrentVersionExpiration: { NoncurrentDays: 3 },
      },
    ]
    const lifecycle = { Bucket, LifecycleConfiguration: { Rules } }
    await s3.send(new sdk.PutBucketLifecycleConfigurationCommand(lifecycle))
    const kept = await s3.send(new sdk.GetBucketLifecycleConfigurationCommand({ Bucket }))
    expect(kept.Rules).toEqual(Rules)

    const CORSRules = [{ AllowedMethods: ['GET', 'PUT'], AllowedOrigins: ['*'] }]
    await s3.send(new sdk.PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }))
    const cors = await s3.send(new sdk.GetBucketCorsCommand({ Bucket }))
    expect(cors.CORSRules).toEqual(CORSRules)

    const VersioningConfiguration = { Status: 'Enabled' as const }
    await s3.send(new sdk.PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
    const DefaultRetention = { Mode: 'GOVERNANCE' as const, Days: 3 }
    const ObjectLockConfiguration = {
      ...{ ObjectLockEnabled: 'Enabled' as const, Rule: { DefaultRetention } },
    }
    await s3.send(new sdk.PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }))
    const lock = await s3.send(new sdk.GetObjectLockConfigurationCommand({ Bucket }))
    expect(lock.ObjectLockConfiguration).toEqual(ObjectLockConfiguration)

    const encryption = await s3.send(new sdk.GetBucketEncryptionCommand({ Bucket }))
    expect(encryption.ServerSideEncryptionConfiguration?.Rules).toEqual([
      {
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
        BucketKeyEnabled: false,
        BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
      },
    ])
    const block = await s3.send(new sdk.GetPublicAccessBlockCommand({ Bucket }))
    expect(block.PublicAccessBlockConfiguration?.RestrictPublicBuckets).toBe(true)
    await s3.send(new sdk.PutBucketAclCommand({ Bucket, ACL: 'private' }))
    const acl = await s3.send(new sdk.GetBucketAclCommand({ Bucket }))
    expect(acl.Grants?.[0]?.Grantee).toEqual({ ID: acl.Owner?.ID, Type: 'CanonicalUser' })

    const list = await s3.send(new sdk.ListBucketsCommand({ MaxBuckets: 5 }))
    expect(list.Buckets?.map(({ Name }) => Name)).toEqual([Bucket])
    await s3.send(new sdk.DeleteBucketCommand({ Bucket }))
    await expect(s3.send(new sdk.HeadBucketCommand({ Bucket }))).rejects.toMatchObject({
      ...{ name: 'NotFound', $metadata: { httpStatusCode: 404 } },
    })
  })

  it('hears what is wrong, and finds the way to another region', async () => {
    const Bucket = 'asked-wrongly'
    const s3 = clientIn(LocationConstraint)
    await s3.send(
      new sdk.CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }),
    )
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:x', Resource: '*' }],
    })
    await expect(s3.send(new sdk.PutBucketPolicyCommand({ Bucket, Policy }))).rejects.toMatchObject(
      {
        ...{ name: 'MalformedPolicy', message: 'Policy has invalid action' },
        $metadata: { httpStatusCode: 400 },
      },
    )
    await expect(s3.send(new sdk.GetBucketPolicyCommand({ Bucket }))).rejects.toMatchObject({
      ...{ name: 'NoSuchBucketPolicy', BucketName: Bucket, $metadata: { httpStatusCode: 404 } },
    })
    await expect(
      clientIn('us-east-1').send(new sdk.GetBucketAclCommand({ Bucket })),
    ).rejects.toMatchObject({
      name: 'PermanentRedirect',
      $metadata: { httpStatusCode: 301 },
      $response: { headers: { 'x-amz-bucket-region': LocationConstraint } },
      Endpoint: `${Bucket}.s3.${LocationConstraint}.amazonaws.com`,
    })
  })
})
