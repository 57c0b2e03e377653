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
    AssumeRole: { input: 'AssumeRoleRequest', output: 'AssumeRoleResponse' },
    GetCallerIdentity: { input: 'GetCallerIdentityRequest', output: 'GetCallerIdentityResponse' },
    GetFederationToken: { input: 'GetFederationTokenRequest', output: 'GetFederationTokenResponse' },
    GetSessionToken: { input: 'GetSessionTokenRequest', output: 'GetSessionTokenResponse' },
  },
  others: [
    'AssumeRoleWithSAML',
    'AssumeRoleWithWebIdentity',
    'AssumeRoot',
    'DecodeAuthorizationMessage',
    'GetAccessKeyInfo',
    'GetDelegatedAccessToken',
    'GetWebIdentityToken',
  ],
  shapes: {
    AssumeRoleRequest: { type: 'structure', required: ['RoleArn', 'RoleSessionName'], members: { RoleArn: 'arnType', RoleSessionName: 'roleSessionNameType', PolicyArns: 'policyDescriptorListType', Policy: 'unrestrictedSessionPolicyDocumentType', DurationSeconds: 'roleDurationSecondsType', Tags: 'tagListType', TransitiveTagKeys: 'tagKeyListType', ExternalId: 'externalIdType', SerialNumber: 'serialNumberType', TokenCode: 'tokenCodeType', SourceIdentity: 'sourceIdentityType', ProvidedContexts: 'ProvidedContextsListType' } },
    AssumeRoleResponse: { type: 'structure', required: [], members: { Credentials: 'Credentials', AssumedRoleUser: 'AssumedRoleUser', PackedPolicySize: 'nonNegativeIntegerType', SourceIdentity: 'sourceIdentityType' } },
    AssumedRoleUser: { type: 'structure', required: ['AssumedRoleId', 'Arn'], members: { AssumedRoleId: 'assumedRoleIdType', Arn: 'arnType' } },
    Credentials: { type: 'structure', required: ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'], members: { AccessKeyId: 'accessKeyIdType', SecretAccessKey: 'accessKeySecretType', SessionToken: 'tokenType', Expiration: 'dateType' } },
    FederatedUser: { type: 'structure', required: ['FederatedUserId', 'Arn'], members: { FederatedUserId: 'federatedIdType', Arn: 'arnType' } },
    GetCallerIdentityRequest: { type: 'structure', required: [], members: {} },
    GetCallerIdentityResponse: { type: 'structure', required: [], members: { UserId: 'userIdType', Account: 'accountType', Arn: 'arnType' } },
    GetFederationTokenRequest: { type: 'structure', required: ['Name'], members: { Name: 'userNameType', Policy: 'sessionPolicyDocumentType', PolicyArns: 'policyDescriptorListType', DurationSeconds: 'durationSecondsType', Tags: 'tagListType' } },
    GetFederationTokenResponse: { type: 'structure', required: [], members: { Credentials: 'Credentials', FederatedUser: 'FederatedUser', PackedPolicySize: 'nonNegativeIntegerType' } },
    GetSessionTokenRequest: { type: 'structure', required: [], members: { DurationSeconds: 'durationSecondsType', SerialNumber: 'serialNumberType', TokenCode: 'tokenCodeType' } },
    GetSessionTokenResponse: { type: 'structure', required: [], members: { Credentials: 'Credentials' } },
    PolicyDescriptorType: { type: 'structure', required: [], members: { arn: 'arnType' } },
    ProvidedContext: { type: 'structure', required: [], members: { ProviderArn: 'arnType', ContextAssertion: 'contextAssertionType' } },
    ProvidedContextsListType: { type: 'list', min: 1, max: 5, member: 'ProvidedContext' },
    Tag: { type: 'structure', required: ['Key', 'Value'], members: { Key: 'tagKeyType', Value: 'tagValueType' } },
    accessKeyIdType: { type: 'string', min: 16, max: 128, pattern: '[\\w]*' },
    accessKeySecretType: { type: 'string', sensitive: true },
    accountType: { type: 'string' },
    arnType: { type: 'string', min: 20, max: 2048, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+' },
    assumedRoleIdType: { type: 'string', min: 2, max: 193, pattern: '[\\w+=,.@:-]*' },
    contextAssertionType: { type: 'string', min: 4, max: 2048, sensitive: true },
    dateType: { type: 'timestamp' },
    durationSecondsType: { type: 'integer', min: 900, max: 129600 },
    externalIdType: { type: 'string', min: 2, max: 1224, pattern: '[\\w+=,.@:\\/-]*' },
    federatedIdType: { type: 'string', min: 2, max: 193, pattern: '[\\w+=,.@\\:-]*' },
    nonNegativeIntegerType: { type: 'integer', min: 0 },
    policyDescriptorListType: { type: 'list', member: 'PolicyDescriptorType' },
    roleDurationSecondsType: { type: 'integer', min: 900, max: 43200 },
    roleSessionNameType: { type: 'string', min: 2, max: 64, pattern: '[\\w+=,.@-]*' },
    serialNumberType: { type: 'string', min: 9, max: 256, pattern: '[\\w+=/:,.@-]*' },
    sessionPolicyDocumentType: { type: 'string', min: 1, max: 2048, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+' },
    sourceIdentityType: { type: 'string', min: 2, max: 64, pattern: '[\\w+=,.@-]*' },
    tagKeyListType: { type: 'list', max: 50, member: 'tagKeyType' },
    tagKeyType: { type: 'string', min: 1, max: 128, pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+' },
    tagListType: { type: 'list', max: 50, member: 'Tag' },
    tagValueType: { type: 'string', min: 0, max: 256, pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*' },
    tokenCodeType: { type: 'string', min: 6, max: 6, pattern: '[\\d]*', sensitive: true },
    tokenType: { type: 'string' },
    unrestrictedSessionPolicyDocumentType: { type: 'string', min: 1, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+' },
    userIdType: { type: 'string' },
    userNameType: { type: 'string', min: 2, max: 32, pattern: '[\\w+=,.@-]*' },
  },
} as const
