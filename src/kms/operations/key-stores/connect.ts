/**
 * ConnectCustomKeyStore, DisconnectCustomKeyStore, DeleteCustomKeyStore.
 *
 * Connecting and disconnecting only begin here, and are answered before they are done (stores/stores.ts). The states are
 * drawn in stores/store.ts. Source: AWS KMS API reference, CustomKeyStoreInvalidStateException.
 *
 * @module
 */
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import type { Changed } from '../../../store/keep/kept.js'
import { readKeyInStore } from '../../keys/rows.js'
import type { InputOf } from '../../model/kms.js'
import type { Parts } from '../../parts.js'
import { dropStore, putStore } from '../../stores/rows.js'
import { type KeyStore, noSuchStore, wrongState } from '../../stores/store.js'
import { mayInAccount } from '../../use/may-use.js'

export async function connectCustomKeyStore(
  parts: Parts,
  call: Call,
  { CustomKeyStoreId }: InputOf<'ConnectCustomKeyStore'>,
): Promise<void> {
  await changeStore(parts, call, CustomKeyStoreId, async (store) => {
    const { state } = store
    if (state === 'DISCONNECTING' || state === 'FAILED') throw wrongState(store, 'connected')
    const next: KeyStore = state === 'DISCONNECTED' ? { ...store, state: 'CONNECTING' } : store
    await call.succeed([putStore(parts.root, next)])
    return { next, answer: undefined }
  })
}

export async function disconnectCustomKeyStore(
  parts: Parts,
  call: Call,
  { CustomKeyStoreId }: InputOf<'DisconnectCustomKeyStore'>,
): Promise<void> {
  await changeStore(parts, call, CustomKeyStoreId, async (store) => {
    const { state } = store
    if (state === 'DISCONNECTING' || state === 'DISCONNECTED') {
      throw wrongState(store, 'disconnected')
    }
    const next: KeyStore = { ...store, state: 'DISCONNECTING', errorCode: undefined }
    await call.succeed([putStore(parts.root, next)])
    return { next, answer: undefined }
  })
}

export async function deleteCustomKeyStore(
  parts: Parts,
  call: Call,
  { CustomKeyStoreId }: InputOf<'DeleteCustomKeyStore'>,
): Promise<void> {
  await changeStore(parts, call, CustomKeyStoreId, async (store) => {
    if ((await readKeyInStore(parts.store, store, store.storeId)) !== undefined) {
      const says = `Custom key store ${store.storeId} contains KMS keys.`
      throw new SealtrailError('CustomKeyStoreHasCMKsException', says)
    }
    if (store.state !== 'DISCONNECTED') throw wrongState(store, 'deleted')
    await call.succeed([dropStore(store)])
    return { next: undefined, answer: undefined }
  })
}

/** Of the caller's account and region. @throws SealtrailError `AccessDeniedException`, `CustomKeyStoreNotFoundException` */
export async function changeStore<Answer>(
  { stores }: Parts,
  call: Call,
  storeId: string,
  work: (store: KeyStore) => Promise<Changed<KeyStore, Answer>>,
): Promise<Answer> {
  mayInAccount(call)
  return await stores.change({ ...call.caller, storeId }, async (store) => {
    if (store === undefined) throw noSuchStore(storeId)
    call.showBeside({ customKeyStoreName: store.name })
    return await work(store)
  })
}
