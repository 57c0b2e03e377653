/**
 * A proxy of an external key store that does as it should, with AES-256-GCM of node:crypto, until a test says otherwise.
 *
 * It verifies every signature; what it was asked, it remembers.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { systemClock } from '../../../src/clock.js'
import { Proxies } from '../../../src/kms/xks/proxies.js'
import { rootIdentity } from '../../../src/service/caller.js'
import { Credential } from '../../../src/sigv4/credential.js'
import { SigningKeys } from '../../../src/sigv4/signing-keys.js'
import { verifySignature } from '../../../src/sigv4/verify-signature.js'

export const PROXY_KEY = {
  AccessKeyId: 'PROXYACCESSKEY234567',
  RawSecretAccessKey: 'FYtE5EFA5FT0mCc3DrGUe2sti527BitkQ0Zr9MO9fvE',
}
export const ENDPOINT = 'https://proxy.test'
export const PATH = '/tests/kms/xks/v1'
/** Those that the proxy knows. */
const PATHS = /^\/tests\/(\w+\/)?kms\/xks\/v1\//

export type Members = Readonly<Record<string, unknown>>

export interface Asked {
  /** Of the path: `health`, `metadata`, `encrypt`, `decrypt`. */
  readonly operation: string
  readonly keyId: string
  /** The endpoint's name, without a port. */
  readonly host: string
  readonly path: string
  readonly body: Members & { readonly requestMetadata: Members }
}

export interface Told {
  readonly status: number
  /** Bytes and texts as they are, other things as JSON. */
  readonly body: unknown
}

export interface TestProxy {
  readonly url: string
  readonly asked: Asked[]
  /** In place of the right answer, which it may give; a promise that does not end is none. */
  tells: (asked: Asked, right: () => Told) => Told | Promise<Told>
  /** Every connection ends, and nobody listens. */
  stop(): Promise<void>
}

/** A failure of the specification. */
export function failure(status: number, errorName: string): Told {
  return { status, body: { errorName, errorMessage: 'of the test' } }
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
const bytesOf = (text: unknown) => Buffer.from((text ?? '') as string, 'base64')
const METADATA = Buffer.from('v1')

export async function startProxy(port = 0): Promise<TestProxy> {
  const keys = new Map<string, Buffer>()
  const signingKeys = new SigningKeys(undefined)
  const credential = new Credential({
    accessKeyId: PROXY_KEY.AccessKeyId,
    secretAccessKey: PROXY_KEY.RawSecretAccessKey,
    account: '111122223333',
    identity: (region) => rootIdentity('111122223333', region),
  })

  async function serve(request: IncomingMessage): Promise<Told> {
    const body = await buffer(request)
    const [path = '', query = ''] = request.url!.split('?')
    const headers = new Map(Object.entries(request.headers as Record<string, string>))
    try {
      verifySignature(
        { method: request.method!, path, query, headers, body },
        { service: 'kms-xks-proxy', pathEncoding: 'twice', unsignedPayload: false },
        (id) => (id === credential.accessKeyId ? credential : undefined),
        signingKeys,
        Date.now(),
      )
    } catch {
      return failure(401, 'AuthenticationFailedException')
    }
    if (!PATHS.test(path)) return failure(404, 'InvalidUriPathException')
    const [, keyId = '', operation = 'health'] = /keys\/([^/]+)\/(\w+)$/.exec(path) ?? []
    const { host = '' } = request.headers
    const asked = { operation, keyId, host, path, body: JSON.parse(body.toString()) }
    proxy.asked.push(asked)
    return await proxy.tells(asked, () => right(asked))
  }

  function right({ operation, keyId, body }: Asked): Told {
    if (operation === 'health') return { status: 200, body: HEALTHY }
    if (operation === 'metadata') return { status: 200, body: METADATA_OF_KEY }
    const key = keys.get(keyId) ?? randomBytes(32)
    keys.set(keyId, key)
    const aad = bytesOf(body.additionalAuthenticatedData)
    if (operation === 'encrypt') {
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.concat([aad, METADATA]))
      const ciphertext = Buffer.concat([cipher.update(bytesOf(body.plaintext)), cipher.final()])
      const tag = cipher.getAuthTag()
      const value = createHash('sha256').update(Buffer.concat([aad, METADATA, iv, ciphertext, tag]))
      const answer = {
        ...{ ciphertext: base64(ciphertext), ciphertextMetadata: base64(METADATA) },
        ...{ initializationVector: base64(iv), authenticationTag: base64(tag) },
        ciphertextDataIntegrityValue: value.digest('base64'),
      }
      return { status: 200, body: answer }
    }
    const all = Buffer.concat([aad, bytesOf(body.ciphertextMetadata)])
    const opening = createDecipheriv('aes-256-gcm', key, bytesOf(body.initializationVector))
    opening.setAAD(all).setAuthTag(bytesOf(body.authenticationTag))
    try {
      const plaintext = Buffer.concat([opening.update(bytesOf(body.ciphertext)), opening.final()])
      return { status: 200, body: { plaintext: base64(plaintext) } }
    } catch {
      return failure(400, 'InvalidCiphertextException')
    }
  }

  const server = createServer((request, response) => {
    void serve(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      const isText = typeof body === 'string' || body instanceof Uint8Array
      response.end(isText ? body : JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const proxy: TestProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    tells: (_, right) => right(),
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return proxy
}

export const HEALTHY = {
  ...{ xksProxyFleetSize: 1, xksProxyVendor: 'test', xksProxyModel: 'test', ekmVendor: 'test' },
  ekmFleetDetails: [{ id: 'one', model: 'test', healthStatus: 'ACTIVE' }],
}

export const METADATA_OF_KEY = {
  ...{ keySpec: 'AES_256', keyUsage: ['ENCRYPT', 'DECRYPT'], keyStatus: 'ENABLED' },
}

/** The ways to `url`, under the name of {@link ENDPOINT}; patient, as machines of tests are slow. */
export function waysTo(url: string, timeoutMs = 20_000): Proxies {
  return new Proxies({ clock: systemClock, endpoints: new Map([[ENDPOINT, url]]), timeoutMs })
}
