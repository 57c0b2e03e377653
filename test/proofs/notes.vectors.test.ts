/** Signed notes as the package has them that others use (test/vectors/merkle). */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openNote, readVerifier, verifierText } from '../../src/proofs/note.js'

const vectors = JSON.parse(readFileSync('test/vectors/merkle/notes.json', 'utf8'))
const { verifierKey, badKeys, otherKey, text, signature, otherSignature } = vectors
const peter = readVerifier(verifierKey)
const opened = (note: string) => openNote(note, peter)
const refused = expect.objectContaining({ code: 'ProofInvalid' })

describe('a verifier key', () => {
  it('is read, and written again', () => {
    expect(verifierText(peter)).toBe(verifierKey)
  })

  it.each([...badKeys, '', 'a+b', verifierKey.replace('c7', 'c8'), verifierKey.replace('P', ' ')])(
    'is not %j',
    (key) => {
      expect(() => readVerifier(key)).toThrow(expect.objectContaining({ code: 'InputInvalid' }))
    },
  )

  it('is not one whose characters were changed anywhere', () => {
    for (let at = 0; at < verifierKey.length; at++) {
      const other = verifierKey[at] === 'A' ? 'B' : 'A'
      const changed = verifierKey.slice(0, at) + other + verifierKey.slice(at + 1)
      expect(() => readVerifier(changed)).toThrow()
    }
  })
})

describe('a note', () => {
  it('is opened by who signed it, whoever else has', () => {
    expect(opened(`${text}\n${signature}`)).toBe(text)
    expect(opened(`${text}\n${otherSignature}${signature}`)).toBe(text)
    expect(openNote(`${text}\n${signature}${otherSignature}`, readVerifier(otherKey))).toBe(text)
    expect(opened(`${text}\n${signature}${signature}`)).toBe(text)
  })

  it.each([
    ['has no signature', text],
    ['has no line of one', `${text}\n`],
    ['is cut short', `${text}\n${signature.slice(0, -1)}`],
    ['has a control character', `\u0001${text}\n${signature}`],
    ['has half a character', `\ud800${text}\n${signature}`],
    ['names nobody', `${text}\n${signature.replace('PeterNeumann', 'Bad Name')}`],
    ['has another line', `${text}\n${signature}Unexpected line.\n`],
    ['is another text', `X${text}\n${signature}`],
    ['has one line more', `${text}more\n\n${signature}`],
    ['is signed by another only', `${text}\n${otherSignature}`],
    ['is signed under another name', `${text}\n${signature.replace('PeterNeumann', 'Peter')}`],
    ['has another key id', `${text}\n${signature.replace('x08g', 'xxxx')}`],
    ['has a signature that is too long', `${text}\n${signature.replace('BtiF', 'BtiFABCD')}`],
    [
      'has a good signature and a bad one',
      `${text}\n${signature}${signature.replace('BtiF', 'BtiG')}`,
    ],
    ['has 101 signatures', `${text}\n${signature.repeat(101)}`],
  ])('is refused that %s', (_, note) => {
    expect(() => opened(note)).toThrow(refused)
  })
})
