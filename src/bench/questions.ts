/**
 * Every question that a machine can be asked, in the order in which it is asked all of them; each is read when it is asked.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import type { Question } from './question.js'

export const QUESTIONS: readonly Question[] = [
  {
    name: 'engine/seal',
    asks: 'how fast does one core seal and open text that the caller owns?',
    cores: 'one',
    load: () => import('./questions/seal.js'),
  },
  {
    name: 'engine/sweep',
    asks: 'from what size on do threads pay, with each engine?',
    cores: 'all',
    load: () => import('./questions/sweep.js'),
  },
  {
    name: 'engine/wrap',
    asks: 'how fast is one data key wrapped, alone and in batches?',
    cores: 'one',
    load: () => import('./questions/wrap.js'),
  },
  {
    name: 'engine/sign',
    asks: 'how fast does one core sign, and make MACs?',
    cores: 'one',
    load: () => import('./questions/private-keys.js'),
  },
  {
    name: 'message/small',
    asks: 'how many small sealed objects does one core make and open in a second?',
    cores: 'one',
    load: () => import('./questions/message.js'),
  },
  {
    name: 'gzip/level',
    asks: 'how fast does one core compress log files, and how well?',
    cores: 'one',
    load: () => import('./questions/gzip.js'),
  },
  {
    name: 'pool/log-files',
    asks: 'how much sooner does the pool compress and seal log files than Node streams do?',
    cores: 'all',
    load: () => import('./questions/pipeline.js'),
  },
  {
    name: 'store/journal',
    asks: 'how many audit records a second become durable?',
    cores: 'all',
    load: () => import('./questions/journal.js'),
  },
  {
    name: 'kms/calls',
    asks: 'what does a key operation cost, whole: policy, grants, record on the disk?',
    cores: 'all',
    load: () => import('./questions/kms.js'),
  },
  {
    name: 'kms/served',
    asks: 'how many signed calls a second does a server answer, each recorded on the disk before?',
    cores: 'all',
    load: () => import('./questions/served.js'),
  },
]

/** Those whose name holds one of the words; without words all. @throws SealtrailError `InputInvalid` */
export function questionsFor(words: readonly string[]): readonly Question[] {
  const isMeant = ({ name }: Question) => words.some((word) => name.includes(word))
  const stray = words.find((word) => !QUESTIONS.some(({ name }) => name.includes(word)))
  if (stray === undefined) return words.length === 0 ? QUESTIONS : QUESTIONS.filter(isMeant)
  const names = QUESTIONS.map(({ name }) => name).join(', ')
  throw new SealtrailError('InputInvalid', `no bench is named like ${stray}: there are ${names}`)
}
