/**
 * What KMS refused, as S3 tells its own callers.
 *
 *     NotFoundException, DisabledException, …    KMS. and the name, with KMS's message
 *     AccessDeniedException                      as it is: it names the key
 *     ThrottlingException, of a quota            SlowDown
 *     InvalidCiphertextException                 the stored wraps are not what was written: ObjectDamaged
 *
 * Source: Amazon S3 API reference, "Error responses".
 *
 * @module
 */
import { type FaultCode, SealtrailError } from '../../errors.js'
import { isOverQuota } from '../../service/over-quota.js'

const TOLD: Partial<Record<FaultCode, FaultCode>> = {
  NotFoundException: 'KMS.NotFoundException',
  DisabledException: 'KMS.DisabledException',
  InvalidKeyUsageException: 'KMS.InvalidKeyUsageException',
  KMSInvalidStateException: 'KMS.KMSInvalidStateException',
  ValidationException: 'InvalidArgument',
}
/** What people take for the name of the AWS managed key; AWS has no quotes around this one. */
const NO_ALIAS = 'aws/s3'
const SLOW_DOWN = 'Please reduce your request rate for operations involving AWS KMS.'

/** Runs `ask`, which asks KMS. @throws SealtrailError as S3 tells it */
export async function asS3Tells<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof SealtrailError)) throw error
    if (isOverQuota(error)) throw new SealtrailError('SlowDown', SLOW_DOWN, {}, { cause: error })
    const { code, message, detail } = error
    if (code === 'InvalidCiphertextException' || code === 'IncorrectKeyException') {
      throw new SealtrailError(
        'ObjectDamaged',
        'the wrapped data key is not one of this object',
        {},
        { cause: error },
      )
    }
    const told = TOLD[code]
    if (told === undefined) throw error
    const says = message.replace(`'${NO_ALIAS}'`, NO_ALIAS)
    throw new SealtrailError(told, says, detail, { cause: error })
  }
}
