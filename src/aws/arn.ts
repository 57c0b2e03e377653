/**
 * ARNs, written and read.
 *
 *     arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
 *     arn:aws-cn:iam::111122223333:root
 *
 * The partition follows from the region. Which key an ARN means is asked in kms/. Source: IAM user guide, "Identify
 * AWS resources with Amazon Resource Names (ARNs)".
 *
 * @module
 */

/** Where a resource lives: one process serves them all. */
export interface Place {
  /** 12 digits. */
  readonly account: string
  readonly region: string
}

export interface Arn extends Place {
  readonly service: string
  /** Such as `key/…`; may hold colons. */
  readonly resource: string
}

const ARN = /^arn:(aws(?:-[a-z]+)*):([a-z0-9-]+):([a-z0-9-]+):(\d{12}):(.+)$/s

export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  if (region.startsWith('us-gov-')) return 'aws-us-gov'
  return 'aws'
}

/** Where services of all regions, such as IAM, keep their records. */
export function globalRegionOf(region: string): string {
  if (region.startsWith('cn-')) return 'cn-north-1'
  if (region.startsWith('us-gov-')) return 'us-gov-west-1'
  return 'us-east-1'
}

/** Of a resource of one region. */
export function arnOf(service: string, { account, region }: Place, resource: string): string {
  return `arn:${partitionOf(region)}:${service}:${region}:${account}:${resource}`
}

/** Of a resource of all regions of a partition, such as a user; `region` tells which partition. */
export function globalArn(service: string, { account, region }: Place, resource: string): string {
  return `arn:${partitionOf(region)}:${service}::${account}:${resource}`
}

/** Undefined for what is not the ARN of a regional resource, in the partition of its region. */
export function parseArn(text: string): Arn | undefined {
  const [, partition, service, region, account, resource] = ARN.exec(text) ?? []
  if (service === undefined || region === undefined || account === undefined || !resource) {
    return undefined
  }
  return partition === partitionOf(region) ? { service, account, region, resource } : undefined
}
