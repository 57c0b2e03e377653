/**
 * What is served of STS, from the API model 2011-06-15.
 *
 * Written by scripts/aws-model.mjs; do not edit. model.ts makes a tree of it, typed.ts makes TypeScript types.
 * Source: botocore's service-2.json (Apache-2.0).
 *
 * @module
 */

export const STS = {
  name: 'sts',
  version: '2011-06-15',
  operations: {
    GetCallerIdentity: { input: 'GetCallerIdentityRequest', output: 'GetCallerIdentityResponse' },
  },
  others: [
    'AssumeRole',
    'AssumeRoleWithSAML',
    'AssumeRoleWithWebIdentity',
    'AssumeRoot',
    'DecodeAuthorizationMessage',
    'GetAccessKeyInfo',
    'GetDelegatedAccessToken',
    'GetFederationToken',
    'GetSessionToken',
    'GetWebIdentityToken',
  ],
  shapes: {
    GetCallerIdentityRequest: { type: 'structure', required: [], members: {} },
    GetCallerIdentityResponse: { type: 'structure', required: [], members: { UserId: 'userIdType', Account: 'accountType', Arn: 'arnType' } },
    accountType: { type: 'string' },
    arnType: { type: 'string', min: 20, max: 2048, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+' },
    userIdType: { type: 'string' },
  },
} as const
