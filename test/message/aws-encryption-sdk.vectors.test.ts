/** The 46 known answers of the committing suites; see test/vectors/aws-encryption-sdk/ORIGIN.md. */
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { openStream } from '../../src/message/streams/node-stream.js'
import { eachEngine } from '../support/engines.js'
import { fixedKeyring, piecesOf } from './sample.js'
import { openWhole } from './whole.js'

interface Vector {
  readonly comment: string
  readonly status: boolean
  readonly ciphertext: string
  readonly 'decrypted-dek': string
  readonly 'encryption-context': Record<string, string>
  readonly 'plaintext-frames'?: string[]
}

const file = 'test/vectors/aws-encryption-sdk/commitment_known_answer_tests.json'
const vectors: Vector[] = JSON.parse(readFileSync(file, 'utf8')).tests
const good = vectors.filter(({ status }) => status)
const bad = vectors.filter(({ status }) => !status)

function read(vector: Vector) {
  return {
    sealed: Buffer.from(vector.ciphertext, 'base64'),
    keyring: fixedKeyring(Buffer.from(vector['decrypted-dek'], 'base64')),
    plain: vector['plaintext-frames']?.join(''),
    context: vector['encryption-context'],
    isSigned: 'aws-crypto-public-key' in vector['encryption-context'],
  }
}

it('the vectors are all there: 41 good, 5 bad', () => {
  expect([good.length, bad.length]).toEqual([41, 5])
})

describe.each(eachEngine)('a message of another SDK, over the $name engine,', ({ engine }) => {
  it.each(good)('opens: $comment', async (vector) => {
    const { sealed, keyring, plain, context } = read(vector)
    const opened = await openWhole({ engine, keyring, encryptionContext: context }, sealed)
    expect(Buffer.from(opened.plain).toString('latin1')).toBe(plain)
    expect({ ...opened.encryptionContext }).toEqual(context)
  })

  it.each(bad)('is refused: $comment', async (vector) => {
    const { sealed, keyring } = read(vector)
    const refusal = expect.objectContaining({ code: 'InvalidCiphertextException', message: '' })
    await expect(openWhole({ engine, keyring }, sealed)).rejects.toEqual(refusal)
  })

  it.each(vectors)('streams, unless it is signed or bad: $comment', async (vector) => {
    const { sealed, keyring, plain, isSigned } = read(vector)
    const opener = openStream({ engine, keyring })
    const opened = buffer(Readable.from(piecesOf(sealed, [7])).pipe(opener))
    if (isSigned) await expect(opened).rejects.toMatchObject({ code: 'InputInvalid' })
    else if (vector.status) expect((await opened).toString('latin1')).toBe(plain)
    else await expect(opened).rejects.toMatchObject({ code: 'InvalidCiphertextException' })
  })
})
