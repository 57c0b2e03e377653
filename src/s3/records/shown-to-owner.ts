/**
 * What the owner of a bucket sees of another account's call: nothing of a bucket that is not his.
 *
 *     CopyObject from b to a     a's owner: all but x-amz-copy-source…     b's owner: x-amz-copy-source… alone
 *
 * Who owns both sees both.
 *
 * @module
 */
import type { AuditObject, AuditResource } from '../../audit/event.js'
import type { Said } from '../../service/calls/as-other.js'

const SOURCE = 'x-amz-copy-source'
/** Of the source of a copy; everything else is of where it goes, or of the call itself. */
const OF_SOURCE = /^x-amz-(?:copy-source|source-expected-bucket-owner)/

export function shownToOwner(said: Said, owned: readonly AuditResource[]): Said {
  const { requestParameters, responseElements } = said
  const { bucketName, [SOURCE]: source } = requestParameters ?? {}
  const isOwned = (name: unknown) => owned.some(({ arn }) => arn.endsWith(`:::${name}`))
  const [ownsTarget, ownsSource] = [isOwned(bucketName), isOwned(sourceBucket(source))]
  const shown = (values: AuditObject | null) =>
    only(values, (name) => (OF_SOURCE.test(name) ? ownsSource : ownsTarget))
  return { requestParameters: shown(requestParameters), responseElements: shown(responseElements) }
}

/** Of a name that is written in another way than plainly nothing is known. */
function sourceBucket(source: unknown): string | undefined {
  return typeof source === 'string' ? /^\/?([^/%?]+)/.exec(source)?.[1] : undefined
}

function only(values: AuditObject | null, isWanted: (name: string) => boolean): AuditObject | null {
  const wanted = Object.entries(values ?? {}).filter(([name]) => isWanted(name))
  return wanted.length === 0 ? null : Object.fromEntries(wanted)
}
