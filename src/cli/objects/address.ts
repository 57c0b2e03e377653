/**
 * How the command line names buckets and objects: `s3://BUCKET/KEY`, or without `s3://`.
 *
 * A key is everything behind the first slash, as it is: nothing in it is decoded, and no slash is added or taken away.
 *
 * @module
 */
import { basename } from 'node:path'
import { InvalidArgumentError } from 'commander'

export interface Address {
  readonly bucket: string
  /** Or what keys begin with; may be empty. */
  readonly key: string
}

/** For commander. */
export function address(given: string): Address {
  const path = given.replace(/^s3:\/\//, '')
  const slash = path.indexOf('/')
  const bucket = slash === -1 ? path : path.slice(0, slash)
  if (bucket === '') throw new InvalidArgumentError('must be BUCKET/KEY or s3://BUCKET/KEY')
  return { bucket, key: slash === -1 ? '' : path.slice(slash + 1) }
}

/** For commander: of one object. */
export function objectAddress(given: string): Address {
  const found = address(given)
  if (found.key === '') throw new InvalidArgumentError('must name a key: BUCKET/KEY')
  return found
}

/** For commander: of a bucket. */
export function bucketAddress(given: string): string {
  const { bucket, key } = address(given)
  if (key !== '') throw new InvalidArgumentError('must be the name of a bucket')
  return bucket
}

/** Where `source` goes: what ends in a slash, or is a bucket, is a folder, where it keeps its name. */
export function addressIn(target: Address, source: string): Address {
  if (target.key !== '' && !target.key.endsWith('/')) return target
  return { bucket: target.bucket, key: target.key + basename(source) }
}

export function uriOf({ bucket, key }: Address): string {
  return `s3://${bucket}/${key}`
}

/** As x-amz-copy-source says it. */
export function copySourceOf({ bucket, key }: Address, versionId?: string): string {
  const path = `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`
  return versionId === undefined ? path : `${path}?versionId=${encodeURIComponent(versionId)}`
}
