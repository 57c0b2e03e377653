/**
 * What can be done in S3, as policies name it, and to what: to buckets, or to objects.
 *
 * The names are not those of operations: PutBucketEncryption needs s3:PutEncryptionConfiguration. Bucket policies may name
 * no others, and only for what they are about. Source: Service authorization reference, "Actions, resources, and condition
 * keys for Amazon S3".
 *
 * @module
 */
import { templateOf } from '../../policy/grammar/template.js'
import { matcherOf, type Piece } from '../../policy/values/wildcard.js'

const OF_BUCKETS = [
  ...['CreateBucket', 'CreateBucketMetadataTableConfiguration', 'DeleteBucket'],
  ...['DeleteBucketMetadataTableConfiguration', 'DeleteBucketPolicy', 'DeleteBucketWebsite'],
  ...['GetAccelerateConfiguration', 'GetAnalyticsConfiguration', 'GetBucketAbac', 'GetBucketAcl'],
  ...['GetBucketCORS', 'GetBucketLocation', 'GetBucketLogging', 'GetBucketNotification'],
  ...['GetBucketMetadataTableConfiguration', 'GetBucketObjectLockConfiguration'],
  ...['GetBucketOwnershipControls', 'GetBucketPolicy', 'GetBucketPolicyStatus'],
  ...['GetBucketPublicAccessBlock', 'GetBucketRequestPayment', 'GetBucketTagging'],
  ...['GetBucketVersioning', 'GetBucketWebsite', 'GetEncryptionConfiguration'],
  ...['GetIntelligentTieringConfiguration', 'GetInventoryConfiguration'],
  ...['GetLifecycleConfiguration', 'GetMetricsConfiguration', 'GetReplicationConfiguration'],
  ...['ListBucket', 'ListBucketMultipartUploads', 'ListBucketVersions', 'ListTagsForResource'],
  ...['PutAccelerateConfiguration', 'PutAnalyticsConfiguration', 'PutBucketAbac', 'PutBucketAcl'],
  ...['PutBucketCORS', 'PutBucketLogging', 'PutBucketNotification'],
  ...['PutBucketObjectLockConfiguration', 'PutBucketOwnershipControls', 'PutBucketPolicy'],
  ...['PutBucketPublicAccessBlock', 'PutBucketRequestPayment', 'PutBucketTagging'],
  ...['PutBucketVersioning', 'PutBucketWebsite', 'PutEncryptionConfiguration'],
  ...['PutIntelligentTieringConfiguration', 'PutInventoryConfiguration'],
  ...['PutLifecycleConfiguration', 'PutMetricsConfiguration', 'PutReplicationConfiguration'],
  ...['TagResource', 'UntagResource', 'UpdateBucketMetadataInventoryTableConfiguration'],
  'UpdateBucketMetadataJournalTableConfiguration',
]
const OF_OBJECTS = [
  ...['AbortMultipartUpload', 'BypassGovernanceRetention', 'DeleteObject', 'DeleteObjectTagging'],
  ...['DeleteObjectVersion', 'DeleteObjectVersionTagging', 'GetObject', 'GetObjectAcl'],
  ...['GetObjectAttributes', 'GetObjectLegalHold', 'GetObjectRetention', 'GetObjectTagging'],
  ...['GetObjectTorrent', 'GetObjectVersion', 'GetObjectVersionAcl', 'GetObjectVersionAttributes'],
  ...['GetObjectVersionForReplication', 'GetObjectVersionTagging', 'GetObjectVersionTorrent'],
  ...['InitiateReplication', 'ListMultipartUploadParts', 'ObjectOwnerOverrideToBucketOwner'],
  ...['PutObject', 'PutObjectAcl', 'PutObjectLegalHold', 'PutObjectRetention', 'PutObjectTagging'],
  ...['PutObjectVersionAcl', 'PutObjectVersionTagging', 'ReplicateDelete', 'ReplicateObject'],
  ...['ReplicateTags', 'RestoreObject', 'UpdateObjectEncryption'],
]
/** Of an account: nothing that a bucket could allow. */
const OF_ACCOUNTS = [
  'ListAllMyBuckets',
  'GetAccountPublicAccessBlock',
  'PutAccountPublicAccessBlock',
]

const namesOf = (names: readonly string[]) => names.map((name) => `s3:${name.toLowerCase()}`)
const BUCKET_ACTIONS = namesOf(OF_BUCKETS)
const OBJECT_ACTIONS = namesOf(OF_OBJECTS)
const OTHER_ACTIONS = namesOf(OF_ACCOUNTS)

export interface ActionsMeant {
  readonly ofBuckets: boolean
  readonly ofObjects: boolean
}

/** What `name`, which may hold wildcards, stands for; undefined when it stands for nothing. */
export function actionsMeant(name: string): ActionsMeant | undefined {
  const template = templateOf(name.toLowerCase(), { hasVariables: false, hasWildcards: true })
  const isMeant = matcherOf(template as readonly Piece[])
  const ofBuckets = BUCKET_ACTIONS.some(isMeant)
  const ofObjects = OBJECT_ACTIONS.some(isMeant)
  if (!ofBuckets && !ofObjects && !OTHER_ACTIONS.some(isMeant)) return undefined
  return { ofBuckets, ofObjects }
}
