/**
 * Writes src/aws/models/<api>.gen.ts from an AWS API model (service-2.json of botocore).
 *
 *     node scripts/aws-model.mjs kms path/to/kms/service-2.json
 *
 * A development tool: the project ships what it writes, not the model. Kept of the model: of each operation that is
 * served (SERVED, below) its input and output shapes, and of a shape its type, members, required members, length and
 * value bounds, pattern, choices, and whether it is a secret; of all other operations the name. Dropped:
 * documentation, errors (src/errors.ts names ours) and everything about HTTP, because AWS KMS answers otherwise than
 * the model says.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const SERVED = {
  kms: [
    ...['CancelKeyDeletion', 'CreateAlias', 'CreateGrant', 'CreateKey', 'Decrypt', 'DeleteAlias'],
    ...['DescribeKey', 'DisableKey', 'EnableKey', 'Encrypt', 'GenerateDataKey'],
    ...[
      'GenerateDataKeyWithoutPlaintext',
      'GenerateRandom',
      'GetKeyPolicy',
      'GetKeyRotationStatus',
    ],
    ...['ListAliases', 'ListGrants', 'ListKeyPolicies', 'ListKeys', 'ListResourceTags'],
    ...['ListRetirableGrants', 'PutKeyPolicy', 'ReEncrypt', 'RetireGrant', 'RevokeGrant'],
    'ScheduleKeyDeletion',
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
}
/** Secrets that the models do not mark as such. */
const SECRETS = ['GrantTokenType', 'tokenCodeType', 'contextAssertionType']

const [api, source] = process.argv.slice(2)
if (source === undefined || SERVED[api] === undefined) {
  const apis = Object.keys(SERVED).join(' | ')
  process.stderr.write(`usage: node scripts/aws-model.mjs ${apis} service-2.json\n`)
  process.exit(2)
}
const target = fileURLToPath(new URL(`../src/aws/models/${api}.gen.ts`, import.meta.url))
const model = JSON.parse(readFileSync(source, 'utf8'))

const operations = {}
const shapes = new Map()
for (const name of SERVED[api].toSorted()) {
  const { input, output } = model.operations[name]
  operations[name] = { input: input?.shape, output: output?.shape }
  if (input) keep(input.shape)
  if (output) keep(output.shape)
}
const others = Object.keys(model.operations).filter((name) => !(name in operations))

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
  `export const ${api.toUpperCase()} = {`,
  `  name: '${api}',`,
  `  version: '${model.metadata.apiVersion}',`,
  `  operations: {`,
  ...Object.entries(operations).map(([name, value]) => `    ${name}: ${literal(value)},`),
  `  },`,
  `  others: [`,
  ...others.toSorted().map((name) => `    '${name}',`),
  `  ],`,
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
