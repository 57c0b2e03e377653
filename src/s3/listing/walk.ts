/**
 * A page of a sorted list, what lies below a delimiter rolled up: for lists that are not objects.
 *
 * @module
 */
import { commonPrefix } from './text-range.js'

const FEW = 16

export interface Rolled<Item> {
  readonly entries: ReadonlyArray<{ readonly item: Item } | { readonly commonPrefix: string }>
  readonly isTruncated: boolean
}

/**
 * @param fetch what comes after an item, or at and after all that begins with a rolled-up prefix; fewer than `limit`
 * are the last.
 */
export async function walkPage<Item extends { readonly key: string }>(
  fetch: (
    after: { readonly item: Item } | { readonly commonPrefix: string } | undefined,
    limit: number,
  ) => Promise<Item[]>,
  {
    prefix,
    delimiter,
    limit,
  }: { readonly prefix: string; readonly delimiter: string | undefined; readonly limit: number },
): Promise<Rolled<Item>> {
  const entries: Array<{ item: Item } | { commonPrefix: string }> = []
  if (limit === 0) return { entries, isTruncated: false }
  for (let asked = limit + 1; ; ) {
    const items = await fetch(entries.at(-1), asked)
    const before = entries.length
    for (const item of items) {
      const rolled = delimiter === undefined ? undefined : commonPrefix(item.key, prefix, delimiter)
      const last = entries.at(-1)
      if (rolled !== undefined && last && 'commonPrefix' in last && last.commonPrefix === rolled) {
        continue
      }
      if (entries.length === limit) return { entries, isTruncated: true }
      entries.push(rolled === undefined ? { item } : { commonPrefix: rolled })
    }
    if (items.length < asked) return { entries, isTruncated: false }
    // What is rolled up is read for nothing: the next time few are, and more as long as they are worth it.
    asked = Math.min(limit + 1, Math.max(FEW, 2 * (entries.length - before)))
  }
}
