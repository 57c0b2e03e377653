/**
 * The log's name and key as a row: a fact about the data directory.
 *
 * No MAC stands beside it: the name, the first sequence number and the public key are the context under which the private key
 * is wrapped (log-key.ts). Source: docs/FORMAT.md §12.2.
 *
 * @module
 */
import type { Change } from '../store/change.js'
import type { Tables } from '../store/view/dialect.js'

const META_LOG = 'log'

export interface LogRow {
  readonly name: string
  /** The sequence number of the first leaf. */
  readonly first: number
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array
  /** PKCS #8 in DER, wrapped by the root key. */
  readonly wrapped: Uint8Array
}

/** Undefined when no log was begun. */
export async function readLogRow(store: Tables): Promise<LogRow | undefined> {
  const [found] = await store.read(
    store.query.selectFrom('meta').select('value').where('name', '=', META_LOG).compile(),
  )
  if (found === undefined) return undefined
  const row = JSON.parse(Buffer.from(found.value).toString('utf8'))
  const publicKey = Buffer.from(row.publicKey, 'base64')
  return { ...row, publicKey, wrapped: Buffer.from(row.wrapped, 'base64') }
}

export function putLogRow({ name, first, publicKey, wrapped }: LogRow): Change {
  const row = { name, first, publicKey: base64(publicKey), wrapped: base64(wrapped) }
  return { put: 'meta', row: { name: META_LOG, value: Buffer.from(JSON.stringify(row)) } }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
