/**
 * A good request of every operation of S3 that is served, for mutants to begin with.
 *
 * What they are about is there: two buckets (one with locks), objects, an upload with a part.
 */
import { createHash } from 'node:crypto'

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'
export const PLAIN = 'mutants'
export const LOCKED = 'mutants-locked'
export const KEY = 'a/b c'

const md5 = (body) => createHash('md5').update(body).digest('base64')
const UNSIGNED = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }

/** @param uploadId of an open upload to {@link KEY} with part 1, whose ETag is `partEtag` */
export function goodRequests({ uploadId, partEtag, versionId, account }) {
  const object = `/${PLAIN}/a/b%20c`
  const locked = `/${LOCKED}/held`
  const requests = []
  const add = (name, method, path, query = '', headers = {}, body = '') =>
    requests.push({ name, method, path, query, headers: { ...UNSIGNED, ...headers }, body })
  const document = (name, method, path, query, body, headers = {}) =>
    add(name, method, path, query, { 'content-md5': md5(body), ...headers }, body)
  const xml = (root, content) => `<${root} xmlns="${NAMESPACE}">${content}</${root}>`

  add('ListBuckets', 'GET', '/', 'max-buckets=10&prefix=m')
  add('CreateBucket', 'PUT', '/mutants-new', '', {}, createBucket(xml))
  add('DeleteBucket', 'DELETE', '/mutants-new')
  add('HeadBucket', 'HEAD', `/${PLAIN}`)
  add('GetBucketLocation', 'GET', `/${PLAIN}`, 'location')
  const settings = settingsOf(xml, account)
  for (const [resource, name, body, at = PLAIN] of settings) {
    add(`Get${name}`, 'GET', `/${at}`, resource)
    document(`Put${name}`, 'PUT', `/${at}`, resource, body)
  }
  for (const resource of ['cors', 'encryption', 'lifecycle', 'ownershipControls', 'policy']) {
    add(`Delete ${resource}`, 'DELETE', `/${PLAIN}`, resource)
  }
  for (const resource of ['tagging', 'publicAccessBlock']) {
    add(`Delete ${resource}`, 'DELETE', `/${PLAIN}`, resource)
  }
  add('GetBucketPolicyStatus', 'GET', `/${PLAIN}`, 'policyStatus')

  const described = {
    ...{ 'content-type': 'text/plain', 'cache-control': 'max-age=1', 'x-amz-meta-a': 'b' },
    ...{ 'x-amz-tagging': 'a=b&c=d', 'x-amz-storage-class': 'STANDARD', 'x-amz-acl': 'private' },
  }
  add('PutObject', 'PUT', object, '', described, 'some bytes')
  add('PutObject', 'PUT', object, '', { 'x-amz-server-side-encryption': 'AES256' }, 'x')
  const kms = {
    ...{ 'x-amz-server-side-encryption': 'aws:kms', 'if-none-match': '*' },
    'x-amz-server-side-encryption-bucket-key-enabled': 'true',
    'x-amz-server-side-encryption-context': Buffer.from('{"a":"b"}').toString('base64'),
  }
  add('PutObject', 'PUT', `/${PLAIN}/kms`, '', kms, 'x')
  const crc = { 'x-amz-checksum-crc32': 'rfPzYw==', 'x-amz-sdk-checksum-algorithm': 'CRC32' }
  add('PutObject', 'PUT', object, '', crc, 'hello world'.slice(0, 5))
  add('GetObject', 'GET', object, 'response-content-type=a%2Fb&partNumber=1')
  add('GetObject', 'GET', object, `versionId=${versionId}`, { range: 'bytes=1-3' })
  add('HeadObject', 'HEAD', object, '', { 'if-modified-since': new Date(0).toUTCString() })
  const parts = { 'x-amz-object-attributes': 'ETag,Checksum,ObjectParts,ObjectSize' }
  add('GetObjectAttributes', 'GET', object, 'attributes', parts)
  const copy = { 'x-amz-copy-source': `${PLAIN}/a/b%20c`, 'x-amz-metadata-directive': 'REPLACE' }
  add('CopyObject', 'PUT', `/${PLAIN}/copy`, '', copy)
  add('DeleteObject', 'DELETE', `/${PLAIN}/copy`, 'versionId=null')
  const named = (key) => `<Object><Key>${key}</Key></Object>`
  const deletion = xml('Delete', `${named('copy')}${named('kms')}<Quiet>false</Quiet>`)
  document('DeleteObjects', 'POST', `/${PLAIN}`, 'delete', deletion)
  add('ListObjects', 'GET', `/${PLAIN}`, 'prefix=a&delimiter=%2F&marker=a&max-keys=3')
  const v2 = 'list-type=2&prefix=a&delimiter=%2F&start-after=a&max-keys=3&encoding-type=url'
  add('ListObjectsV2', 'GET', `/${PLAIN}`, v2)
  const versions = `versions&key-marker=a%2Fb%20c&version-id-marker=${versionId}&max-keys=2`
  add('ListObjectVersions', 'GET', `/${PLAIN}`, versions)
  const tags = xml('Tagging', '<TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet>')
  document('PutObjectTagging', 'PUT', object, 'tagging', tags)
  add('GetObjectTagging', 'GET', object, 'tagging')
  add('DeleteObjectTagging', 'DELETE', object, 'tagging')
  add('GetObjectAcl', 'GET', object, 'acl')
  document('PutObjectAcl', 'PUT', object, 'acl', '', { 'x-amz-acl': 'private' })
  document(
    'PutObjectLegalHold',
    'PUT',
    locked,
    'legal-hold',
    xml('LegalHold', '<Status>OFF</Status>'),
  )
  add('GetObjectLegalHold', 'GET', locked, 'legal-hold')
  const until = new Date(Date.now() + 60_000).toISOString()
  const retention = `<Mode>GOVERNANCE</Mode><RetainUntilDate>${until}</RetainUntilDate>`
  document('PutObjectRetention', 'PUT', locked, 'retention', xml('Retention', retention), {
    'x-amz-bypass-governance-retention': 'true',
  })
  add('GetObjectRetention', 'GET', locked, 'retention')
  const sse = xml('ObjectEncryption', '<SSE-S3></SSE-S3>')
  document('UpdateObjectEncryption', 'PUT', object, 'encryption', sse)

  add('CreateMultipartUpload', 'POST', `/${PLAIN}/new-upload`, 'uploads', {
    ...described,
    ...{ 'x-amz-checksum-algorithm': 'SHA256', 'x-amz-checksum-type': 'COMPOSITE' },
  })
  const upload = `uploadId=${encodeURIComponent(uploadId)}`
  add('UploadPart', 'PUT', object, `partNumber=2&${upload}`, {}, 'a part')
  add('UploadPartCopy', 'PUT', object, `partNumber=3&${upload}`, {
    ...{ 'x-amz-copy-source': `/${PLAIN}/a/b%20c`, 'x-amz-copy-source-range': 'bytes=0-1' },
  })
  add('ListParts', 'GET', object, `max-parts=1&part-number-marker=0&${upload}`)
  add('ListMultipartUploads', 'GET', `/${PLAIN}`, 'uploads&key-marker=a&max-uploads=2&delimiter=/')
  const part = `<Part><PartNumber>1</PartNumber><ETag>${partEtag}</ETag></Part>`
  const completion = xml('CompleteMultipartUpload', part + part.replace('>1<', '>2<'))
  add('CompleteMultipartUpload', 'POST', object, upload, {}, completion)
  add('AbortMultipartUpload', 'DELETE', `/${PLAIN}/none`, upload)
  return requests
}

function createBucket(xml) {
  const region = '<LocationConstraint>EU</LocationConstraint>'
  return xml('CreateBucketConfiguration', region)
}

/** Sub-resource, operation, document. */
function settingsOf(xml, account) {
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        ...{ Sid: 'a', Effect: 'Deny', Principal: { AWS: `arn:aws:iam::${account}:root` } },
        ...{ Action: 's3:GetBucketWebsite', Resource: `arn:aws:s3:::${PLAIN}` },
        Condition: { StringEquals: { 'aws:SourceIp': '192.0.2.1' } },
      },
    ],
  }
  const rule = (content) => `<Rule>${content}</Rule>`
  const cors =
    '<AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin><MaxAgeSeconds>3</MaxAgeSeconds>'
  const lifecycle =
    '<ID>a</ID><Filter><Prefix>a</Prefix></Filter><Status>Enabled</Status><Expiration><Days>300</Days></Expiration>'
  const sse =
    '<ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>'
  const block = [
    'BlockPublicAcls',
    'IgnorePublicAcls',
    'BlockPublicPolicy',
    'RestrictPublicBuckets',
  ]
  const lock =
    '<ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule>'
  return [
    ['versioning', 'BucketVersioning', xml('VersioningConfiguration', '<Status>Enabled</Status>')],
    ['policy', 'BucketPolicy', JSON.stringify(policy)],
    ['cors', 'BucketCors', xml('CORSConfiguration', `<CORSRule>${cors}</CORSRule>`)],
    ['lifecycle', 'BucketLifecycle', xml('LifecycleConfiguration', rule(lifecycle))],
    ['encryption', 'BucketEncryption', xml('ServerSideEncryptionConfiguration', rule(sse))],
    [
      'ownershipControls',
      'BucketOwnershipControls',
      xml('OwnershipControls', rule('<ObjectOwnership>BucketOwnerEnforced</ObjectOwnership>')),
    ],
    [
      'publicAccessBlock',
      'PublicAccessBlock',
      xml(
        'PublicAccessBlockConfiguration',
        block.map((name) => `<${name}>true</${name}>`).join(''),
      ),
    ],
    [
      'tagging',
      'BucketTagging',
      xml('Tagging', '<TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet>'),
    ],
    ['acl', 'BucketAcl', aclOf(xml)],
    ['object-lock', 'ObjectLockConfiguration', xml('ObjectLockConfiguration', lock), LOCKED],
  ]
}

function aclOf(xml) {
  const grantee =
    '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>a</ID></Grantee>'
  const grant = `<Grant>${grantee}<Permission>FULL_CONTROL</Permission></Grant>`
  const owner = '<Owner><ID>a</ID></Owner>'
  return xml('AccessControlPolicy', `${owner}<AccessControlList>${grant}</AccessControlList>`)
}
