/** One raw AES key, as our keyring and as the AWS Encryption SDK's, for the benches beside. */
import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node'
import { rawAesKeyring } from '../../src/message/raw-aes-keyring.js'

/** The name that the tables show. */
export const SDK = '@aws-crypto/client-node'

const key = new Uint8Array(32).fill(7)

export const encryptionContext = { tenant: 'acme', purpose: 'bench' }
export const keyring = rawAesKeyring({ namespace: 'bench', name: 'key', key })

export const sdk = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
export const sdkKeyring = new RawAesKeyringNode({
  keyNamespace: 'bench',
  keyName: 'key',
  unencryptedMasterKey: key,
  wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  utf8Sorting: true,
})
/** The suite that we write; its default signs too, and is several times slower. */
export const suiteId = AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY
