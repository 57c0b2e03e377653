/** Messages as the AWS Encryption SDK writes them unless told otherwise: with a signature at their end. */
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import {
  buildClient,
  CommitmentPolicy,
  getClient,
  KMS,
  KmsKeyringNode,
  type KmsKeyringNodeInput,
} from '@aws-crypto/client-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sealtrail } from '../support/command.js'
import { startServer, temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('cli-signed')
const at = (name: string) => `${folder.path}/${name}`
const run = (args: string[], input?: Uint8Array) =>
  sealtrail(['open', ...args, '--data-dir', at('data')], input)
const plain = Buffer.alloc(200_000, 'signed ')
let signed: Buffer

beforeAll(async () => {
  const made = await sealtrail(['keys', 'create', '--data-dir', at('data')])
  const server = await startServer(at('data'))
  const connection = { endpoint: server.url, credentials: server.credentials }
  // The types of its KMS client are those of an older AWS SDK than ours; the client itself fits.
  const clientProvider = getClient(KMS as never, connection) as NonNullable<
    KmsKeyringNodeInput['clientProvider']
  >
  const keyring = new KmsKeyringNode({ generatorKeyId: made.out.toString().trim(), clientProvider })
  const { encrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
  const { result } = await encrypt(keyring, plain, { encryptionContext: { tenant: 'acme' } })
  await server.stop()
  expect(result.readUInt16BE(1)).toBe(0x0578)
  signed = result
  writeFileSync(at('signed'), signed)
})
afterAll(() => folder.remove())

describe('a signed message', () => {
  it('opens from a file and from stdin, by its exact context too', async () => {
    const file = await run([at('signed'), at('opened'), '--context', 'tenant=acme'])
    expect([file.code, readFileSync(at('opened')).equals(plain)]).toEqual([0, true])
    const pair = ['--context', 'tenant=acme', '--exact-context']
    expect((await run(['-', '-', ...pair], signed)).out.equals(plain)).toBe(true)
  })

  it.each([
    ['its signature is another', () => flipped(signed.length - 1), []],
    ['its last frame is another', () => flipped(signed.length - 200), []],
    ['its signature is cut', () => signed.subarray(0, -1), []],
    ['it ends in its first bytes', () => signed.subarray(0, 2), []],
    ['its context is another', () => signed, ['--context', 'tenant=other']],
    ['its context must be exactly none', () => signed, ['--exact-context']],
  ])('gives no byte when %s', async (_, bytes, more) => {
    const { code, out } = await run(['-', '-', ...more], bytes())
    expect([code, out.length]).toEqual([3, 0])
  })

  it('is refused with its bound when it is too large for memory', async () => {
    writeFileSync(at('large'), signed.subarray(0, 3))
    truncateSync(at('large'), 2 ** 28 + 1)
    const { code, said } = await run([at('large'), at('never')])
    expect([code, said]).toEqual([1, expect.stringMatching(/268435456 bytes \(InputTooLarge\)\n$/)])
    expect(existsSync(at('never'))).toBe(false)
  })
})

function flipped(index: number): Buffer {
  const copy = Buffer.from(signed)
  copy[index]! ^= 1
  return copy
}
