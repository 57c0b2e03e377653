/** What is sealed to a recipient leaves nothing behind here. */
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { chooseEngines } from '../../../src/engine/choose.js'
import type { Engine } from '../../../src/engine/engine.js'
import { handOver } from '../../../src/kms/recipient/recipient.js'
import { sealTo } from '../../../src/kms/recipient/seal.js'
import { register } from '../../support/attestation.js'
import { openCms } from '../../support/cms.js'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const holder = { publicKey, keyId: Buffer.alloc(32, 1) }
const engines = chooseEngines('auto')

/** The engine, and what random bytes it was asked for. */
function watched(): { engine: Engine; filled: Uint8Array[]; made: Buffer[] } {
  const [filled, made]: [Uint8Array[], Buffer[]] = [[], []]
  const engine: Engine = Object.create(engines.small, {
    randomFill: {
      value(target: Uint8Array) {
        engines.small.randomFill(target)
        filled.push(target)
        made.push(Buffer.from(target))
      },
    },
  })
  return { engine, filled, made }
}

describe('sealing', () => {
  it('wipes the key of the content, and leaves the plain bytes to the caller', () => {
    const plain = Buffer.from('plain bytes')
    const { engine, filled, made } = watched()
    expect(openCms(sealTo(holder, plain, engine), privateKey)).toEqual(plain)
    const key = filled.findIndex((bytes) => bytes.length === 32)
    expect(made[key]!.every((byte) => byte === 0)).toBe(false)
    expect(filled[key]!.every((byte) => byte === 0)).toBe(true)
    expect(plain.toString()).toBe('plain bytes')
  })

  it('wipes it also when the recipient’s key cannot encrypt', () => {
    const { engine, filled } = watched()
    const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
    expect(() => sealTo({ ...holder, publicKey: curve }, Buffer.alloc(9), engine)).toThrow()
    const key = filled.find((bytes) => bytes.length === 32)
    expect(key!.every((byte) => byte === 0)).toBe(true)
  })
})

describe('handing over', () => {
  const pcrs = new Map([[0, register(0)]])
  const attested = {
    moduleId: 'i-0',
    platform: 'NitroEnclave',
    pcrs,
    publicKey: undefined,
  } as const
  const call = { showBeside: () => undefined } as never
  const parts = { engines } as never

  it('wipes what only the recipient reads, whether or not that went well', () => {
    const plain = Buffer.from('plain bytes')
    const answer = handOver(parts, call, { attested, holder }, 'Plaintext', plain)
    expect(Object.keys(answer)).toEqual(['CiphertextForRecipient'])
    expect(plain.every((byte) => byte === 0)).toBe(true)
    const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
    const wrong = { attested, holder: { ...holder, publicKey: curve } }
    const other = Buffer.from('plain bytes')
    expect(() => handOver(parts, call, wrong, 'Plaintext', other)).toThrow(/cannot encrypt/)
    expect(other.every((byte) => byte === 0)).toBe(true)
  })

  it('gives what has no recipient as it is, under the name it has in the answer', () => {
    const plain = Buffer.from('plain bytes')
    expect(handOver(parts, call, undefined, 'SharedSecret', plain)).toEqual({ SharedSecret: plain })
    expect(plain.toString()).toBe('plain bytes')
  })
})
