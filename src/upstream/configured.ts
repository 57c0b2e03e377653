/**
 * The upstream that the settings name, opened for a data directory.
 *
 * @module
 */
import type { Clock } from '../clock.js'
import type { Config } from '../config.js'
import { SealtrailError } from '../errors.js'
import type { Blobs } from '../store/blobs/blobs.js'
import type { Store } from '../store/store.js'
import { Access, type AccessParts, readAccess } from './client/access.js'
import { Address } from './client/address.js'
import { openUpstream } from './open-upstream.js'
import { ownerOf } from './owner.js'

/**
 * Of settings that name one.
 * @param given counts where the settings name no file
 * @throws SealtrailError `ConfigInvalid`, `StoreFailed`
 */
export async function openConfigured(
  { s3Upstream, s3UpstreamStyle, s3UpstreamRegion, s3UpstreamCredentials }: Config,
  given: AccessParts | undefined,
  store: Store,
  clock: Clock,
): Promise<Blobs> {
  const address = new Address(s3Upstream, s3UpstreamStyle)
  const access = await accessOf(s3UpstreamCredentials, given)
  const owner = await ownerOf(store)
  return await openUpstream({ address, access, region: s3UpstreamRegion, clock, owner })
}

async function accessOf(file: string, given: AccessParts | undefined): Promise<Access> {
  if (file !== '') return await readAccess(file)
  if (given !== undefined) return new Access(given, 's3UpstreamAccess')
  const says =
    's3Upstream needs an access key: a file named by s3UpstreamCredentials, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment of the command'
  throw new SealtrailError('ConfigInvalid', says)
}
