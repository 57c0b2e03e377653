/** S3 over the parts of a test's KMS, whichever store it is to have. */
import { createS3, type S3Options, type S3Service } from '../../../src/s3/s3.js'
import type { Blobs } from '../../../src/store/blobs/blobs.js'
import type { Store } from '../../../src/store/store.js'
import type { TestKms } from '../../support/kms.js'

export const SOURCE = { sourceIpAddress: '192.0.2.1', userAgent: 'test' }

export function openS3(
  kms: TestKms,
  blobs: Blobs,
  store: Store = kms.store,
  more: Pick<S3Options, 'dataEvents'> = {},
): S3Service {
  const { root, engines, pool, clock, service } = kms
  const principals = { isThere: () => true, idOf: () => undefined, nameOf: (id: string) => id }
  return createS3({
    ...{ store, root, engines, pool, clock, kms: service, blobs, principals },
    ...{ sseC: 'block', seenTime: service.seenTime, ...more },
  })
}
