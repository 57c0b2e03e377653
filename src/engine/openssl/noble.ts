/**
 * @noble, loaded when a key first needs it: digests signed on curves, Ed25519ph and ML-DSA, which node:crypto lacks.
 *
 * Most threads never do, as the native engine has them all. A key is used in the turn that asks for it, and `import()` answers
 * in a later one; so these ES modules are required, which Node does without a word since 20.19 and 22.13.
 *
 * @module
 */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

type Nist = typeof import('@noble/curves/nist.js')
type Secp256k1 = typeof import('@noble/curves/secp256k1.js')
type Ed25519 = typeof import('@noble/curves/ed25519.js')
type Edwards = typeof import('@noble/curves/abstract/edwards.js')
type MlDsa = typeof import('@noble/post-quantum/ml-dsa.js')

export const nist = (): Nist => require('@noble/curves/nist.js')
export const secp = (): Secp256k1 => require('@noble/curves/secp256k1.js')
export const ed = (): Ed25519 => require('@noble/curves/ed25519.js')
export const edwards = (): Edwards => require('@noble/curves/abstract/edwards.js')
export const mlDsa = (): MlDsa => require('@noble/post-quantum/ml-dsa.js')
