/**
 * A bucket, and all that is set on it: a value, replaced as a whole.
 *
 * What is not in its config was never set; what AWS then does stands where it is asked. Rows are in rows.ts, who may do
 * what with a bucket is in ../use/. Source: docs/FORMAT.md §6.2.
 *
 * @module
 */
import { partitionOf } from '../../aws/arn.js'
import type { PrincipalIds } from '../../policy/grammar/identified.js'
import type { Tag } from '../../service/policies.js'

export interface Bucket {
  readonly name: string
  /** Who owns it; 12 digits. */
  readonly account: string
  readonly region: string
  readonly createdAt: number
  /** 16 hex digits: a bucket made anew under this name has another. */
  readonly id: string
  readonly config: BucketConfig
}

/** As the members of AWS's model say it. */
export interface BucketConfig {
  readonly versioning?: 'Enabled' | 'Suspended'
  readonly encryption?: BucketEncryption
  /** JSON, as it was given. */
  readonly policy?: string
  /** Who was there, of those whom it names. */
  readonly policyPrincipals?: PrincipalIds
  /** BucketOwnerEnforced unless said; null: taken away, which is ObjectWriter. */
  readonly ownership?: 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter' | null
  /** All four on unless said; null: taken away, which is all four off. */
  readonly publicAccess?: PublicAccessBlock | null
  readonly tags?: readonly Tag[]
  /** The members of a CORSConfiguration. */
  readonly cors?: object
  /** Read by lifecycle.ts. */
  readonly lifecycle?: object
  readonly objectLock?: ObjectLock
}

export interface BucketEncryption {
  readonly algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse'
  /** As it was given: an id, an alias, an ARN; undefined: the account's aws/s3. */
  readonly keyId?: string
  readonly bucketKey?: boolean
  /** What writes may not use: `SSE-C` unless said. */
  readonly blocked?: readonly string[]
}

export interface PublicAccessBlock {
  readonly blockPublicAcls: boolean
  readonly ignorePublicAcls: boolean
  readonly blockPublicPolicy: boolean
  readonly restrictPublicBuckets: boolean
}

export interface ObjectLock {
  readonly mode?: 'GOVERNANCE' | 'COMPLIANCE'
  readonly days?: number
  readonly years?: number
}

/** In the partition of its region. */
export function bucketArn({ name, region }: Pick<Bucket, 'name' | 'region'>): string {
  return `arn:${partitionOf(region)}:s3:::${name}`
}

/** What every refusal about a bucket tells: where it is. */
export function regionHeader({ region }: Pick<Bucket, 'region'>): Readonly<Record<string, string>> {
  return { 'x-amz-bucket-region': region }
}

export function objectArn(bucket: Pick<Bucket, 'name' | 'region'>, key: string): string {
  return `${bucketArn(bucket)}/${key}`
}
