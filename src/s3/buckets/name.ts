/**
 * What a bucket may be called.
 *
 *     3 to 63 of a-z 0-9 . -, a letter or digit at both ends, no two dots together, no IP address
 *
 * Some beginnings and endings are AWS's own. Source: Amazon S3 user guide, "General purpose bucket naming rules".
 *
 * @module
 */
import type { Place } from '../../aws/arn.js'
import { SealtrailError } from '../../errors.js'

const NAME = /^[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/
const IP_ADDRESS = /^\d{1,3}(?:\.\d{1,3}){3}$/
/** What could once be made in us-east-1, and so may be asked for. */
const OLD_NAME = /^[A-Za-z0-9._-]{3,255}$/
const OWN_STARTS = ['xn--', 'sthree-', 'amzn-s3-demo-']
const OWN_ENDS = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3']
/** Of names that only their account and region have. */
const NAMESPACE_END = '-an'

/**
 * Of a bucket that is to be made.
 * @param isOfAccount in the namespace of its account and region, where its name ends in them.
 * @throws SealtrailError `InvalidBucketName`
 */
export function checkNewName(name: string, { account, region }: Place, isOfAccount: boolean): void {
  const isSound =
    NAME.test(name) &&
    !IP_ADDRESS.test(name) &&
    !OWN_STARTS.some((start) => name.startsWith(start)) &&
    !OWN_ENDS.some((end) => name.endsWith(end))
  const isInPlace = isOfAccount
    ? name.endsWith(`-${account}-${region}${NAMESPACE_END}`)
    : !name.endsWith(NAMESPACE_END)
  if (!isSound || !isInPlace) throw invalidName(name)
}

/** Of a bucket that may be there. @throws SealtrailError `InvalidBucketName` */
export function checkName(name: string): void {
  if (!isName(name)) throw invalidName(name)
}

/** Whether a bucket of that name may be there. */
export function isName(name: string): boolean {
  return OLD_NAME.test(name)
}

function invalidName(name: string): SealtrailError {
  const detail = { BucketName: name }
  return new SealtrailError('InvalidBucketName', 'The specified bucket is not valid.', detail)
}
