import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACCOUNT } from '../../support/kms.js'
import { BucketsHouse, policyOf, STRANGER } from './buckets-house.js'

let house: BucketsHouse
beforeAll(async () => {
  house = await BucketsHouse.open()
  await house.bucket(Bucket)
  await house.bucket(OPEN)
  const PublicAccessBlockConfiguration = { BlockPublicPolicy: false }
  await house.call('PutPublicAccessBlock', { Bucket: OPEN, PublicAccessBlockConfiguration })
})
afterAll(async () => {
  await house.remove()
})

const Bucket = 'with-policy'
const OPEN = 'with-open-policy'
const arn = `arn:aws:s3:::${Bucket}`
const statement = {
  ...{ Effect: 'Allow', Principal: { AWS: STRANGER }, Action: 's3:GetObject' },
  Resource: `${arn}/*`,
}
const put = (text: string) => house.refusal('PutBucketPolicy', { Bucket, Policy: text })

describe('a bucket policy', () => {
  it('is put, read back as it was, and deleted', async () => {
    const none = {
      code: 'NoSuchBucketPolicy',
      message: 'The bucket policy does not exist',
      detail: { BucketName: Bucket },
    }
    expect(await house.refusal('GetBucketPolicy', { Bucket })).toEqual(none)
    expect(await house.refusal('GetBucketPolicyStatus', { Bucket })).toEqual(none)
    const Policy = `${policyOf([statement])}  `
    expect((await put(Policy)).code).toBe('done')
    expect(await house.call('GetBucketPolicy', { Bucket })).toEqual({ Policy })
    expect(await house.call('GetBucketPolicyStatus', { Bucket })).toEqual({
      PolicyStatus: { IsPublic: false },
    })
    await house.call('DeleteBucketPolicy', { Bucket })
    await house.call('DeleteBucketPolicy', { Bucket })
    expect(await house.refusal('GetBucketPolicy', { Bucket })).toEqual(none)
  })

  it.each([
    ['', "Policies must be valid JSON and the first byte must be '{'"],
    ['random', "Policies must be valid JSON and the first byte must be '{'"],
    ['[]', "Policies must be valid JSON and the first byte must be '{'"],
    ['{}', 'Missing required field Statement'],
    [policyOf([{ ...statement, Principal: undefined }]), 'Missing required field Principal'],
    [policyOf([{ ...statement, Resource: undefined }]), 'Missing required field Resource'],
    [policyOf([{ ...statement, Action: undefined }]), 'Missing required field Action'],
    [policyOf([{ ...statement, Action: 'kms:Decrypt' }]), 'Policy has invalid action'],
    [policyOf([{ ...statement, Action: 's3:GetObjekt' }]), 'Policy has invalid action'],
    [policyOf([{ ...statement, Action: 's3:Gut*' }]), 'Policy has invalid action'],
    [policyOf([{ ...statement, Resource: '*' }]), 'Policy has invalid resource'],
    [policyOf([{ ...statement, Resource: 'arn:aws:s3:::other/*' }]), 'Policy has invalid resource'],
    [policyOf([{ ...statement, Resource: `${arn}-two/*` }]), 'Policy has invalid resource'],
    [policyOf([{ ...statement, Resource: `arn:aws-cn:s3:::x` }]), 'Policy has invalid resource'],
    [policyOf([{ ...statement, Principal: { AWS: 'ann' } }]), 'Invalid principal in policy'],
    [
      policyOf([{ ...statement, Resource: arn }]),
      'Action does not apply to any resource(s) in statement',
    ],
    [
      policyOf([{ ...statement, Action: 's3:ListBucket' }]),
      'Action does not apply to any resource(s) in statement',
    ],
    [
      policyOf([{ ...statement, Action: 's3:ListAllMyBuckets' }]),
      'Action does not apply to any resource(s) in statement',
    ],
  ])('is refused when it is none: %#', async (text, message) => {
    expect(await put(text)).toMatchObject({ code: 'MalformedPolicyDocumentException', message })
  })

  it.each([
    { Action: ['s3:GetObject', 's3:ListBucket'], Resource: [arn, `${arn}/a/*`] },
    { Action: '*', Resource: arn },
    { Action: 's3:*', Resource: `${arn}*` },
    { Action: 's3:Get*', Resource: [`${arn}/*`] },
    { Action: 'S3:getobject' },
    { NotAction: 's3:DeleteObject', Action: undefined },
    { Principal: { Service: 'cloudtrail.amazonaws.com' } },
    { Principal: { CanonicalUser: 'f'.repeat(64) } },
    { Effect: 'Deny', Principal: '*' },
  ])('may be of many forms: %#', async (more) => {
    expect(await put(policyOf([{ ...statement, ...more }]))).toMatchObject({ code: 'done' })
  })

  it('names nobody who is not there', async () => {
    const ghost = `arn:aws:iam::${ACCOUNT}:user/ghost`
    house.gone.add(ghost)
    expect(await put(policyOf([{ ...statement, Principal: { AWS: ghost } }]))).toMatchObject({
      ...{ code: 'MalformedPolicyDocumentException', message: 'Invalid principal in policy' },
    })
  })

  it('is of 20 KB at most', async () => {
    const text = policyOf([statement])
    expect((await put(text + ' '.repeat(20_480 - text.length))).code).toBe('done')
    expect(await put(text + ' '.repeat(20_481 - text.length))).toMatchObject({
      code: 'MalformedPolicyDocumentException',
      message: 'Policy exceeds the maximum allowed document size.',
    })
  })

  it('leaves the one before it when it is refused', async () => {
    const before = policyOf([statement])
    await put(before)
    await put('{}')
    expect(await house.call('GetBucketPolicy', { Bucket })).toEqual({ Policy: before })
  })
})

describe('a policy that is public', () => {
  const everybody = { ...statement, Principal: '*' }
  const when = (operator: string, key: string, value: unknown) => ({
    ...{ ...everybody, Condition: { [operator]: { [key]: value } } },
  })
  const isPublic = async (one: object) => {
    const Resource = `arn:aws:s3:::${OPEN}/*`
    await house.setPolicy(OPEN, [{ ...one, Resource }])
    const { PolicyStatus } = await house.call('GetBucketPolicyStatus', { Bucket: OPEN })
    return (PolicyStatus as { IsPublic: boolean }).IsPublic
  }

  it.each([
    everybody,
    { ...everybody, Principal: { AWS: ['*', STRANGER] } },
    { ...everybody, Principal: undefined, NotPrincipal: { AWS: STRANGER } },
    when('Bool', 'aws:SecureTransport', 'true'),
    when('IpAddress', 'aws:SourceIp', '0.0.0.0/0'),
    when('IpAddress', 'aws:SourceIp', '128.0.0.0/1'),
    when('IpAddress', 'aws:SourceIp', ['10.0.0.0/8', '::/16']),
    when('NotIpAddress', 'aws:SourceIp', '10.0.0.0/8'),
    when('StringLike', 'aws:SourceArn', 'arn:aws:sns:*'),
    when('StringNotEquals', 'aws:SourceVpc', 'vpc-1'),
    when('StringEqualsIfExists', 'aws:SourceVpc', 'vpc-1'),
    when('StringEquals', 'aws:SourceAccount', '$' + '{aws:PrincipalAccount}'),
    when('StringLike', 'aws:userid', 'AROAEXAMPLE:*'),
    when('ForAllValues:StringEquals', 'aws:PrincipalOrgID', 'o-1'),
    when('StringEquals', 's3:prefix', 'a'),
  ])('is refused while such are blocked: %#', async (one) => {
    expect(await put(policyOf([one]))).toMatchObject({
      ...{ code: 'AccessDeniedException', message: 'Access Denied' },
    })
    expect(await isPublic(one)).toBe(true)
  })

  it.each([
    statement,
    { ...everybody, Effect: 'Deny' },
    { ...statement, Principal: { Service: 'cloudtrail.amazonaws.com' } },
    when('IpAddress', 'aws:SourceIp', ['10.0.0.0/8', '2001:db8::/32']),
    when('StringEquals', 'aws:PrincipalOrgID', 'o-1'),
    when('StringEquals', 'AWS:sourcevpce', 'vpce-1'),
    when('ArnLike', 'aws:SourceArn', 'arn:aws:sns:eu-west-1:111122223333:topic'),
    when('StringLike', 's3:DataAccessPointArn', 'arn:aws:s3:eu-west-1:111122223333:accesspoint/*'),
    when('StringEquals', 'aws:userid', 'AIDAANN'),
  ])('is none that says whom it means: %#', async (one) => {
    expect((await put(policyOf([one]))).code).toBe('done')
    expect(await isPublic(one)).toBe(false)
  })
})
