/** What holds for all policies and requests, whatever they say. */
import { describe, expect } from 'vitest'
import { decide } from '../../src/policy/decide.js'
import { documents, questions, requestOf } from '../support/policy-questions.js'
import type { Document, Question } from '../support/policy-reference.js'
import { fc, test } from '../support/property.js'

const RUNS = { numRuns: 400 }

/** The question with `change` made to every policy in it. */
function changed(question: Question, change: (document: Document) => Document): Question {
  const { attached, boundary, identity, session } = question
  return {
    ...question,
    identity: identity.map(change),
    boundary: boundary && change(boundary),
    session: session?.map(change),
    ...(attached && { attached: { ...attached, document: change(attached.document) } }),
  }
}

/** Every list the other way round, of statements as of values. */
function turned(document: Document): Document {
  const lists = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(lists).reverse()
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([name, member]) => [name, lists(member)]),
    )
  }
  return lists(document) as Document
}

/** Lists of one without their brackets, as the grammar lets one write them. */
function unwrapped(document: Document): Document {
  const text = JSON.stringify(document, (_, value) =>
    Array.isArray(value) && value.length === 1 ? value[0] : value,
  )
  return JSON.parse(text) as Document
}

const denies = (isAttached: boolean) =>
  documents(isAttached).map(({ Version, Statement }) => ({
    Version: Version!,
    Statement: Statement.map((statement) => ({ ...statement, Effect: 'Deny' as const })),
  }))

describe('a decision', () => {
  test.prop([questions, denies(false)], RUNS)(
    'never becomes allow by one more deny',
    (question, more) => {
      const before = decide(requestOf(question)).decision
      const withMore = [
        { ...question, identity: [...question.identity, more] },
        ...(question.boundary === undefined
          ? []
          : [
              {
                ...question,
                boundary: {
                  ...more,
                  Statement: [...question.boundary.Statement, ...more.Statement],
                },
              },
            ]),
      ]
      // A boundary's own version may change what its variables say, which is no deny that was added.
      for (const after of withMore) {
        if (after.boundary?.Version !== question.boundary?.Version) continue
        const { decision } = decide(requestOf(after))
        if (decision === 'allow') expect(before).toBe('allow')
      }
    },
  )

  test.prop([questions, denies(true)], RUNS)(
    'never becomes allow by one more deny of the resource',
    (question, more) => {
      const { attached } = question
      if (attached === undefined || attached.kind === 'trust') return
      const { Version, Statement } = attached.document
      const document = { Version: Version!, Statement: [...Statement, ...more.Statement] }
      const after = { ...question, attached: { ...attached, document } }
      if (decide(requestOf(after)).decision === 'allow') {
        expect(decide(requestOf(question)).decision).toBe('allow')
      }
    },
  )

  test.prop([questions], RUNS)('is the same in any order', (question) => {
    const { identity, session } = question
    const other = changed(
      { ...question, identity: identity.toReversed(), session: session?.toReversed() },
      turned,
    )
    expect(decide(requestOf(other)).decision).toBe(decide(requestOf(question)).decision)
  })

  test.prop([questions], RUNS)(
    'is the same of policies that were written and parsed again',
    (question) => {
      const again = changed(question, (document) =>
        JSON.parse(JSON.stringify(document, undefined, 2)),
      )
      expect(decide(requestOf(again))).toEqual(decide(requestOf(question)))
      expect(decide(requestOf(changed(question, unwrapped)))).toEqual(decide(requestOf(question)))
    },
  )

  test.prop([questions, questions], RUNS)(
    'that depends on no facts is the same with others',
    (question, { facts }) => {
      const outcome = decide(requestOf(question))
      if (outcome.dependsOnFacts) return
      expect(decide(requestOf({ ...question, facts }))).toEqual(outcome)
      expect(decide(requestOf({ ...question, facts: {} }))).toEqual(outcome)
    },
  )

  test.prop([questions, fc.constantFrom('KMS:DECRYPT', 'kms:decrypt')], RUNS)(
    'is the same for an action in any case',
    (question, action) => {
      const asked = { ...question, action: 'kms:Decrypt' }
      expect(decide(requestOf({ ...asked, action }))).toEqual(decide(requestOf(asked)))
    },
  )
})
