/** The parts of a house that the log stands on, in a folder of their own: a real store, a real root. */
import { join } from 'node:path'
import { chooseEngines } from '../../src/engine/choose.js'
import { MerkleLog } from '../../src/proofs/merkle-log.js'
import { bindRoot, openRoot, type Root } from '../../src/root/root.js'
import { openStore, type Store } from '../../src/store/store.js'

const ACCOUNT = '111122223333'

export interface LogParts {
  readonly store: Store
  readonly root: Root
  close(): Promise<void>
}

export async function openLogParts(folder: string, name = 'data'): Promise<LogParts> {
  const store = await openStore({ dataDir: join(folder, name) })
  const engine = chooseEngines('auto').small
  const root = await openRoot({ kind: 'file', path: rootKeyFileOf(folder) }, engine)
  try {
    await bindRoot(store, root)
  } catch (error) {
    root.release()
    await store.close()
    throw error
  }
  return {
    store,
    root,
    async close() {
      root.release()
      await store.close()
    },
  }
}

export function rootKeyFileOf(folder: string): string {
  return join(folder, 'root-key')
}

/** Opens a log, works, closes. */
export async function withLog<Answer>(
  { store, root }: LogParts,
  work: (log: MerkleLog) => Promise<Answer>,
): Promise<Answer> {
  const log = await MerkleLog.open({ store, root, tickMs: 0 })
  try {
    return await work(log)
  } finally {
    await log.close()
  }
}

export function record(eventId: string, account = ACCOUNT): string {
  return JSON.stringify({ eventName: 'Decrypt', eventID: eventId, recipientAccountId: account })
}

/** One commit each. */
export async function say(store: Store, ids: readonly string[], account = ACCOUNT): Promise<void> {
  for (const id of ids) await store.commit({ records: [record(id, account)] })
}
