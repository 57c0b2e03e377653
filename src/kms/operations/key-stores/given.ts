/**
 * What a caller says of a custom key store, as far as we have such stores: external ones, whose proxy has a public
 * endpoint.
 *
 * There is no CloudHSM cluster and no VPC here, so that whoever names one is told what AWS says of one that it does not find.
 *
 * @module
 */
import { SealtrailError } from '../../../errors.js'
import type { InputOf } from '../../model/kms.js'
import { invalid } from '../../refusals.js'
import type { KeyStore, StorePlace } from '../../stores/store.js'
import type { Stores } from '../../stores/stores.js'

type Given = Partial<InputOf<'CreateCustomKeyStore'>>

/** Digits and dots alone: an address. The specification has names only. */
const ADDRESS = /^https:\/\/[\d.]+$/

/** @throws SealtrailError for a store of another kind than ours */
export function refuseOtherKinds(given: Given): void {
  const { CloudHsmClusterId, KeyStorePassword, TrustAnchorCertificate } = given
  const ofCluster = [CloudHsmClusterId, KeyStorePassword, TrustAnchorCertificate]
  if (ofCluster.some((member) => member !== undefined)) {
    throw invalid('An external key store has no CloudHSM cluster.')
  }
  const { XksProxyVpcEndpointServiceName: serviceName } = given
  if (given.XksProxyConnectivity === 'VPC_ENDPOINT_SERVICE' || serviceName !== undefined) {
    throw new SealtrailError(
      'XksProxyVpcEndpointServiceNotFoundException',
      'There is no such VPC endpoint service: external key stores are connected through public endpoints here.',
    )
  }
  const { XksProxyUriEndpoint: endpoint = '' } = given
  if (ADDRESS.test(endpoint)) {
    const says = 'The XksProxyUriEndpoint must have a domain name, not an IP address.'
    throw new SealtrailError('XksProxyInvalidConfigurationException', says)
  }
}

/** A cluster that is not here. */
export function noSuchCluster(): SealtrailError {
  const says = 'There is no such CloudHSM cluster: custom key stores are external key stores here.'
  return new SealtrailError('CloudHsmClusterNotFoundException', says)
}

/** For whoever holds the stores of the region. @throws SealtrailError when another store has what must be one's own */
export function checkUnique(stores: Stores, store: StorePlace & Pick<KeyStore, Unique>): void {
  const { account, region } = store
  const isOther = ({ storeId }: KeyStore) => storeId !== store.storeId
  if (stores.of({ account, region }).some((one) => isOther(one) && one.name === store.name)) {
    const says = `Another custom key store is named ${store.name} already.`
    throw new SealtrailError('CustomKeyStoreNameInUseException', says)
  }
  const hasAddress = (one: KeyStore) => isOther(one) && addressOf(one) === addressOf(store)
  if (stores.of({ region }).some(hasAddress)) {
    const says =
      'Another external key store in this Region has this proxy URI endpoint and path already.'
    throw new SealtrailError('XksProxyUriInUseException', says)
  }
}

type Unique = 'name' | 'uriEndpoint' | 'uriPath'

function addressOf({ uriEndpoint, uriPath }: Pick<KeyStore, Unique>): string {
  return `${uriEndpoint.toLowerCase()}${uriPath}`
}
