/**
 * What S3 lists, page by page to its end.
 *
 * @module
 */
import type { S3 } from '../../s3/s3.js'
import type { Address } from './address.js'

interface Listed {
  readonly Key: string
  readonly LastModified: Date
}

export interface ListedVersion extends Listed {
  readonly VersionId: string
}

interface Rolled {
  readonly CommonPrefixes: ReadonlyArray<{ readonly Prefix: string }>
  readonly IsTruncated: boolean
}

interface ObjectPage extends Rolled {
  readonly Contents: ReadonlyArray<Listed & { readonly Size: number }>
  readonly NextContinuationToken?: string
}

interface VersionPage extends Rolled {
  readonly Versions: ReadonlyArray<ListedVersion & { readonly Size: number }>
  readonly DeleteMarkers: readonly ListedVersion[]
  readonly NextKeyMarker?: string
  readonly NextVersionIdMarker?: string
}

/** @param isAll also what lies below a further slash. */
export async function* pagesOfObjects(
  s3: S3,
  { bucket, key }: Address,
  isAll: boolean,
): AsyncGenerator<ObjectPage> {
  const asked = { Bucket: bucket, Prefix: key, ...(isAll ? {} : { Delimiter: '/' }) }
  let ContinuationToken: string | undefined
  do {
    const page = (await s3.listObjectsV2({ ...asked, ContinuationToken })) as ObjectPage
    yield page
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
}

/** As {@link pagesOfObjects}, of versions and delete markers. */
export async function* pagesOfVersions(
  s3: S3,
  { bucket, key }: Address,
  isAll: boolean,
): AsyncGenerator<VersionPage> {
  const asked = { Bucket: bucket, Prefix: key, ...(isAll ? {} : { Delimiter: '/' }) }
  let next: { readonly KeyMarker?: string; readonly VersionIdMarker?: string } = {}
  for (;;) {
    const page = (await s3.listObjectVersions({ ...asked, ...next })) as VersionPage
    yield page
    const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page
    if (KeyMarker === undefined) return
    next = { KeyMarker, ...(VersionIdMarker === undefined ? {} : { VersionIdMarker }) }
  }
}
