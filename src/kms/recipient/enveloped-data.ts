/**
 * An answer to a recipient, in the bytes that AWS KMS writes: CMS, EnvelopedData, one recipient.
 *
 *     ContentInfo  envelopedData
 *       EnvelopedData  2
 *         { KeyTransRecipientInfo  2  [0] key id 32  RSAES-OAEP (SHA-256, MGF1 with SHA-256)  encrypted key }
 *         data  AES-256-CBC, IV 16  [0] { encrypted content }
 *
 * What stands around the content has no lengths (BER), as AWS's answers have none: some clients look for just these
 * bytes. What is encrypted is encrypted in seal.ts. Source: RFC 5652 §6, RFC 4055 §4.1; docs/FORMAT.md §13.
 *
 * @module
 */
import {
  element,
  INTEGER,
  OBJECT_ID,
  OCTET_STRING,
  openElement,
  SEQUENCE,
  SET,
} from '../../bytes/der.js'

export interface Enveloped {
  /** SHA-256 of the recipient's public key in DER. */
  readonly keyId: Uint8Array
  readonly encryptedKey: Uint8Array
  readonly iv: Uint8Array
  readonly encryptedContent: Uint8Array
}

const [KEY_ID, CONTENT, OAEP_HASH, OAEP_MASK] = [0x80, 0xa0, 0xa0, 0xa1]
const NULL = Buffer.from('0500', 'hex')
const VERSION = element(INTEGER, Uint8Array.of(2))
const ENVELOPED_DATA = objectId('2a864886f70d010703')
const DATA = objectId('2a864886f70d010701')
const AES_256_CBC = objectId('60864801650304012a')
const RSAES_OAEP = objectId('2a864886f70d010107')
const MGF1 = objectId('2a864886f70d010108')
const SHA_256 = element(SEQUENCE, objectId('608648016503040201'), NULL)
const KEY_ENCRYPTION = element(
  SEQUENCE,
  RSAES_OAEP,
  element(
    SEQUENCE,
    element(OAEP_HASH, SHA_256),
    element(OAEP_MASK, element(SEQUENCE, MGF1, SHA_256)),
  ),
)

export function envelopedData({
  keyId,
  encryptedKey,
  iv,
  encryptedContent,
}: Enveloped): Uint8Array {
  const recipient = element(
    SEQUENCE,
    ...[VERSION, element(KEY_ID, keyId), KEY_ENCRYPTION, element(OCTET_STRING, encryptedKey)],
  )
  const content = openElement(
    SEQUENCE,
    DATA,
    element(SEQUENCE, AES_256_CBC, element(OCTET_STRING, iv)),
    openElement(CONTENT, element(OCTET_STRING, encryptedContent)),
  )
  const enveloped = openElement(SEQUENCE, VERSION, element(SET, recipient), content)
  return openElement(SEQUENCE, ENVELOPED_DATA, openElement(CONTENT, enveloped))
}

function objectId(hex: string): Uint8Array {
  return element(OBJECT_ID, Buffer.from(hex, 'hex'))
}
