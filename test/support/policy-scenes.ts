/** The policies that the tests of decisions put together, and whom they are about. */
import type { PolicyRequest } from '../../src/policy/decide.js'
import {
  alice,
  allow,
  BUCKET,
  deny,
  federated,
  OTHER,
  policy,
  ROLE,
  session,
} from './documented.js'

export const yes = policy('identity', allow())
export const no = policy('identity', deny())
export const other = policy('identity', allow({ Action: 'ec2:*' }))
export const boundaryYes = policy('boundary', allow())
export const boundaryOther = policy('boundary', allow({ Action: 'ec2:*' }))
export const boundaryNo = policy('boundary', allow(), deny())
export const sessionYes = policy('session', allow())
export const sessionOther = policy('session', allow({ Action: 'ec2:*' }))
export const sessionNo = policy('session', allow(), deny())

export const onBucket = { action: 's3:GetObject', resource: `${BUCKET}/a.gz` }
export const names = (AWS: string | readonly string[]) => ({ Principal: { AWS } })
export const bucket = (...statements: object[]) => ({
  resourcePolicy: policy('bucket', ...statements),
  ...onBucket,
})
export const bucketFor = (AWS: string | readonly string[]) => bucket(allow(names(AWS)))
export const key = (...statements: object[]) => ({ resourcePolicy: policy('key', ...statements) })
export const keyFor = (AWS: string | readonly string[]) => key(allow(names(AWS)))
export const trust = (...statements: object[]) => ({
  resourcePolicy: policy('trust', ...statements),
  action: 'sts:AssumeRole',
  resource: ROLE,
})
export const trustFor = (AWS: string | readonly string[]) =>
  trust({ Effect: 'Allow', Action: 'sts:AssumeRole', ...names(AWS) })
export const has = (...identityPolicies: PolicyRequest['identityPolicies']) => ({
  identityPolicies,
})
export const strange = { owner: OTHER }

export const bounded = { ...alice, boundary: boundaryOther }
export const boundedSession = { ...session, boundary: boundaryOther }
export const limited = { ...session, sessionPolicies: [sessionOther] }
export const limitedTwice = { ...session, boundary: boundaryOther, sessionPolicies: [sessionOther] }
export const federatedWith = (sessionPolicies: PolicyRequest['identityPolicies']) => ({
  ...federated,
  sessionPolicies,
})
