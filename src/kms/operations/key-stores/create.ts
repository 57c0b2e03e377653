/**
 * CreateCustomKeyStore, of an external key store: its proxy is asked first whether it is well, and knows us.
 *
 * @module
 */
import { missingMember } from '../../../aws/constraints.js'
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import type { InputOf } from '../../model/kms.js'
import type { Parts } from '../../parts.js'
import { invalid } from '../../refusals.js'
import { proxyAccess, wrapCredential } from '../../stores/credential.js'
import { putStore } from '../../stores/rows.js'
import { type KeyStore, newStoreId, type StorePlace } from '../../stores/store.js'
import { mayInAccount } from '../../use/may-use.js'
import { askedFor } from '../../xks/failures.js'
import { checkHealth } from '../../xks/requests.js'
import { checkUnique, noSuchCluster, refuseOtherKinds } from './given.js'

export interface CreateCustomKeyStoreOutput {
  readonly CustomKeyStoreId: string
}

/** AWS's quota, of an account and region. */
const STORES_MAX = 10

export async function createCustomKeyStore(
  parts: Parts,
  call: Call,
  input: InputOf<'CreateCustomKeyStore'>,
): Promise<CreateCustomKeyStoreOutput> {
  mayInAccount(call)
  call.showDefault('customKeyStoreType', 'AWS_CLOUDHSM')
  if ((input.CustomKeyStoreType ?? 'AWS_CLOUDHSM') === 'AWS_CLOUDHSM') throw noSuchCluster()
  refuseOtherKinds(input)
  const wanted = wantedStore(parts, call, input)
  // Its account's calls that would make one are waited for as those of one store.
  await checkProxy(parts, call, wanted, { ...wanted, storeId: '' })
  const output = { CustomKeyStoreId: wanted.storeId }
  return await parts.stores.change(wanted, async () => {
    const { account, region } = wanted
    if (parts.stores.of({ account, region }).length >= STORES_MAX) {
      const says = `There are ${STORES_MAX} custom key stores in this account and Region already.`
      throw new SealtrailError('LimitExceededException', says)
    }
    checkUnique(parts.stores, wanted)
    await call.succeed([putStore(parts.root, wanted)], output)
    return { next: wanted, answer: output }
  })
}

/**
 * @param place of the store whose places are taken meanwhile
 * @throws SealtrailError as AWS has it of a proxy that does not answer as it should
 */
export async function checkProxy(
  { proxies, root, stores }: Parts,
  call: Call,
  store: KeyStore,
  place: StorePlace = store,
) {
  const { operation: kmsOperation, context } = call
  const metadata = { kmsOperation, kmsRequestId: context.requestId }
  const ask = () => checkHealth(proxies, proxyAccess(root, store), metadata)
  await askedFor('managing', stores.use(place, ask))
}

function wantedStore(
  { root, clock }: Parts,
  { caller }: Call,
  input: InputOf<'CreateCustomKeyStore'>,
): KeyStore {
  const { XksProxyUriEndpoint: uriEndpoint, XksProxyUriPath: uriPath } = input
  const { XksProxyAuthenticationCredential: credential } = input
  if (input.XksProxyConnectivity === undefined) throw missingMember('XksProxyConnectivity')
  if (uriEndpoint === undefined) throw missingMember('XksProxyUriEndpoint')
  if (uriPath === undefined) throw missingMember('XksProxyUriPath')
  if (credential === undefined) throw missingMember('XksProxyAuthenticationCredential')
  const { AccessKeyId: accessKeyId, RawSecretAccessKey: secret } = credential
  const { account, region } = caller
  const place = { account, region, storeId: newStoreId(), accessKeyId }
  return {
    ...{ ...place, name: nameOf(input.CustomKeyStoreName), createdAt: clock.now() },
    ...{ uriEndpoint, uriPath, state: 'DISCONNECTED', errorCode: undefined },
    secret: wrapCredential(root, secret, place),
  }
}

/** The database keeps any text but this. */
export function nameOf(given: string): string {
  if (given.includes('\0')) throw invalid('A name cannot hold the character NUL.')
  return given
}
