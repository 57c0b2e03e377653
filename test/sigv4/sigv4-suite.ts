/**
 * The cases of AWS's SigV4 test suite, read from test/vectors/sigv4 as bytes (one character each).
 *
 * The suite's `.sreq` of get-vanilla-with-session-token carries another case's signature, so a signed
 * request is put together here from `.sreq` and `.authz`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { rootIdentity } from '../../src/service/caller.js'
import { collectHeaders, type SignedRequest } from '../../src/sigv4/canonical-request.js'
import { Credential } from '../../src/sigv4/credential.js'

export const SUITE_NOW = Date.UTC(2015, 7, 30, 12, 36, 0)
export const SUITE_SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
export const SUITE_RULES = {
  service: 'service',
  pathEncoding: 'twice',
  unsignedPayload: false,
} as const

export interface SuiteCase {
  readonly name: string
  /** As it goes over the wire, signed. */
  readonly signed: SignedRequest
  readonly canonicalRequest: string
  readonly stringToSign: string
  readonly authorization: string
}

const folder = new URL('../vectors/sigv4', import.meta.url).pathname

export const suite: readonly SuiteCase[] = readdirSync(folder, {
  recursive: true,
  encoding: 'utf8',
})
  .filter((file) => file.endsWith('.sreq'))
  .sort()
  .map((file) => {
    const name = basename(file, '.sreq')
    const read = (end: string) => readFileSync(join(folder, dirname(file), name + end), 'latin1')
    const authorization = read('.authz')
    return {
      name,
      signed: parseRequest(read('.sreq'), authorization),
      canonicalRequest: read('.creq'),
      stringToSign: read('.sts'),
      authorization,
    }
  })

/** The suite's access key, with the session token that `request` carries. */
export function suiteCredential(request?: SignedRequest): Credential {
  const sessionToken = request?.headers.get('x-amz-security-token')
  return new Credential({
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: SUITE_SECRET,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    account: '123456789012',
    identity: (region: string) => rootIdentity('123456789012', region, 'AKIDEXAMPLE'),
  })
}

function parseRequest(text: string, authorization: string): SignedRequest {
  const [head = '', body = ''] = text.split('\n\n')
  const [first = '', ...lines] = head.split('\n')
  const [, method = '', target = ''] = /^(\S+) (.*) HTTP\/1\.1$/.exec(first) ?? []
  const [path = '', query = ''] = target.split('?')
  const raw: string[] = []
  for (const line of lines) {
    if (line.startsWith(' ')) raw[raw.length - 1] += `\n${line}`
    else raw.push(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1))
  }
  raw[raw.indexOf('Authorization') + 1] = authorization
  const headers = collectHeaders(raw)
  return { method, path, query, headers, body: Buffer.from(body, 'latin1') }
}
