/**
 * ARNs of KMS keys and aliases, written and read.
 *
 *     arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
 *     arn:aws:kms:eu-west-1:111122223333:alias/logs
 *
 * The partition follows from the region. Which key an ARN means is asked in key-ref.ts.
 *
 * @module
 */

/** Where a key lives: one process serves them all. */
export interface Place {
  /** 12 digits. */
  readonly account: string
  readonly region: string
}

const ARN = /^arn:(aws(?:-[a-z]+)*):kms:([a-z0-9-]+):(\d{12}):(.+)$/s

export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  if (region.startsWith('us-gov-')) return 'aws-us-gov'
  return 'aws'
}

/** `resource`: `key/…` or `alias/…`. */
export function kmsArn({ account, region }: Place, resource: string): string {
  return `arn:${partitionOf(region)}:kms:${region}:${account}:${resource}`
}

/** Undefined for anything that is not the ARN of a KMS resource. */
export function parseKmsArn(text: string): (Place & { readonly resource: string }) | undefined {
  const [, partition, region, account, resource] = ARN.exec(text) ?? []
  if (region === undefined || account === undefined || resource === undefined) return undefined
  return partition === partitionOf(region) ? { account, region, resource } : undefined
}
