/**
 * CloudTrail as S3 and KMS see it when it works for a trail: a service, which names the trail.
 *
 * Policies of buckets and keys decide about it: `Principal: {"Service": "cloudtrail.amazonaws.com"}`, with `aws:SourceArn`
 * the trail. Source: AWS CloudTrail user guide, "Configure AWS KMS key policies for CloudTrail", "Amazon S3 bucket policy
 * for CloudTrail".
 *
 * @module
 */
import { randomId } from '../../bytes/random.js'
import type { Caller } from '../../service/caller.js'
import type { CallContext } from '../../service/calls/call-context.js'
import { type Trail, trailArn } from '../trails/trail.js'

export const CLOUDTRAIL = 'cloudtrail.amazonaws.com'
export const SOURCE = { sourceIpAddress: CLOUDTRAIL, userAgent: CLOUDTRAIL }
const IDENTITY = { type: 'AWSService', invokedBy: CLOUDTRAIL } as const

/** Bucket policies ask for it. */
export const ACL = 'bucket-owner-full-control'

type TrailName = Pick<Trail, 'account' | 'region' | 'name'>

/** @param region where the bucket is. */
export function cloudtrailFor(trail: TrailName, region: string): Caller {
  return { account: trail.account, region, identity: IDENTITY, sourceArn: trailArn(trail) }
}

export function contextFor(trail: TrailName, region: string): CallContext {
  return { caller: cloudtrailFor(trail, region), requestId: randomId(), ...SOURCE }
}

/** The pair by which key policies know for which trail a key is used. */
export function trailContext(trail: TrailName): Readonly<Record<string, string>> {
  return { 'aws:cloudtrail:arn': trailArn(trail) }
}

/** `[prefix/]AWSLogs/ACCOUNT/`: all that is delivered lies below it. */
export function logsPrefix(account: string, prefix: string | undefined): string {
  return `${prefix === undefined ? '' : `${prefix}/`}AWSLogs/${account}/`
}

/** What a put of CloudTrail says beside the bytes. */
export function putMembers(trail: TrailName, keyArn: string | undefined) {
  if (keyArn === undefined) return { ACL } as const
  const context = Buffer.from(JSON.stringify(trailContext(trail))).toString('base64')
  return {
    ...({ ACL, ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyArn } as const),
    SSEKMSEncryptionContext: context,
  }
}
