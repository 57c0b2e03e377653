/**
 * CreateKey in an external key store: the external key is looked at, and becomes that of one KMS key and no other.
 *
 * The KMS key has key material of its own besides (use/outside.ts). What comes of CreateKey otherwise is in keys.ts.
 *
 * @module
 */
import { missingMember } from '../../../aws/constraints.js'
import { SealtrailError } from '../../../errors.js'
import { excerpt } from '../../../excerpt.js'
import type { Call } from '../../../service/calls/call.js'
import type { ExternalKey } from '../../keys/key.js'
import { readKeyInStore } from '../../keys/rows.js'
import type { InputOf } from '../../model/kms.js'
import type { Parts } from '../../parts.js'
import { invalid, unsupported } from '../../refusals.js'
import { proxyAccess } from '../../stores/credential.js'
import { isSameProxy, type KeyStore, noSuchStore, type StorePlace } from '../../stores/store.js'
import type { Stores } from '../../stores/stores.js'
import { requestMetadata } from '../../use/outside.js'
import { askedFor, errorFor } from '../../xks/failures.js'
import { askMetadata, type ExternalKeyFacts } from '../../xks/requests.js'

/**
 * Runs `make` for the key that is wanted: of a key in a store, while the store is held.
 * @throws SealtrailError for what cannot be a key there
 */
export async function inKeyStore<Answer>(
  parts: Parts,
  call: Call,
  input: InputOf<'CreateKey'>,
  make: (external: ExternalKey | undefined) => Promise<Answer>,
): Promise<Answer> {
  const { Origin, CustomKeyStoreId: storeId, XksKeyId: keyId } = input
  if (Origin !== 'EXTERNAL_KEY_STORE') {
    if (storeId === undefined && keyId === undefined) return await make(undefined)
    throw invalid('CustomKeyStoreId and XksKeyId are for keys with Origin EXTERNAL_KEY_STORE.')
  }
  if (storeId === undefined) throw missingMember('CustomKeyStoreId')
  if (keyId === undefined) throw missingMember('XksKeyId')
  checkKind(input)
  const { account, region } = call.caller
  const place = { account, region, storeId }
  for (;;) {
    const seen = connectedStore(parts.stores, place)
    await checkExternalKey(parts, call, seen, keyId)
    const made = await parts.stores.holding(place, async () => {
      // It may have another proxy meanwhile, which must know the key, too.
      if (!isSameProxy(seen, connectedStore(parts.stores, place))) return undefined
      if ((await readKeyInStore(parts.store, place, storeId, keyId)) !== undefined) {
        const says = `The external key ${keyId} is already associated with another KMS key in this external key store.`
        throw new SealtrailError('XksKeyAlreadyInUseException', says)
      }
      return { answer: await make({ storeId, keyId }) }
    })
    if (made !== undefined) return made.answer
  }
}

/** Those of an external key store are symmetric, and of one Region. */
function checkKind({ KeySpec, CustomerMasterKeySpec, MultiRegion }: InputOf<'CreateKey'>): void {
  const spec = KeySpec ?? CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT'
  if (spec !== 'SYMMETRIC_DEFAULT') {
    throw unsupported(`KeySpec ${spec} is not supported in a custom key store.`)
  }
  if (MultiRegion) throw unsupported('A key in a custom key store cannot be a multi-Region key.')
}

function connectedStore(stores: Stores, place: StorePlace): KeyStore {
  const store = stores.find(place)
  if (store === undefined) throw noSuchStore(place.storeId)
  if (store.state !== 'CONNECTED') throw errorFor('notConnected', 'creating')
  return store
}

async function checkExternalKey(
  { proxies, root, stores }: Parts,
  call: Call,
  store: KeyStore,
  keyId: string,
): Promise<void> {
  // In a path they would name something else.
  if (/^\.{1,2}$/.test(keyId)) throw errorFor('KeyNotFoundException', 'creating')
  const access = proxyAccess(root, store)
  const ask = () => askMetadata(proxies, { access, keyId, requestMetadata: requestMetadata(call) })
  const complaint = complaintOf(await askedFor('creating', stores.use(store, ask)))
  if (complaint === undefined) return
  throw new SealtrailError('XksKeyInvalidConfigurationException', excerpt(complaint))
}

/** AWS's words for an external key that will not do. */
function complaintOf({ keySpec, keyUsage, keyStatus }: ExternalKeyFacts): string | undefined {
  if (keySpec !== 'AES_256') {
    return `The key spec of the external key must be AES_256. The key spec of specified external key is ${keySpec}.`
  }
  if (keyStatus !== 'ENABLED') {
    return `The status of the external key must be ENABLED. The status of specified external key is ${keyStatus}.`
  }
  if (keyUsage.includes('ENCRYPT') && keyUsage.includes('DECRYPT')) return undefined
  return `The key usage of the external key must include ENCRYPT and DECRYPT. The key use of specified external key is ${keyUsage.join(', ')}.`
}
