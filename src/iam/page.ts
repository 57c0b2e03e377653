/**
 * IAM's lists in pages: 100 items unless said, a Marker for the rest.
 *
 * @module
 */
import { openPage } from '../service/page.js'

export interface PageInput {
  readonly Marker?: string | undefined
  readonly MaxItems?: number | undefined
}

/** `Marker` only when there is more. */
export interface PageOutput {
  readonly IsTruncated: boolean
  readonly Marker?: string
}

const LIMITS = { usual: 100, max: 1000 }

/**
 * @param list names the list in its markers.
 * @param items sorted by what `cursorOf` says of them.
 * @throws SealtrailError `InvalidMarkerException`
 */
export function pageOf<Item>(
  list: string,
  items: readonly Item[],
  cursorOf: (item: Item) => string,
  { Marker, MaxItems }: PageInput,
): [Item[], PageOutput] {
  const { rows, after, cut } = openPage(list, /^.+$/s, { Marker, Limit: MaxItems }, LIMITS)
  const left = after === undefined ? items : items.filter((item) => cursorOf(item) > after)
  const [page, { Truncated, NextMarker }] = cut(left.slice(0, rows), cursorOf)
  if (NextMarker === undefined) return [page, { IsTruncated: Truncated }]
  return [page, { IsTruncated: Truncated, Marker: NextMarker }]
}
