/**
 * AWS managed keys, such as `aws/s3`: a key that an AWS service has for an account and region, made when it is first needed.
 *
 * Its policy lets everybody in the account use it through that service and look at it, and nobody anything else: it cannot
 * be disabled, deleted, given another policy or another alias, by the ordinary rules. Source: AWS KMS developer guide,
 * "AWS managed keys", and the policy that AWS gives them.
 *
 * @module
 */
import { arnOf, globalArn, type Place } from '../aws/arn.js'
import { randomId } from '../bytes/random.js'
import type { Call } from '../service/calls/call.js'
import { type Service, valuesOf } from '../service/service.js'
import { type Alias, aliasResource, putAlias } from './keys/aliases.js'
import { rotationFrom } from './keys/rotation.js'
import type { InputOf } from './model/kms.js'
import { makeKey, newKeyId, wantedKey } from './operations/keys.js'
import type { Parts } from './parts.js'

/** Whose keys there are, and what AWS says of them. */
const SERVICES = {
  s3: {
    name: 'S3',
    description: 'Default key that protects my S3 objects when no other key is defined',
  },
} as const

export type ManagingService = keyof typeof SERVICES

export function managedAlias(service: ManagingService): string {
  return `alias/aws/${service}`
}

/** The ARN of the service's key; made, once, when there is none. @throws SealtrailError `StoreFailed` */
export async function managedKey(
  parts: Parts,
  service: Service<Parts>,
  by: ManagingService,
  { account, region }: Place,
): Promise<string> {
  const place = { account, region, name: managedAlias(by) }
  const arn = ({ targetKeyId }: Alias) => arnOf('kms', place, `key/${targetKeyId}`)
  const known = await parts.aliases.find(place)
  if (known !== undefined) return arn(known)
  return await parts.aliases.change(place, async (found) => {
    const alias = found ?? (await make(parts, service, by, place))
    return { next: alias, answer: arn(alias) }
  })
}

async function make(
  parts: Parts,
  service: Service<Parts>,
  by: ManagingService,
  place: Place & { readonly name: string },
): Promise<Alias> {
  const { account, region } = place
  const principal = `${by}.amazonaws.com`
  const identity = { type: 'AWSService', invokedBy: principal } as const
  const context = {
    ...{ caller: { account, region, identity }, requestId: randomId() },
    ...{ sourceIpAddress: principal, userAgent: principal },
  }
  const asked = { Description: SERVICES[by].description, Policy: policyFor(by, place) }
  return await service.perform('CreateKey', valuesOf(asked), context, (call, input) =>
    makeManaged(parts, call, input as InputOf<'CreateKey'>, by, place),
  )
}

async function makeManaged(
  parts: Parts,
  call: Call,
  input: InputOf<'CreateKey'>,
  by: ManagingService,
  place: Place & { readonly name: string },
): Promise<Alias> {
  call.needsNoPermission()
  const made = wantedKey(parts, call, input, newKeyId(input))
  const rotation = rotationFrom(made.createdAt)
  const wanted = { ...made, managedBy: by, principals: [], rotation }
  const { keyId: targetKeyId, createdAt } = wanted
  const alias = { ...place, targetKeyId, createdAt, updatedAt: createdAt }
  call.uses(aliasResource(place))
  await makeKey(parts, call, wanted, { changes: [putAlias(alias), parts.seenTime.kept()] })
  parts.rotations.expect(rotation.at)
  return alias
}

/** As AWS words it. */
function policyFor(by: ManagingService, { account, region }: Place): string {
  const { name } = SERVICES[by]
  return JSON.stringify({
    Version: '2012-10-17',
    Id: `auto-${by}-2`,
    Statement: [
      {
        Sid: `Allow access through ${name} for all principals in the account that are authorized to use ${name}`,
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncrypt*',
          'kms:GenerateDataKey*',
          'kms:DescribeKey',
        ],
        Resource: '*',
        Condition: {
          StringEquals: {
            'kms:CallerAccount': account,
            'kms:ViaService': `${by}.${region}.amazonaws.com`,
          },
        },
      },
      {
        Sid: 'Allow direct access to key metadata to the account',
        Effect: 'Allow',
        Principal: { AWS: globalArn('iam', { account, region }, 'root') },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*'],
        Resource: '*',
      },
    ],
  })
}
