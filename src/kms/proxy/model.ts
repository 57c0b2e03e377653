/**
 * The API of an external key store proxy, as a table like AWS's own (aws/model.ts): what a KMS elsewhere asks of us.
 *
 * What is there beside it in a request is passed over, as the specification wants it; what is said of the request is
 * recorded and checked for nothing but its length. Source: External Key Store Proxy API Specification, "API operations".
 *
 * @module
 */
import { apiOf } from '../../aws/model.js'
import type * as typed from '../../aws/typed.js'

/** What is said of a call to the KMS elsewhere; which of it must be, each request says. */
const ABOUT_THE_CALL = {
  awsPrincipalArn: 'Arn',
  awsSourceVpc: 'Name',
  awsSourceVpce: 'Name',
  kmsKeyArn: 'Arn',
  kmsOperation: 'Name',
  kmsRequestId: 'Name',
  kmsViaService: 'Name',
} as const

const XKS = {
  name: 'kms-xks-proxy',
  version: 'v1',
  operations: {
    Decrypt: { input: 'DecryptRequest', output: 'DecryptResponse' },
    Encrypt: { input: 'EncryptRequest', output: 'EncryptResponse' },
    GetHealthStatus: { input: 'HealthRequest', output: 'HealthResponse' },
    GetKeyMetadata: { input: 'MetadataRequest', output: 'MetadataResponse' },
  },
  others: [],
  shapes: {
    Algorithm: { type: 'string', enum: ['AES_GCM'] },
    Arn: { type: 'string', min: 1, max: 2048 },
    Bytes: { type: 'blob' },
    DecryptRequest: {
      type: 'structure',
      required: [
        ...['requestMetadata', 'ciphertext', 'encryptionAlgorithm'],
        ...['authenticationTag', 'initializationVector'],
      ],
      members: {
        requestMetadata: 'KeyUseMetadata',
        additionalAuthenticatedData: 'Bytes',
        ciphertext: 'Bytes',
        ciphertextMetadata: 'Bytes',
        encryptionAlgorithm: 'Algorithm',
        initializationVector: 'Bytes',
        authenticationTag: 'Bytes',
      },
    },
    DecryptResponse: {
      type: 'structure',
      required: ['plaintext'],
      members: { plaintext: 'SecretBytes' },
    },
    EncryptRequest: {
      type: 'structure',
      required: ['requestMetadata', 'plaintext', 'encryptionAlgorithm'],
      members: {
        requestMetadata: 'KeyUseMetadata',
        additionalAuthenticatedData: 'Bytes',
        plaintext: 'SecretBytes',
        encryptionAlgorithm: 'Algorithm',
        ciphertextDataIntegrityValueAlgorithm: 'IntegrityAlgorithm',
      },
    },
    EncryptResponse: {
      type: 'structure',
      required: [],
      members: {
        authenticationTag: 'Bytes',
        ciphertext: 'Bytes',
        ciphertextDataIntegrityValue: 'Bytes',
        ciphertextMetadata: 'Bytes',
        initializationVector: 'Bytes',
      },
    },
    HealthMetadata: {
      type: 'structure',
      required: ['kmsOperation', 'kmsRequestId'],
      members: { kmsOperation: 'Name', kmsRequestId: 'Name' },
    },
    HealthRequest: {
      type: 'structure',
      required: ['requestMetadata'],
      members: { requestMetadata: 'HealthMetadata' },
    },
    HealthResponse: {
      type: 'structure',
      required: [],
      members: {
        xksProxyFleetSize: 'Integer',
        xksProxyVendor: 'Name',
        xksProxyModel: 'Name',
        ekmVendor: 'Name',
        ekmFleetDetails: 'Managers',
      },
    },
    Integer: { type: 'integer' },
    IntegrityAlgorithm: { type: 'string', enum: ['SHA_256'] },
    KeyUseMetadata: {
      type: 'structure',
      required: ['awsPrincipalArn', 'kmsKeyArn', 'kmsOperation', 'kmsRequestId'],
      members: ABOUT_THE_CALL,
    },
    Manager: {
      type: 'structure',
      required: [],
      members: { id: 'Name', model: 'Name', healthStatus: 'Name' },
    },
    Managers: { type: 'list', member: 'Manager' },
    MetadataMetadata: {
      type: 'structure',
      required: ['awsPrincipalArn', 'kmsOperation', 'kmsRequestId'],
      members: ABOUT_THE_CALL,
    },
    MetadataRequest: {
      type: 'structure',
      required: ['requestMetadata'],
      members: { requestMetadata: 'MetadataMetadata' },
    },
    MetadataResponse: {
      type: 'structure',
      required: [],
      members: { keySpec: 'Name', keyUsage: 'Names', keyStatus: 'Name' },
    },
    Name: { type: 'string', min: 1, max: 256 },
    Names: { type: 'list', member: 'Name' },
    SecretBytes: { type: 'blob', sensitive: true },
  },
} as const

export const XKS_API = apiOf(XKS)

export type XksOperation = keyof (typeof XKS)['operations']

export type XksInput<Name extends XksOperation> = typed.InputOf<typeof XKS, Name>
