/** Random policies and requests against what the documentation says, and documents that nobody would write. */
import * as fc from 'fast-check'
import { describe, expect } from 'vitest'
import { decide } from '../../src/policy/decide.js'
import { type Policy, parsePolicy } from '../../src/policy/policy.js'
import { allow, deny, OWN, ROOT, request } from '../support/documented.js'
import { fuzz, textNear, unlessRefused } from '../support/fuzz.js'
import { conditionQuestions, questions, requestOf } from '../support/policy-questions.js'
import { documentedDecision } from '../support/policy-reference.js'

describe('a decision', () => {
  fuzz(questions, 'is the one of the documentation', (question) => {
    expect(decide(requestOf(question)).decision).toBe(documentedDecision(question))
  })

  fuzz(conditionQuestions, 'on conditions is the one of the documentation', (question) => {
    expect(decide(requestOf(question)).decision).toBe(documentedDecision(question))
  })
})

const texts = [
  {
    Version: '2012-10-17',
    Statement: [
      allow(),
      deny({ Sid: 'No', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    ],
  },
  {
    Version: '2012-10-17',
    Id: 'key',
    Statement: allow({ Principal: { AWS: [ROOT, OWN], Service: 's3.amazonaws.com' } }),
  },
  {
    Version: '2012-10-17',
    Statement: [
      allow({
        Action: ['kms:De*', 's3:Get?bject'],
        Resource: "arn:aws:s3:::b/${aws:username, 'x'}/${*}*",
        Condition: {
          'ForAnyValue:StringLikeIfExists': { 'aws:TagKeys': ['a*', '${aws:userid}'] },
          DateGreaterThan: { 'aws:CurrentTime': '2026-06-30T12:00:00.5+01:00' },
          IpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '2001:db8::/32'] },
          ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/*' },
          NumericLessThan: { 'app:n': 7.5 },
          BinaryEquals: { 'app:b': 'AQID' },
          Null: { 'app:x': true },
        },
      }),
    ],
  },
].map((document) => JSON.stringify(document))

const kinds = fc.constantFrom<Policy['kind'][]>(
  'identity',
  'session',
  'boundary',
  'key',
  'bucket',
  'trust',
)

describe('a document', () => {
  fuzz(
    fc.tuple(textNear(texts), kinds),
    'is a policy that decides, or is refused',
    ([text, kind]) => {
      const policy = unlessRefused(['MalformedPolicyDocumentException'], () =>
        parsePolicy(text, kind, 'p'),
      )
      if (policy === undefined) return
      const isAttached = kind === 'key' || kind === 'bucket' || kind === 'trust'
      const parts = isAttached ? { resourcePolicy: policy } : { identityPolicies: [policy] }
      const values = ['x', '203.0.113.9', '7', '*', '2027-01-01', 'arn:aws:iam::1:user/a']
      for (const value of values) decide(request({ ...parts, fact: () => [value] }))
      decide(request({ ...parts, fact: () => values }))
    },
  )
})
