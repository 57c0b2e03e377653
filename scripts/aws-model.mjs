/**
 * Writes src/aws/models/<api>.gen.ts from an AWS API model (service-2.json of botocore).
 *
 *     node scripts/aws-model.mjs kms path/to/kms/service-2.json
 *
 * A development tool: the project ships what it writes, not the model. Kept of the model: of each operation that is
 * served (SERVED, below) its input and output shapes, and of a shape its type, members, required members, length and
 * value bounds, pattern, choices, and whether it is a secret; of all other operations the name. Of a REST API also
 * where each member stands in HTTP, and which requests are for which operation, served or not (of one in JSON: the path). Dropped: documentation,
 * errors (src/errors.ts names ours) and, of the other APIs, everything about HTTP, because AWS KMS answers otherwise
 * than the model says.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const SERVED = {
  kms: [
    ...['CancelKeyDeletion', 'CreateAlias', 'CreateGrant', 'CreateKey', 'Decrypt', 'DeleteAlias'],
    ...['ConnectCustomKeyStore', 'CreateCustomKeyStore', 'DeleteCustomKeyStore'],
    ...['DescribeCustomKeyStores', 'DisconnectCustomKeyStore', 'UpdateCustomKeyStore'],
    ...['DescribeKey', 'DisableKey', 'EnableKey', 'Encrypt', 'GenerateDataKey'],
    ...['DisableKeyRotation', 'EnableKeyRotation', 'ListKeyRotations', 'RotateKeyOnDemand'],
    ...['ReplicateKey', 'UpdatePrimaryRegion'],
    ...['DeleteImportedKeyMaterial', 'GetParametersForImport', 'ImportKeyMaterial'],
    ...[
      'GenerateDataKeyWithoutPlaintext',
      'GenerateRandom',
      'GetKeyLastUsage',
      'GetKeyPolicy',
      'GetKeyRotationStatus',
      'GetPublicKey',
    ],
    ...['ListAliases', 'ListGrants', 'ListKeyPolicies', 'ListKeys', 'ListResourceTags'],
    ...['ListRetirableGrants', 'PutKeyPolicy', 'ReEncrypt', 'RetireGrant', 'RevokeGrant'],
    'ScheduleKeyDeletion',
    ...['Sign', 'Verify', 'GenerateMac', 'VerifyMac', 'DeriveSharedSecret'],
    ...['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'],
    ...['TagResource', 'UntagResource', 'UpdateAlias', 'UpdateKeyDescription'],
  ],
  iam: [
    ...['AttachRolePolicy', 'AttachUserPolicy', 'CreateAccessKey', 'CreatePolicy', 'CreateRole'],
    ...['CreatePolicyVersion', 'CreateUser', 'DeleteAccessKey', 'DeletePolicy', 'DeleteRole'],
    ...['DeletePolicyVersion', 'DeleteRolePermissionsBoundary', 'DeleteRolePolicy', 'DeleteUser'],
    ...['DeleteUserPermissionsBoundary', 'DeleteUserPolicy', 'DetachRolePolicy', 'GetPolicy'],
    ...['DetachUserPolicy', 'GetAccountAuthorizationDetails', 'GetPolicyVersion', 'GetRole'],
    ...['GetRolePolicy', 'GetUser', 'GetUserPolicy', 'ListAccessKeys', 'ListAttachedRolePolicies'],
    ...['ListAttachedUserPolicies', 'ListEntitiesForPolicy', 'ListGroupsForUser', 'ListPolicies'],
    ...['ListInstanceProfilesForRole', 'ListPolicyTags', 'ListPolicyVersions', 'ListRolePolicies'],
    ...['ListRoleTags', 'ListRoles', 'ListUserPolicies', 'ListUserTags', 'ListUsers'],
    ...['PutRolePermissionsBoundary', 'PutRolePolicy', 'PutUserPermissionsBoundary'],
    ...['PutUserPolicy', 'SetDefaultPolicyVersion', 'TagPolicy', 'TagRole', 'TagUser'],
    ...['UntagPolicy', 'UntagRole', 'UntagUser', 'UpdateAccessKey', 'UpdateAssumeRolePolicy'],
    ...['UpdateRole', 'UpdateRoleDescription', 'UpdateUser'],
    ...['AddUserToGroup', 'AttachGroupPolicy', 'CreateGroup', 'DeleteGroup', 'DeleteGroupPolicy'],
    ...['DetachGroupPolicy', 'GetGroup', 'GetGroupPolicy', 'ListAttachedGroupPolicies'],
    ...['ListGroupPolicies', 'ListGroups', 'PutGroupPolicy', 'RemoveUserFromGroup', 'UpdateGroup'],
    ...['GetContextKeysForCustomPolicy', 'GetContextKeysForPrincipalPolicy'],
    ...['SimulateCustomPolicy', 'SimulatePrincipalPolicy'],
  ],
  sts: ['AssumeRole', 'GetCallerIdentity', 'GetFederationToken', 'GetSessionToken'],
  cloudtrail: [
    ...['AddTags', 'CreateTrail', 'DeleteTrail', 'DescribeTrails', 'GetEventSelectors', 'GetTrail'],
    ...['CreateChannel', 'DeleteChannel', 'GetChannel', 'ListChannels', 'UpdateChannel'],
    ...['GetTrailStatus', 'ListPublicKeys', 'ListTags', 'ListTrails', 'LookupEvents'],
    ...['PutEventSelectors', 'RemoveTags', 'StartLogging', 'StopLogging', 'UpdateTrail'],
  ],
  'cloudtrail-data': ['PutAuditEvents'],
  s3: [
    ...['CreateBucket', 'DeleteBucket', 'GetBucketLocation', 'HeadBucket', 'ListBuckets'],
    ...['CopyObject', 'DeleteObject', 'DeleteObjects', 'GetObject', 'GetObjectAttributes'],
    ...['HeadObject', 'ListObjectVersions', 'ListObjects', 'ListObjectsV2', 'PutObject'],
    ...['AbortMultipartUpload', 'CompleteMultipartUpload', 'CreateMultipartUpload'],
    ...['ListMultipartUploads', 'ListParts', 'UploadPart', 'UploadPartCopy'],
    ...['GetBucketVersioning', 'PutBucketVersioning', 'UpdateObjectEncryption'],
    ...['DeleteBucketEncryption', 'GetBucketEncryption', 'PutBucketEncryption'],
    ...['DeleteBucketPolicy', 'GetBucketPolicy', 'GetBucketPolicyStatus', 'PutBucketPolicy'],
    ...['DeleteBucketOwnershipControls', 'GetBucketOwnershipControls'],
    ...['PutBucketOwnershipControls', 'DeletePublicAccessBlock', 'GetPublicAccessBlock'],
    ...['PutPublicAccessBlock', 'GetBucketAcl', 'GetObjectAcl', 'PutBucketAcl', 'PutObjectAcl'],
    ...['DeleteBucketTagging', 'GetBucketTagging', 'PutBucketTagging'],
    ...['DeleteObjectTagging', 'GetObjectTagging', 'PutObjectTagging'],
    ...['DeleteBucketCors', 'GetBucketCors', 'PutBucketCors', 'DeleteBucketLifecycle'],
    ...['GetBucketLifecycleConfiguration', 'PutBucketLifecycleConfiguration'],
    ...['GetObjectLegalHold', 'GetObjectLockConfiguration', 'GetObjectRetention'],
    ...['PutObjectLegalHold', 'PutObjectLockConfiguration', 'PutObjectRetention'],
  ],
}
/** The model has SDKs send a checksum; AWS takes them without one, and older clients (s3cmd) send none. */
const UNCHECKED = ['PutBucketAcl', 'PutObjectAcl']
/** Secrets that the models do not mark as such. */
const SECRETS = ['GrantTokenType', 'tokenCodeType', 'contextAssertionType']

/** What the outermost element of an answer is called: AWS's newer models (Smithy, `xmlName`) say it, this one does not. */
const ROOTS = {
  CompleteMultipartUpload: 'CompleteMultipartUploadResult',
  CreateMultipartUpload: 'InitiateMultipartUploadResult',
  DeleteObjects: 'DeleteResult',
  GetBucketAcl: 'AccessControlPolicy',
  GetBucketCors: 'CORSConfiguration',
  GetBucketLifecycleConfiguration: 'LifecycleConfiguration',
  GetBucketLocation: 'LocationConstraint',
  GetBucketTagging: 'Tagging',
  GetBucketVersioning: 'VersioningConfiguration',
  GetObjectAcl: 'AccessControlPolicy',
  GetObjectAttributes: 'GetObjectAttributesResponse',
  GetObjectTagging: 'Tagging',
  ListBuckets: 'ListAllMyBucketsResult',
  ListMultipartUploads: 'ListMultipartUploadsResult',
  ListObjectVersions: 'ListVersionsResult',
  ListObjects: 'ListBucketResult',
  ListObjectsV2: 'ListBucketResult',
  ListParts: 'ListPartsResult',
}
/** AWS answers so, whatever its model says. */
const STATUS = { PutBucketPolicy: 204 }
/** Taken as any text: S3 keeps and repeats what it is given, date or not. */
const TEXTS = ['Expires', 'ResponseExpires']
/** Regions grow in number, and buckets take ACLs that the model has for objects; their operations say which. */
const OPEN_CHOICES = ['BucketLocationConstraint', 'BucketCannedACL']
/** For a service of AWS's own; its path looks like a bucket's. */
const NOT_ROUTED = ['WriteGetObjectResponse']
/** The one header that tells operations apart. */
const COPY_SOURCE = 'x-amz-copy-source'

const [api, source] = process.argv.slice(2)
if (source === undefined || SERVED[api] === undefined) {
  const apis = Object.keys(SERVED).join(' | ')
  process.stderr.write(`usage: node scripts/aws-model.mjs ${apis} service-2.json\n`)
  process.exit(2)
}
const target = fileURLToPath(new URL(`../src/aws/models/${api}.gen.ts`, import.meta.url))
const model = JSON.parse(readFileSync(source, 'utf8'))
const isRest = model.metadata.protocol === 'rest-xml'
const isRestJson = model.metadata.protocol === 'rest-json'

const operations = {}
const shapes = new Map()
for (const name of SERVED[api].toSorted()) {
  const { input, output } = model.operations[name]
  operations[name] = { input: input?.shape, output: output?.shape }
  if (isRest) operations[name].http = httpOf(name)
  if (isRestJson) operations[name].path = model.operations[name].http.requestUri
  if (input) keep(input.shape)
  if (output) keep(output.shape)
}
const others = Object.keys(model.operations).filter((name) => !(name in operations))
const otherRoutes = others.filter(isRouted).toSorted()

const lines = [
  `/**`,
  ` * What is served of ${model.metadata.serviceId}, from the API model ${model.metadata.apiVersion}.`,
  ` *`,
  ` * Written by scripts/aws-model.mjs; do not edit. model.ts makes a tree of it, typed.ts makes TypeScript types.`,
  ` * Source: botocore's service-2.json (Apache-2.0).`,
  ` *`,
  ` * @module`,
  ` */`,
  ``,
  `export const ${api.toUpperCase().replaceAll('-', '_')} = {`,
  `  name: '${api}',`,
  `  version: '${model.metadata.apiVersion}',`,
  `  operations: {`,
  ...Object.entries(operations).map(([name, value]) => `    ${name}: ${literal(value)},`),
  `  },`,
  `  others: [`,
  ...others.toSorted().map((name) => `    '${name}',`),
  `  ],`,
  ...(isRest
    ? [
        `  otherRoutes: {`,
        ...otherRoutes.map((name) => `    ${name}: ${literal(routeOf(name))},`),
        `  },`,
      ]
    : []),
  `  shapes: {`,
  ...[...shapes].sort(byName).map(([name, value]) => `    ${name}: ${literal(value)},`),
  `  },`,
  `} as const`,
  ``,
]
writeFileSync(target, lines.join('\n'))
const counts = `${Object.keys(operations).length} operations, ${shapes.size} shapes`
process.stdout.write(`${target}: ${counts}\n`)

function keep(name) {
  if (shapes.has(name)) return
  const shape = model.shapes[name]
  // AWS says long and double where JSON and we have one kind of number.
  const kept = { type: shape.type === 'long' ? 'integer' : shape.type }
  shapes.set(name, kept)
  for (const fact of ['min', 'max', 'pattern', 'enum', 'sensitive']) {
    if (shape[fact] !== undefined) kept[fact] = shape[fact]
  }
  if (OPEN_CHOICES.includes(name)) delete kept.enum
  if (isRest) keepHttp(name, shape, kept)
  if (isRestJson && shape.type === 'structure') keepBindings(shape, kept)
  if (SECRETS.includes(name)) kept.sensitive = true
  if (shape.type === 'list') kept.member = follow(shape.member)
  if (shape.type === 'map')
    Object.assign(kept, { key: follow(shape.key), value: follow(shape.value) })
  if (shape.type === 'structure') {
    kept.required = shape.required ?? []
    kept.members = {}
    for (const [member, to] of Object.entries(shape.members)) kept.members[member] = follow(to)
  }
}

/** What a shape of a REST API has besides. */
function keepHttp(name, shape, kept) {
  if (shape.type === 'long') kept.isLong = true
  if (TEXTS.includes(name)) kept.type = 'string'
  if (kept.type === 'timestamp' && shape.timestampFormat) kept.format = shape.timestampFormat
  if (shape.type === 'list') {
    if (shape.flattened) kept.isFlat = true
    if (shape.member.locationName) kept.item = shape.member.locationName
  }
  if (shape.type !== 'structure') return
  if (shape.payload) kept.payload = shape.payload
  keepBindings(shape, kept)
  // Bytes that are handed on as they come.
  const streams = Object.values(shape.members).filter(({ streaming }) => streaming)
  for (const { shape } of streams) shapes.set(shape, { type: 'stream' })
}

function keepBindings(shape, kept) {
  const http = Object.entries(shape.members)
    .map(([member, to]) => [member, bindingOf(member, to)])
    .filter(([, binding]) => Object.keys(binding).length > 0)
  if (http.length > 0) kept.http = Object.fromEntries(http)
}

/** Where a member stands that is not simply an element of its own name. */
function bindingOf(member, { shape, location, locationName, xmlAttribute, flattened }) {
  const { xmlNamespace } = model.shapes[shape]
  const name = locationName === member ? undefined : locationName
  return Object.fromEntries(
    Object.entries({
      at: location === 'querystring' ? 'query' : location,
      name,
      isAttribute: xmlAttribute,
      isFlat: flattened,
      namespace: xmlNamespace && [xmlNamespace.prefix, xmlNamespace.uri],
    }).filter(([, value]) => value !== undefined),
  )
}

function httpOf(name) {
  const { http, output, httpChecksum, httpChecksumRequired } = model.operations[name]
  const shape = output && model.shapes[output.shape]
  const payload = shape?.payload && shape.members[shape.payload]
  const isXml = payload && model.shapes[payload.shape].type === 'structure'
  const root = ROOTS[name] ?? (isXml ? (payload.locationName ?? shape.payload) : undefined)
  const status = STATUS[name] ?? http.responseCode
  const isRequired = httpChecksum?.requestChecksumRequired || httpChecksumRequired
  const isChecked = (isRequired && !UNCHECKED.includes(name)) || undefined
  return { ...routeOf(name), status, root, isChecked }
}

/** Which requests are for an operation: method, how far the path goes, and what must be there besides. */
function routeOf(name) {
  const { http, input } = model.operations[name]
  const [path, query = ''] = http.requestUri.split('?')
  const at = path === '/' ? 'service' : path === '/{Bucket}' ? 'bucket' : 'object'
  const { required = [], members = {} } = input ? model.shapes[input.shape] : {}
  const bound = required.map((member) => members[member])
  const needs = bound
    .filter(({ location }) => location === 'querystring')
    .map(({ locationName }) => locationName)
  const isCopy = bound.some(({ locationName }) => locationName === COPY_SOURCE)
  return {
    method: http.method,
    at,
    constant: query === '' ? [] : query.split('&'),
    query: needs,
    header: isCopy ? COPY_SOURCE : undefined,
  }
}

/** Not what has another name by now. */
function isRouted(name) {
  return !model.operations[name].deprecated && !NOT_ROUTED.includes(name)
}

function follow({ shape }) {
  keep(shape)
  return shape
}

function byName([a], [b]) {
  return a < b ? -1 : 1
}

/** As TypeScript, on one line, without undefined members. */
function literal(value) {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  if (typeof value !== 'object') return String(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  if (members.length === 0) return '{}'
  return `{ ${members.map(([name, member]) => `${name}: ${literal(member)}`).join(', ')} }`
}
