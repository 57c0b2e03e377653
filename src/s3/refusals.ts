/**
 * What many operations refuse in the same words: AWS's.
 *
 * Statuses, and the elements that XML shows beside code and message, are in http/. Source: Amazon S3 API reference,
 * "Error responses"; answers of S3 as public projects record them.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'

export function noSuchBucket(name: string): SealtrailError {
  const says = 'The specified bucket does not exist'
  return new SealtrailError('NoSuchBucket', says, { BucketName: name })
}

export function malformedXml(): SealtrailError {
  const says =
    'The XML you provided was not well-formed or did not validate against our published schema'
  return new SealtrailError('MalformedXML', says)
}

export function invalidArgument(says: string, name?: string, value?: string): SealtrailError {
  return new SealtrailError('InvalidArgument', says, {
    ...(name === undefined ? {} : { ArgumentName: name }),
    ...(value === undefined ? {} : { ArgumentValue: value }),
  })
}

export function invalidRequest(says: string): SealtrailError {
  return new SealtrailError('InvalidRequest', says)
}

export function methodNotAllowed(): SealtrailError {
  const says = 'The specified method is not allowed against this resource.'
  return new SealtrailError('MethodNotAllowed', says)
}

/** Where even the reason would tell too much. */
export function accessDenied(detail: SealtrailError['detail'] = {}): SealtrailError {
  return new SealtrailError('AccessDeniedException', 'Access Denied', detail)
}

export function notImplemented(): SealtrailError {
  const says = 'A header you provided implies functionality that is not implemented'
  return new SealtrailError('NotImplemented', says)
}

export function tryAgain(): SealtrailError {
  const says =
    'A conflicting conditional operation is currently in progress against this resource. Please try again.'
  return new SealtrailError('OperationAborted', says)
}
