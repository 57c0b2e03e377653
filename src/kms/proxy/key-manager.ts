/**
 * The keys of this house as external keys of a KMS elsewhere: what the face of an external key store proxy does.
 *
 * An external key is a symmetric key of ours, by its id, of the account of whoever signs and in the region that he signs
 * for. Each call is a use of that key like any other (use/): policies and grants say who may, the key's state counts, and
 * there is a record, Encrypt, Decrypt or DescribeKey, that shows what the KMS elsewhere said of its own call. Only
 * GetHealthStatus is about no key, and leaves none. How requests look is in http/doors/xks.ts.
 *
 * @module
 */
import { constantTimeEqual } from '../../bytes/compare.js'
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import { invalidCiphertext } from '../../message/keyring.js'
import type { Call } from '../../service/calls/call.js'
import type { CallContext } from '../../service/calls/call-context.js'
import type { Read, Service } from '../../service/service.js'
import type { Parts } from '../parts.js'
import { unsupported } from '../refusals.js'
import { findKey } from '../use/find-key.js'
import { showMaterial } from '../use/shown.js'
import { useKeyHere } from '../use/use-key.js'
import { integrityValue } from '../xks/requests.js'
import { open, seal, versionIn } from './cipher.js'
import { XKS_API, type XksInput, type XksOperation } from './model.js'

/** An operation of the specification, and what it is recorded as. */
interface Row {
  readonly as: 'Decrypt' | 'DescribeKey' | 'Encrypt'
  readonly run: (parts: Parts, call: Call, keyId: string, input: never) => Promise<object>
}

const ROWS: Readonly<Record<Exclude<XksOperation, 'GetHealthStatus'>, Row>> = {
  Decrypt: { as: 'Decrypt', run: decrypt },
  Encrypt: { as: 'Encrypt', run: encrypt },
  GetKeyMetadata: { as: 'DescribeKey', run: describe },
}

/** More than the specification asks of a proxy. */
const BYTES_MAX = 8192
const NO_BYTES = new Uint8Array(0)
const NAME = 'sealtrail'

export class KeyManager {
  readonly api = XKS_API
  readonly #parts: Parts
  readonly #service: Service<Parts>

  constructor(parts: Parts, service: Service<Parts>) {
    this.#parts = parts
    this.#service = service
  }

  /**
   * @param keyId empty for GetHealthStatus
   * @throws SealtrailError as KMS has it; the door says it as the specification does
   */
  async call(
    operation: XksOperation,
    keyId: string,
    read: Read,
    context: CallContext,
  ): Promise<object> {
    const shape = XKS_API.operation(operation)!
    if (operation === 'GetHealthStatus') {
      return await this.#service.track(async () => {
        read(shape)
        return health(this.#parts)
      })
    }
    const { as, run } = ROWS[operation]
    const taken = () => {
      const { shown, ...rest } = read(shape)
      const { requestMetadata, ...parameters } = shown
      return { ...rest, shown: { keyId, ...parameters } }
    }
    return await this.#service.perform(as, taken, context, (call, input) => {
      const { requestMetadata } = input as XksInput<'Encrypt'>
      call.showBeside({ xksRequestMetadata: { ...requestMetadata } })
      return run(this.#parts, call, keyId, input as never)
    })
  }
}

async function describe(parts: Parts, call: Call, keyId: string): Promise<object> {
  const { key } = await findKey(parts, call, keyId)
  await call.succeed()
  const isOffered = key.keySpec === 'SYMMETRIC_DEFAULT' && key.external === undefined
  return {
    keySpec: key.keySpec === 'SYMMETRIC_DEFAULT' ? 'AES_256' : key.keySpec,
    keyUsage: isOffered ? ['ENCRYPT', 'DECRYPT'] : [],
    keyStatus: parts.stores.asShown(key).keyState === 'Enabled' ? 'ENABLED' : 'DISABLED',
  }
}

async function encrypt(
  parts: Parts,
  call: Call,
  keyId: string,
  input: XksInput<'Encrypt'>,
): Promise<object> {
  const { plaintext, additionalAuthenticatedData: aad = NO_BYTES } = input
  checkSizes(plaintext, aad)
  return await useKeyHere(parts, call, { keyId }, isElsewhere, async (lease) => {
    showMaterial(call, lease)
    const { handle, version } = lease
    const { small } = parts.engines
    const wrap = seal(small, handle, version, plaintext, aad)
    const isAsked = input.ciphertextDataIntegrityValueAlgorithm !== undefined
    // Before it is opened: a bit that flips in between shows.
    const value = isAsked ? integrityValue(aad, wrap) : undefined
    if (isAsked) {
      const opened = open(small, handle, wrap, aad)
      invariant(opened && constantTimeEqual(opened, plaintext), 'what was sealed opens')
      opened.fill(0)
    }
    await call.succeed()
    return value === undefined ? wrap : { ...wrap, ciphertextDataIntegrityValue: value }
  })
}

async function decrypt(
  parts: Parts,
  call: Call,
  keyId: string,
  input: XksInput<'Decrypt'>,
): Promise<object> {
  const { ciphertextMetadata = NO_BYTES, additionalAuthenticatedData: aad = NO_BYTES } = input
  const { ciphertext, initializationVector, authenticationTag } = input
  checkSizes(ciphertext, aad)
  // Who may not use the key is told that first.
  const version = versionIn(ciphertextMetadata)
  return await useKeyHere(
    parts,
    call,
    { keyId, version: version ?? 0 },
    isElsewhere,
    async (lease) => {
      showMaterial(call, lease)
      const { handle } = lease
      const wrap = { ciphertext, ciphertextMetadata, initializationVector, authenticationTag }
      const plaintext = open(parts.engines.small, handle, wrap, aad)
      if (plaintext === undefined) throw invalidCiphertext()
      try {
        await call.succeed()
        return { plaintext }
      } catch (error) {
        plaintext.fill(0)
        throw error
      }
    },
  )
}

function isElsewhere(arn: string): SealtrailError {
  const says = `${arn} is in a custom key store, and no external key of another one.`
  return new SealtrailError('InvalidKeyUsageException', says)
}

function checkSizes(...given: readonly Uint8Array[]): void {
  if (given.every(({ length }) => length <= BYTES_MAX)) return
  throw unsupported(`More than ${BYTES_MAX} bytes are not supported.`)
}

/** A key is made, and does what keys do. */
function health({ engines: { small } }: Parts): object {
  const key = small.generateKey()
  try {
    const wrap = seal(small, key, 1, Buffer.from(NAME), NO_BYTES)
    const isWell = open(small, key, wrap, NO_BYTES) !== undefined
    const manager = { id: NAME, model: NAME, healthStatus: isWell ? 'ACTIVE' : 'UNAVAILABLE' }
    return {
      ...{ xksProxyFleetSize: 1, xksProxyVendor: NAME, xksProxyModel: NAME, ekmVendor: NAME },
      ekmFleetDetails: [manager],
    }
  } finally {
    key.release()
  }
}
