/** The texts of docs/FORMAT.md §12: read as they stand there, and written so. */
import { createPrivateKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { leafHash } from '../../src/bytes/merkle.js'
import { headText } from '../../src/proofs/checkpoint.js'
import { Edge } from '../../src/proofs/edge.js'
import { readVerifier, signedNote } from '../../src/proofs/note.js'
import {
  consistencyText,
  inclusionText,
  verifyConsistency,
  verifyInclusion,
} from '../../src/proofs/proof.js'

const section = readFileSync('docs/FORMAT.md', 'utf8').split('\n## 12. ')[1]!
const vector = section.split('#### Vector')[1]!
const key = /`(sealtrail\/\S+\+\S+)`/.exec(vector)![1]!
const [older, inclusion, consistency] = (vector.match(/(?: {4}.*\n|\n(?= {4}))+/g) ?? [])
  .map((block) => block.replace(/^\n/, '').replace(/^ {4}/gm, ''))
  .filter((block) => block.includes('— '))

const SEED = Buffer.from(Array.from({ length: 32 }, (_, i) => i))
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex')
const privateKey = createPrivateKey({
  key: Buffer.concat([PKCS8_HEAD, SEED]),
  format: 'der',
  type: 'pkcs8',
})
const records = ['{"eventName":"CreateKey"}', '', '{"eventName":"Decrypt"}'].map((text) =>
  Buffer.from(text),
)
const leaves = records.map(leafHash)

function checkpointOf(size: number): string {
  const edge = new Edge()
  edge.add(Buffer.concat(leaves.slice(0, size)))
  const verifier = readVerifier(key)
  const text = headText(verifier.name, { size, root: edge.root() })
  return signedNote(text, verifier, (bytes) => sign(null, bytes, privateKey))
}

describe('the log of the format', () => {
  it('is signed so', () => {
    expect(checkpointOf(1)).toBe(older)
  })

  it('has a record that is proven so', () => {
    expect(verifyInclusion(inclusion!, key)).toEqual({
      record: '{"eventName":"Decrypt"}',
      index: 2,
      size: 3,
    })
    const [, , , path] = inclusion!.split('\n')
    const proof = {
      record: records[2]!,
      index: 2,
      path: [Buffer.from(path!, 'base64')],
      checkpoint: checkpointOf(3),
    }
    expect(inclusionText(proof)).toBe(inclusion)
  })

  it('grew so', () => {
    expect(verifyConsistency(consistency!, older!, key)).toEqual({ from: 1, to: 3 })
    expect(consistencyText(1, leaves.slice(1), checkpointOf(3))).toBe(consistency)
  })
})
