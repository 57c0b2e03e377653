/**
 * Lists in pages: how many items, from where on, and the marker for the rest.
 *
 * A marker is base64url of the list's name and the last item given. It holds nothing secret; one that we
 * did not make is refused.
 *
 * @module
 */

import { checkRange } from '../aws/constraints.js'
import { SealtrailError } from '../errors.js'

export interface PageInput {
  readonly Limit?: number | undefined
  readonly Marker?: string | undefined
}

/** `Truncated` is always there; `NextMarker` only when there is more. */
export interface PageOutput {
  readonly Truncated: boolean
  readonly NextMarker?: string
}

export interface Page {
  /** Items to ask the database for: one more than is given, to see whether there is more. */
  readonly rows: number
  /** The last item of the page before. */
  readonly after: string | undefined
  /** Splits what the database gave into the page and what to say of the rest. */
  cut<Item>(items: readonly Item[], cursorOf: (item: Item) => string): [Item[], PageOutput]
}

/**
 * @param list names the list in its markers.
 * @param cursor what a cursor of the list looks like.
 * @throws SealtrailError `ValidationException`, `InvalidMarkerException`.
 */
export function openPage(
  list: string,
  cursor: RegExp,
  { Limit, Marker }: PageInput,
  limits: { readonly usual: number; readonly max: number },
): Page {
  const limit = Limit ?? limits.usual
  checkRange('Limit', limit, 1, limits.max)
  const after = Marker === undefined ? undefined : readMarker(list, cursor, Marker)
  return {
    rows: limit + 1,
    after,
    cut(items, cursorOf) {
      if (items.length <= limit) return [[...items], { Truncated: false }]
      const page = items.slice(0, limit)
      const NextMarker = writeMarker(list, cursorOf(page.at(-1)!))
      return [page, { Truncated: true, NextMarker }]
    },
  }
}

/** What `list` lists, page by page to its end. */
export async function* pagesOf<Page extends PageOutput>(
  list: (asked: PageInput) => Promise<Page>,
): AsyncGenerator<Page> {
  let Marker: string | undefined
  do {
    const page = await list({ Marker })
    yield page
    Marker = page.NextMarker
  } while (Marker !== undefined)
}

function writeMarker(list: string, cursor: string): string {
  return Buffer.from(`${list}:${cursor}`).toString('base64url')
}

function readMarker(list: string, cursor: RegExp, marker: string): string {
  const text = Buffer.from(marker, 'base64url').toString()
  const after = text.slice(list.length + 1)
  if (writeMarker(list, after) === marker && cursor.test(after)) return after
  throw new SealtrailError('InvalidMarkerException', 'The marker is not valid.')
}
