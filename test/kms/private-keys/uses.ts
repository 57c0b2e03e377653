/** A call of each operation that uses a key's material, on a key of a kind for which it is. */
import { generateKeyPairSync } from 'node:crypto'
import type { Kms } from '../../../src/kms/kms.js'
import type { Kind } from './kinds.js'

const Message = Buffer.alloc(32, 1)
const blob = Buffer.alloc(256, 1)
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const PublicKey = publicKey.export({ format: 'der', type: 'spki' })

export interface Use {
  readonly KeyUsage: Kind['KeyUsage']
  readonly run: (kms: Kms, KeyId: string) => Promise<unknown>
}

const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
const SigningAlgorithm = 'ECDSA_SHA_256'
const MacAlgorithm = 'HMAC_SHA_256'

/** By the operation's name. Those that open or verify are given what does not. */
export const USES: Readonly<Record<string, Use>> = {
  Encrypt: {
    KeyUsage: 'ENCRYPT_DECRYPT',
    run: (kms, KeyId) => kms.encrypt({ KeyId, Plaintext: Message, EncryptionAlgorithm }),
  },
  Decrypt: {
    KeyUsage: 'ENCRYPT_DECRYPT',
    run: (kms, KeyId) => kms.decrypt({ KeyId, CiphertextBlob: blob, EncryptionAlgorithm }),
  },
  Sign: {
    KeyUsage: 'SIGN_VERIFY',
    run: (kms, KeyId) => kms.sign({ KeyId, Message, SigningAlgorithm }),
  },
  Verify: {
    KeyUsage: 'SIGN_VERIFY',
    run: (kms, KeyId) => kms.verify({ KeyId, Message, SigningAlgorithm, Signature: blob }),
  },
  GenerateMac: {
    KeyUsage: 'GENERATE_VERIFY_MAC',
    run: (kms, KeyId) => kms.generateMac({ KeyId, Message, MacAlgorithm }),
  },
  VerifyMac: {
    KeyUsage: 'GENERATE_VERIFY_MAC',
    run: (kms, KeyId) => kms.verifyMac({ KeyId, Message, MacAlgorithm, Mac: blob }),
  },
  DeriveSharedSecret: {
    KeyUsage: 'KEY_AGREEMENT',
    run: (kms, KeyId) =>
      kms.deriveSharedSecret({ KeyId, PublicKey, KeyAgreementAlgorithm: 'ECDH' }),
  },
}

/** A key for each usage whose algorithm is the one above. */
export const KIND_OF = {
  ENCRYPT_DECRYPT: 'RSA_2048',
  SIGN_VERIFY: 'ECC_NIST_P256',
  GENERATE_VERIFY_MAC: 'HMAC_256',
  KEY_AGREEMENT: 'ECC_NIST_P256',
} as const

/** How a use ends that was let through. */
export const ALLOWED: Readonly<Record<string, string>> = {
  ...{ Decrypt: 'InvalidCiphertextException', Verify: 'KMSInvalidSignatureException' },
  VerifyMac: 'KMSInvalidMacException',
}
