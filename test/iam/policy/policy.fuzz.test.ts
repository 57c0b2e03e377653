/** Random policies and requests against what the documentation says, and documents that nobody would write. */
import { describe, expect } from 'vitest'
import { decide } from '../../../src/iam/policy/decide.js'
import { fuzz } from '../../support/fuzz.js'
import { questions, requestOf } from '../../support/policy-questions.js'
import { documentedDecision } from '../../support/policy-reference.js'

describe('a decision', () => {
  fuzz(questions, 'is the one of the documentation', (question) => {
    expect(decide(requestOf(question)).decision).toBe(documentedDecision(question))
  })
})
