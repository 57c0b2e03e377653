/**
 * What a caller's KeyId names: a key or an alias, of this account or another.
 *
 *     1234abcd-12ab-34cd-56ef-1234567890ab       key id
 *     mrk-1234abcd12ab34cd56ef1234567890ab       key id of a multi-Region key
 *     arn:aws:kms:REGION:ACCOUNT:key/KEY-ID      key ARN
 *     alias/NAME                                 alias name
 *     arn:aws:kms:REGION:ACCOUNT:alias/NAME      alias ARN
 *
 * Form only: whether it exists, and whether the caller may use it, is asked in use/find-key.ts. Messages are
 * AWS's.
 *
 * @module
 */

import { arnOf, type Place, parseArn } from '../../aws/arn.js'
import { SealtrailError } from '../../errors.js'
import { excerpt } from '../../excerpt.js'

export type KeyRef = Place &
  (
    | { readonly keyId: string; readonly alias?: undefined }
    | { readonly alias: string; readonly keyId?: undefined }
  )

const KEY_ID = /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/

/**
 * @param given a KeyId as the caller wrote it.
 * @param caller whose account and region are meant when it names none.
 * @throws SealtrailError `NotFoundException` when nothing can have this name in the caller's region.
 */
export function parseKeyRef(given: string, caller: Place): KeyRef {
  if (!given.startsWith('arn:')) return resourceRef(given, caller, given)
  const arn = parseArn(given)
  if (arn?.service !== 'kms') throw notFound(`Invalid arn ${excerpt(given)}`)
  if (arn.region !== caller.region) throw notFound(`Invalid arn ${excerpt(arn.region)}`)
  const { account, region, resource } = arn
  const name = resource.startsWith('key/') ? resource.slice('key/'.length) : resource
  if (name === resource && !resource.startsWith('alias/'))
    throw notFound(`Invalid arn ${excerpt(given)}`)
  return resourceRef(name, { account, region }, given)
}

/**
 * As {@link parseKeyRef}, for operations that manage a key and take no aliases.
 * @throws SealtrailError `NotFoundException`
 */
export function parseKeyOnlyRef(given: string, caller: Place): Place & { readonly keyId: string } {
  const ref = parseKeyRef(given, caller)
  if (ref.keyId === undefined) throw notFound(`Invalid keyId '${excerpt(given)}'`)
  return ref
}

/** As AWS says that `ref` names nothing. */
export function noSuchKey(ref: KeyRef): SealtrailError {
  const arn = excerpt(arnOf('kms', ref, ref.keyId === undefined ? ref.alias : `key/${ref.keyId}`))
  return notFound(
    ref.keyId === undefined ? `Alias ${arn} is not found.` : `Key '${arn}' does not exist`,
  )
}

function resourceRef(name: string, place: Place, given: string): KeyRef {
  const { account, region } = place
  // No alias has a NUL in its name, and no database is asked for one.
  if (name.startsWith('alias/') && !name.includes('\0')) return { account, region, alias: name }
  if (!KEY_ID.test(name)) throw notFound(`Invalid keyId '${excerpt(given)}'`)
  return { account, region, keyId: name }
}

function notFound(message: string): SealtrailError {
  return new SealtrailError('NotFoundException', message)
}
