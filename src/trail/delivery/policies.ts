/**
 * The policies that a trail needs of its bucket and its key, and no more, as AWS documents them.
 *
 * Source: AWS CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail", "Configure AWS KMS key policies for
 * CloudTrail".
 *
 * @module
 */
import { globalArn, partitionOf } from '../../aws/arn.js'
import { bucketArn } from '../../s3/buckets/bucket.js'
import { type Trail, trailArn } from '../trails/trail.js'
import { ACL, CLOUDTRAIL, logsPrefix } from './service.js'

export interface PoliciesAsked extends Pick<Trail, 'account' | 'region' | 'name'> {
  readonly bucket: string
  readonly prefix: string | undefined
}

export interface TrailPolicies {
  readonly bucketPolicy: object
  readonly keyPolicy: object
}

const Version = '2012-10-17'
const Principal = { Service: CLOUDTRAIL }

export function policiesFor(asked: PoliciesAsked): TrailPolicies {
  const { account, region, bucket, prefix } = asked
  const source = { 'aws:SourceArn': trailArn(asked) }
  const arn = bucketArn({ name: bucket, region })
  const bucketPolicy = {
    Version,
    Statement: [
      {
        ...{ Sid: 'AWSCloudTrailAclCheck', Effect: 'Allow', Principal },
        ...{ Action: 's3:GetBucketAcl', Resource: arn },
        Condition: { StringEquals: source },
      },
      {
        ...{ Sid: 'AWSCloudTrailWrite', Effect: 'Allow', Principal, Action: 's3:PutObject' },
        Resource: `${arn}/${logsPrefix(account, prefix)}*`,
        Condition: { StringEquals: { 's3:x-amz-acl': ACL, ...source } },
      },
    ],
  }
  const like = `arn:${partitionOf(region)}:cloudtrail:*:${account}:trail/*`
  const keyPolicy = {
    Version,
    Statement: [
      {
        ...{ Sid: 'EnableIAMUserPermissions', Effect: 'Allow' },
        Principal: { AWS: globalArn('iam', { account, region }, 'root') },
        ...{ Action: 'kms:*', Resource: '*' },
      },
      {
        // With a bucket key, S3 opens as well what it has made.
        ...{ Sid: 'AllowCloudTrailToEncrypt', Effect: 'Allow', Principal, Resource: '*' },
        Action: ['kms:GenerateDataKey*', 'kms:Decrypt'],
        Condition: {
          StringEquals: source,
          StringLike: { 'kms:EncryptionContext:aws:cloudtrail:arn': like },
        },
      },
      {
        ...{ Sid: 'AllowCloudTrailToDescribe', Effect: 'Allow', Principal, Resource: '*' },
        ...{ Action: 'kms:DescribeKey', Condition: { StringEquals: source } },
      },
    ],
  }
  return { bucketPolicy, keyPolicy }
}
