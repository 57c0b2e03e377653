/**
 * DescribeCustomKeyStores: all of an account and region, page by page, or the one that is named.
 *
 * @module
 */
import type { Call } from '../../../service/calls/call.js'
import { openPage, type PageOutput } from '../../../service/page.js'
import type { InputOf } from '../../model/kms.js'
import type { Parts } from '../../parts.js'
import { invalid } from '../../refusals.js'
import { type CustomKeyStoresListEntry, listEntry, noSuchStore } from '../../stores/store.js'
import { mayInAccount } from '../../use/may-use.js'

export interface DescribeCustomKeyStoresOutput extends PageOutput {
  readonly CustomKeyStores: readonly CustomKeyStoresListEntry[]
}

const LIST_LIMITS = { usual: 100, max: 1000 }

export async function describeCustomKeyStores(
  parts: Parts,
  call: Call,
  input: InputOf<'DescribeCustomKeyStores'>,
): Promise<DescribeCustomKeyStoresOutput> {
  mayInAccount(call)
  const { CustomKeyStoreId: id, CustomKeyStoreName: name } = input
  if (id !== undefined && name !== undefined) {
    throw invalid('You can specify either CustomKeyStoreId or CustomKeyStoreName, but not both.')
  }
  const page = openPage('custom key stores', /^cks-[0-9a-f]{17}$/, input, LIST_LIMITS)
  const { account, region } = call.caller
  const all = parts.stores
    .of({ account, region })
    .filter((store) => (id ?? store.storeId) === store.storeId)
    .filter((store) => (name ?? store.name) === store.name)
  const named = id ?? name
  if (named !== undefined && all.length === 0) throw noSuchStore(named)
  const rest = all.filter(({ storeId }) => page.after === undefined || storeId > page.after)
  const [items, more] = page.cut(rest, ({ storeId }) => storeId)
  await call.succeed()
  return { CustomKeyStores: items.map(listEntry), ...more }
}
