/**
 * What the proxy of an external key store does for a use of a key: the second wrap, and the first unwrapping.
 *
 *     text → our key material → the proxy's key → blob        and back the other way
 *
 * A key that is in no custom key store has neither, and passes through. The record names store and external key from the
 * moment on when the proxy is asked, as CloudTrail has it.
 *
 * @module
 */
import type { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import { invalidCiphertext } from '../../message/keyring.js'
import type { Call } from '../../service/calls/call.js'
import { principalArn } from '../../service/deciding/global-facts.js'
import {
  innerBlob,
  innerBytes,
  outerAad,
  readExternalBlob,
  writeExternalBlob,
} from '../blob/external-blob.js'
import type { Lease } from '../keys/material.js'
import type { Parts } from '../parts.js'
import { proxyAccess } from '../stores/credential.js'
import { askedFor, errorFor } from '../xks/failures.js'
import { askDecrypt, askEncrypt, type ProxiedKey, type RequestMetadata } from '../xks/requests.js'
import { kmsFact } from './facts.js'

/** What callers get of a blob that we wrapped. @throws SealtrailError `KMSInvalidStateException` */
export async function wrapOutside(
  parts: Parts,
  call: Call,
  lease: Lease,
  blob: Uint8Array,
  context: Uint8Array,
): Promise<Uint8Array> {
  if (lease.key.external === undefined) return blob
  const wrap = await askFor(parts, call, lease, (key) =>
    askEncrypt(parts.proxies, key, innerBytes(blob), outerAad(blob, context)),
  )
  return writeExternalBlob(blob, wrap)
}

/**
 * What we wrapped of a blob that a caller gave, whose header was read.
 * @throws SealtrailError `KMSInvalidStateException`; `InvalidCiphertextException` for a blob that is none
 */
export async function openOutside(
  parts: Parts,
  call: Call,
  lease: Lease,
  blob: Uint8Array,
  context: Uint8Array,
): Promise<Uint8Array> {
  if (lease.key.external === undefined) return blob
  const wrap = readExternalBlob(blob)
  if (wrap === undefined) throw invalidCiphertext()
  const opened = await askFor(parts, call, lease, (key) =>
    askDecrypt(parts.proxies, key, wrap, outerAad(blob, context)),
  )
  return innerBlob(blob, opened)
}

/** The one error for a blob that our key material does not open. */
export function notGenuine({ key }: Pick<Lease, 'key'>): SealtrailError {
  return key.external === undefined ? invalidCiphertext() : errorFor('inner', 'using')
}

/** Who makes a call, and which, as a proxy is told. */
export function requestMetadata(call: Call): RequestMetadata {
  const [via] = kmsFact({ call }, 'kms:viaservice') ?? []
  const { caller, context, operation } = call
  return {
    awsPrincipalArn: principalArn(caller) ?? caller.identity.invokedBy ?? 'AWS Internal',
    kmsOperation: operation,
    kmsRequestId: context.requestId,
    ...(via !== undefined && { kmsViaService: via }),
  }
}

async function askFor<Answer>(
  parts: Parts,
  call: Call,
  { key }: Lease,
  ask: (key: ProxiedKey) => Promise<Answer>,
): Promise<Answer> {
  const { external } = key
  invariant(external !== undefined, 'only a key in a custom key store has a proxy')
  const store = parts.stores.find({ ...key, storeId: external.storeId })
  if (store?.state !== 'CONNECTED') throw errorFor('notConnected', 'using')
  const askProxy = () => {
    call.showBeside({ customKeyStoreId: external.storeId, xksKeyId: external.keyId })
    return ask({
      access: proxyAccess(parts.root, store),
      keyId: external.keyId,
      requestMetadata: { ...requestMetadata(call), kmsKeyArn: key.arn },
    })
  }
  return await askedFor('using', parts.stores.use(store, askProxy))
}
