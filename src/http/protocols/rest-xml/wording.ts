/**
 * What S3 says of a header or a parameter that is not what it must be.
 *
 * Source: Amazon S3 API reference, "Error responses"; what S3 answers.
 *
 * @module
 */
import { type FaultCode, SealtrailError } from '../../../errors.js'
import { excerpt } from '../../../excerpt.js'

const ALGORITHMS =
  'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256, SHA512, MD5, XXHASH64, XXHASH3, XXHASH128]'
const NOT_A_NUMBER = (name: string) => `Provided ${name} not an integer or within integer range`

/** By the name in HTTP, in lower case. */
const WORDING: Readonly<Record<string, readonly [code: FaultCode, message: string]>> = {
  'encoding-type': ['InvalidArgument', 'Invalid Encoding Method specified in Request'],
  'max-keys': ['InvalidArgument', NOT_A_NUMBER('max-keys')],
  'max-parts': ['InvalidArgument', NOT_A_NUMBER('max-parts')],
  'max-uploads': ['InvalidArgument', NOT_A_NUMBER('max-uploads')],
  'part-number-marker': ['InvalidArgument', NOT_A_NUMBER('part-number-marker')],
  'x-amz-part-number-marker': ['InvalidArgument', NOT_A_NUMBER('part-number-marker')],
  partnumber: ['InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive'],
  versionid: ['InvalidArgument', 'Version id cannot be the empty string'],
  'x-amz-checksum-algorithm': ['InvalidRequest', ALGORITHMS],
  'x-amz-checksum-type': ['InvalidRequest', 'Value for x-amz-checksum-type header is invalid.'],
  'x-amz-copy-source': [
    'InvalidArgument',
    'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
  ],
  'x-amz-metadata-directive': ['InvalidArgument', 'Unknown metadata directive.'],
  'x-amz-object-attributes': ['InvalidArgument', 'Invalid attribute name specified.'],
  'x-amz-object-lock-legal-hold': ['InvalidArgument', "Legal Hold must be either of 'ON' or 'OFF'"],
  'x-amz-object-lock-mode': ['InvalidArgument', 'Unknown wormMode directive.'],
  'x-amz-object-lock-retain-until-date': [
    'InvalidArgument',
    'The retain until date must be provided in ISO 8601 format',
  ],
  'x-amz-object-ownership': [
    'InvalidArgument',
    'Invalid x-amz-object-ownership header: use BucketOwnerEnforced, BucketOwnerPreferred or ObjectWriter',
  ],
  'x-amz-sdk-checksum-algorithm': [
    'InvalidRequest',
    'Value for x-amz-sdk-checksum-algorithm header is invalid.',
  ],
  'x-amz-server-side-encryption': [
    'InvalidArgument',
    'The encryption method specified is not supported',
  ],
  'x-amz-storage-class': ['InvalidStorageClass', 'The storage class you specified is not valid'],
  'x-amz-tagging-directive': ['InvalidArgument', 'Unknown tagging directive.'],
}

/** @param name as the request has it; not of a secret. */
export function wrongValue(name: string, value: string): SealtrailError {
  const [code, message] = WORDING[name.toLowerCase()] ?? [
    'InvalidArgument',
    `The value of ${name} is not valid`,
  ]
  return new SealtrailError(code, message, { ArgumentName: name, ArgumentValue: excerpt(value) })
}

/** For a parameter that becomes a header of the answer. */
export function notLatin1(name: string): SealtrailError {
  const says = 'Header value cannot be represented using ISO-8859-1.'
  return new SealtrailError('InvalidArgument', says, { ArgumentName: name })
}

export function notImplemented(operation: string): SealtrailError {
  const says = `A header or query you provided requested functionality that is not implemented: ${operation}`
  return new SealtrailError('NotImplemented', says)
}
