/**
 * Every question that a machine can be asked, in the order in which it is asked all of them.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import type { Question } from './question.js'
import { GZIP } from './questions/gzip.js'
import { JOURNAL } from './questions/journal.js'
import { KMS } from './questions/kms.js'
import { MESSAGE } from './questions/message.js'
import { PIPELINE } from './questions/pipeline.js'
import { PRIVATE_KEYS } from './questions/private-keys.js'
import { SEAL } from './questions/seal.js'
import { WRAP } from './questions/wrap.js'

export const QUESTIONS: readonly Question[] = [
  ...[SEAL, WRAP, PRIVATE_KEYS, MESSAGE, GZIP, PIPELINE, JOURNAL, KMS],
]

/** Those whose name holds one of the words; without words all. @throws SealtrailError `InputInvalid` */
export function questionsFor(words: readonly string[]): readonly Question[] {
  const isMeant = ({ name }: Question) => words.some((word) => name.includes(word))
  const stray = words.find((word) => !QUESTIONS.some(({ name }) => name.includes(word)))
  if (stray === undefined) return words.length === 0 ? QUESTIONS : QUESTIONS.filter(isMeant)
  const names = QUESTIONS.map(({ name }) => name).join(', ')
  throw new SealtrailError('InputInvalid', `no bench is named like ${stray}: there are ${names}`)
}
