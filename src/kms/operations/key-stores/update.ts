/**
 * UpdateCustomKeyStore: another name, credential or path of one that is connected or disconnected; another endpoint only of one
 * that is disconnected. The proxy is asked first whether it is well there, and knows us.
 *
 * The store is not held meanwhile: where somebody else has moved it, the proxy is asked anew, so that no address stands beside a
 * credential that were never tried together.
 *
 * @module
 */
import type { Call } from '../../../service/calls/call.js'
import type { InputOf } from '../../model/kms.js'
import type { Parts } from '../../parts.js'
import { invalid } from '../../refusals.js'
import { wrapCredential } from '../../stores/credential.js'
import { putStore } from '../../stores/rows.js'
import { isSameProxy, type KeyStore, noSuchStore, wrongState } from '../../stores/store.js'
import { mayInAccount } from '../../use/may-use.js'
import { changeStore } from './connect.js'
import { checkProxy, nameOf } from './create.js'
import { checkUnique, refuseOtherKinds } from './given.js'

type Input = InputOf<'UpdateCustomKeyStore'>

export async function updateCustomKeyStore(parts: Parts, call: Call, input: Input): Promise<void> {
  mayInAccount(call)
  const { CustomKeyStoreId: storeId, ...given } = input
  if (Object.keys(given).length === 0) throw invalid('There is nothing to update.')
  const { stores } = parts
  const place = { ...call.caller, storeId }
  let isDone = false
  while (!isDone) {
    const seen = stores.find(place)
    if (seen === undefined) throw noSuchStore(storeId)
    refuseOtherKinds(given)
    const changes = changesOf(parts, seen, input)
    const changed = { ...seen, ...changes }
    checkState(seen, input)
    const isAsked = !isSameProxy(seen, changed)
    if (isAsked) await checkProxy(parts, call, changed)
    isDone = await changeStore(parts, call, storeId, async (store) => {
      checkState(store, input)
      if (isAsked && !isSameProxy(seen, store)) return { next: store, answer: false }
      const next = { ...store, ...changes }
      checkUnique(stores, next)
      await call.succeed([putStore(parts.root, next)])
      return { next, answer: true }
    })
  }
}

function changesOf({ root }: Parts, store: KeyStore, input: Input): Partial<KeyStore> {
  const { XksProxyUriEndpoint: uriEndpoint, XksProxyUriPath: uriPath } = input
  const { NewCustomKeyStoreName: name, XksProxyAuthenticationCredential: credential } = input
  return {
    ...(name !== undefined && { name: nameOf(name) }),
    ...(uriEndpoint !== undefined && { uriEndpoint }),
    ...(uriPath !== undefined && { uriPath }),
    ...(credential !== undefined && credentialOf(root, store, credential)),
  }
}

function credentialOf(
  root: Parts['root'],
  store: KeyStore,
  credential: NonNullable<Input['XksProxyAuthenticationCredential']>,
) {
  const { AccessKeyId: accessKeyId, RawSecretAccessKey: secret } = credential
  return { accessKeyId, secret: wrapCredential(root, secret, { ...store, accessKeyId }) }
}

function checkState(store: KeyStore, { XksProxyUriEndpoint, XksProxyConnectivity }: Input): void {
  const needsRest = XksProxyUriEndpoint !== undefined || XksProxyConnectivity !== undefined
  const isAllowed = store.state === 'DISCONNECTED' || (store.state === 'CONNECTED' && !needsRest)
  if (!isAllowed) throw wrongState(store, 'updated')
}
