/**
 * Good requests of every operation of S3, changed somewhere, sent to a server: it answers each, none with a mistake of its
 * own, and what it had before it has afterwards, also after a start.
 *
 *     method, path, query, headers, body, XML, AWS's chunks, a form     one to three changes, signed before them or behind
 *
 * Used by scripts/proofs/s3-mutations.mjs, and in small by test/http/s3-mutations.test.ts.
 */
import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { request as send } from 'undici'
import { presignQuery, signRequest } from '../../../dist/sigv4/sign-request.js'
import { deriveSigningKey } from '../../../dist/sigv4/signing-keys.js'
import { bytesOf, eachOf, exchange, isClean, randomOf, serve, stop } from './mutant-server.mjs'
import { goodRequests, KEY, LOCKED, PLAIN } from './s3-requests.mjs'

const REGION = 'us-east-1'
const ACCOUNT = '000000000000'
const CONTROL = 'control'
const CONTROL_OBJECTS = 24
const IN_FLIGHT = 8
/** State that mutants have changed is made good again so often. */
const ROUND = 400
const CHUNK = 8192
const FRAGMENTS = [
  ...['%00', '..', '/', '//', '%2f', '%2e%2e', '%zz', '%', '%ff', '%c3%28', '\\', '+', '?', '#'],
  ...['"', "'", '<', '>', '&', '=', ';', ':', ',', ' ', '\t', '%0d%0a', 'null', 'undefined'],
  ...['-1', '0', '1e9', '99999999999999999999', 'NaN', 'true', '{}', '[]', '💥', '\u0001'],
  ...['__proto__', 'constructor', 'x'.repeat(300), '%F0%9F%92%A5', `\${filename}`, '*'],
]
/** Whoever says one of these may wait for more. */
const OF_CONNECTION = ['content-length', 'transfer-encoding', 'connection', 'expect']
const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'get', 'X']
const RESOURCES = [
  ...['acl', 'cors', 'delete', 'uploads', 'versions', 'versioning', 'policy', 'tagging', 'website'],
  ...['uploadId=x', 'partNumber=1', 'versionId=null', 'versionId=', 'list-type=2', 'list-type=3'],
  ...['attributes', 'retention', 'legal-hold', 'object-lock', 'encryption', 'torrent', 'restore'],
  ...['max-keys=-1', 'max-keys=0', 'encoding-type=x', 'prefix=%00', 'marker=%ff', 'delimiter=%01'],
  ...['continuation-token=MWE', 'continuation-token=%00', 'x-id=PutObject', 'response-expires=x'],
]
const HEADERS = [
  ['range', ['bytes=0-0', 'bytes=5-1', 'bytes=-0', 'bytes=9-', 'x', 'bytes=0-1,2-3']],
  ['if-match', ['*', '"x"', 'x']],
  ['if-none-match', ['*', '"x"', '']],
  ['if-modified-since', ['x', 'Thu, 01 Jan 1970 00:00:00 GMT', '9999999999']],
  ['content-md5', ['x', 'AAAAAAAAAAAAAAAAAAAAAA==', '']],
  ['content-type', ['', 'multipart/form-data', 'multipart/form-data; boundary=', 'x/y']],
  ['content-encoding', ['aws-chunked', 'gzip', 'aws-chunked,gzip']],
  ['x-amz-content-sha256', ['x', '0'.repeat(64), 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD']],
  ['x-amz-decoded-content-length', ['0', '-1', 'x', '99999999999999']],
  ['x-amz-trailer', ['x-amz-checksum-crc32', 'x', '']],
  ['x-amz-copy-source', ['', 'x', '/', '%00/%00', `${PLAIN}/a`, `${PLAIN}/a?versionId=x`]],
  ['x-amz-copy-source-range', ['bytes=0-99999999', 'x', 'bytes=-1']],
  ['x-amz-server-side-encryption', ['x', 'AES256', 'aws:kms', 'aws:kms:dsse', '']],
  ['x-amz-server-side-encryption-aws-kms-key-id', ['x', 'alias/x', 'arn:aws:kms:::key/x']],
  ['x-amz-server-side-encryption-context', ['x', 'e30=', 'W10=', 'eyJhIjoxfQ==']],
  ['x-amz-server-side-encryption-customer-algorithm', ['AES256', 'x']],
  ['x-amz-server-side-encryption-customer-key', ['x', Buffer.alloc(32).toString('base64')]],
  ['x-amz-tagging', ['a', '%00=%00', '=', 'a=b&a=b', '%zz', 'aws:x=y']],
  ['x-amz-meta-', ['x']],
  ['x-amz-meta-a', ['\u00ff\u00fe', '=?UTF-8?B?////?=', 'x'.repeat(3000)]],
  ['x-amz-acl', ['x', 'public-read', 'private']],
  ['x-amz-object-lock-mode', ['x', 'GOVERNANCE']],
  ['x-amz-object-lock-retain-until-date', ['x', '0000-00-00T00:00:00Z', '+275760-09-13T00:00:00Z']],
  ['x-amz-object-lock-legal-hold', ['ON', 'x']],
  ['x-amz-checksum-sha256', ['x', '']],
  ['x-amz-checksum-crc32', ['AAAAAA==', 'x']],
  ['x-amz-sdk-checksum-algorithm', ['CRC32', 'x']],
  ['x-amz-expected-bucket-owner', [ACCOUNT, 'x', '999999999999']],
  ['x-amz-security-token', ['x']],
  ['x-amz-date', ['x', '20200101T000000Z']],
  ['origin', ['http://a', '\u00ff', '']],
  ['expect', ['100-continue', 'x']],
  ['host', ['x', '', 's3.amazonaws.com', `${PLAIN}.localhost`, `${'x'.repeat(300)}.localhost`]],
  ['content-length', ['0', '-1', '5', '99999999', 'x', '1,2']],
  ['transfer-encoding', ['chunked', 'x']],
  ['connection', ['keep-alive', 'upgrade']],
  ['authorization', ['', 'x', 'AWS a:b', 'AWS4-HMAC-SHA256 Credential=a/b/c/s3/aws4_request']],
]

/** @returns report: `states` requests, how they were answered, `findings` */
export async function mutateRequests({ requests, seed, folder, native, onState }) {
  const report = { states: 0, findings: [], statuses: {}, unanswered: 0, operations: 0 }
  const dataDir = join(folder, 'data')
  const random = randomOf(seed)
  let server = await serve(dataDir, native)
  const control = await fillControl(server)
  while (report.states < requests) {
    const good = await prepare(server)
    report.operations = new Set(good.map(({ name }) => name)).size
    const count = Math.min(ROUND, requests - report.states)
    const mutants = Array.from({ length: count }, () => mutantOf(good, server, random))
    await eachOf(mutants, IN_FLIGHT, (mutant) => tryMutant(server, mutant, report))
    onState(report, requests)
    if (server.child.exitCode !== null) {
      report.findings.push({ what: 'the server ended', errors: server.errors() })
      server = await serve(dataDir, native)
    }
  }
  await checkStore(server, control, report, 'afterwards')
  await stop(server, report)
  const fsck = spawnSync(process.execPath, ['dist/cli/main.js', 'fsck', '--data-dir', dataDir])
  if (fsck.status !== 0) {
    report.findings.push({ what: 'fsck', says: `${fsck.stdout}${fsck.stderr}`.slice(0, 400) })
  }
  server = await serve(dataDir, native)
  await checkStore(server, control, report, 'after a start')
  await stop(server, report)
  return report
}

async function tryMutant(server, { name, bytes, isWhole, log }, report) {
  const answer = await exchange(server.port, bytes, isWhole)
  report.states++
  const { status } = answer
  if (status === undefined) report.unanswered++
  else report.statuses[status] = (report.statuses[status] ?? 0) + 1
  const isMistake = status !== undefined && status >= 500 && status !== 501 && status !== 503
  const isSilent = status === undefined && isWhole && !answer.isHanging
  if (!isMistake && !answer.isHanging && !isSilent) return
  const what = answer.isHanging ? 'hangs' : isMistake ? `answers ${status}` : 'is not answered'
  report.findings.push({ what, name, log, request: bytes.toString('latin1').slice(0, 300) })
}

/** One good request, changed. */
function mutantOf(good, server, random) {
  const base = random.one(good)
  const kind = random.below(12)
  if (kind === 0) return formMutant(server, random)
  if (kind === 1) return chunkMutant(server, random)
  const request = { ...base, headers: { ...base.headers } }
  const log = []
  const isSignedBefore = random.below(4) === 0
  const isPresigned = random.below(8) === 0
  let signed = isSignedBefore ? sign(request, server, isPresigned) : request
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    log.push(change(signed, random))
  }
  if (!isSignedBefore) signed = signedAnyhow(signed, server, isPresigned)
  const isWhole = !OF_CONNECTION.some((name) => name in signed.headers)
  return { name: base.name, bytes: bytesOf(signed), isWhole: isWhole && isClean(signed), log }
}

function change(request, random) {
  const where = random.one(['method', 'path', 'query', 'query', 'header', 'header', 'body', 'body'])
  switch (where) {
    case 'method':
      request.method = random.one(METHODS)
      break
    case 'path':
      request.path = cut(request.path, random, 1)
      break
    case 'query':
      request.query = changedQuery(request.query, random)
      break
    case 'header': {
      const names = Object.keys(request.headers)
      const [name, values] = random.one(HEADERS)
      const how = random.below(4)
      if (how === 0) delete request.headers[random.one(names)]
      else if (how === 1 && names.length > 0) {
        const one = random.one(names)
        request.headers[one] = cut(String(request.headers[one]), random, 0)
      } else request.headers[name] = random.one(values)
      return `header ${name}`
    }
    default:
      request.body = changedBody(Buffer.from(request.body), random)
      if (random.below(2) === 0 && 'content-md5' in request.headers) {
        request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64')
      }
  }
  return where
}

function changedQuery(query, random) {
  const pairs = query === '' ? [] : query.split('&')
  switch (random.below(4)) {
    case 0:
      pairs.splice(random.below(pairs.length + 1), 1)
      break
    case 1:
      if (pairs.length > 0) pairs.push(random.one(pairs))
      break
    case 2:
      pairs.push(random.one(RESOURCES))
      break
    default:
      return cut(query, random, 0)
  }
  return pairs.join('&')
}

/** Some of it away, and a fragment there. */
function cut(text, random, from) {
  const at = Math.min(text.length, from + random.below(text.length + 1))
  const without = random.below(3) === 0 ? random.below(6) : 0
  return text.slice(0, at) + random.one(FRAGMENTS) + text.slice(at + without)
}

function changedBody(body, random) {
  const text = body.toString('latin1')
  const tags = [...text.matchAll(/<[^>]+>/g)]
  if (tags.length > 0 && random.below(3) > 0) {
    const { 0: tag, index } = random.one(tags)
    const put = random.one([
      ...['', tag + tag, `<x>${tag}`, '<!DOCTYPE a>', '<!-- -->', '<![CDATA[x]]>', '&amp;', '&x;'],
      ...random.one([[tag.toLowerCase()], [tag.replace('>', ' a="b">')], [random.one(FRAGMENTS)]]),
    ])
    return Buffer.from(text.slice(0, index) + put + text.slice(index + tag.length))
  }
  const copy = Buffer.from(body)
  switch (random.below(4)) {
    case 0:
      return copy.subarray(0, random.below(copy.length + 1))
    case 1:
      if (copy.length > 0) copy[random.below(copy.length)] ^= 1 << random.below(8)
      return copy
    case 2:
      return Buffer.concat([copy, copy])
    default:
      return Buffer.from(cut(text, random, 0))
  }
}

/** An upload in AWS's chunks, with bytes of its framing changed. */
function chunkMutant(server, random) {
  const content = randomBytes(CHUNK * 2 + 100)
  const isSigned = random.below(2) === 0
  const hasTrailer = !isSigned || random.below(2) === 0
  const trailers = hasTrailer ? { 'x-amz-checksum-sha256': sha256(content) } : undefined
  const mark = isSigned
    ? `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${hasTrailer ? '-TRAILER' : ''}`
    : 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
  const headers = {
    ...{ 'x-amz-content-sha256': mark, 'x-amz-decoded-content-length': `${content.length}` },
    ...(hasTrailer ? { 'x-amz-trailer': 'x-amz-checksum-sha256' } : {}),
  }
  const path = `/${PLAIN}/chunks`
  const request = { method: 'PUT', path, query: '', headers, body: '' }
  const signed = sign(request, server, false)
  const pieces = chunks(signed.headers, content, trailers, isSigned, server)
  const log = []
  for (let changes = random.below(3); changes > 0; changes--) {
    const at = random.below(pieces.length)
    const how = random.below(5)
    log.push(`chunk ${at}: ${how}`)
    if (how === 0) pieces.splice(at, 1)
    else if (how === 1) pieces.splice(at, 0, pieces[at])
    else if (how === 2) pieces.reverse()
    else if (how === 3) pieces[at] = changedBody(pieces[at], random)
    else pieces[at] = Buffer.from(cut(pieces[at].subarray(0, 90).toString('latin1'), random, 0))
    if (pieces.length === 0) break
  }
  signed.body = Buffer.concat(pieces)
  return { name: 'PutObject in chunks', bytes: bytesOf(signed), isWhole: true, log }
}

function chunks(headers, content, trailers, isSigned, { credentials }) {
  const timestamp = headers['x-amz-date']
  const scope = { date: timestamp.slice(0, 8), region: REGION, service: 's3' }
  const key = deriveSigningKey(credentials.secretAccessKey, scope)
  const lines = `${timestamp}\n${scope.date}/${REGION}/s3/aws4_request`
  let before = headers.authorization.slice(-64)
  const signature = (what, hashes) => {
    before = key.hex(`AWS4-HMAC-SHA256-${what}\n${lines}\n${before}\n${hashes}`)
    return before
  }
  const hex = (bytes) => createHash('sha256').update(bytes).digest('hex')
  const pieces = []
  for (let at = 0; ; at += CHUNK) {
    const chunk = content.subarray(at, at + CHUNK)
    const ofChunk = isSigned
      ? `;chunk-signature=${signature('PAYLOAD', `${hex('')}\n${hex(chunk)}`)}`
      : ''
    pieces.push(Buffer.from(`${chunk.length.toString(16)}${ofChunk}\r\n`))
    if (chunk.length === 0) break
    pieces.push(chunk, Buffer.from('\r\n'))
  }
  for (const [name, value] of Object.entries(trailers ?? {})) {
    pieces.push(Buffer.from(`${name}:${value}\r\n`))
  }
  if (trailers !== undefined && isSigned) {
    const text = Object.entries(trailers).map(([name, value]) => `${name}:${value}\n`)
    const ofTrailer = signature('TRAILER', hex(text.join('')))
    pieces.push(Buffer.from(`x-amz-trailer-signature:${ofTrailer}\r\n`))
  }
  pieces.push(Buffer.from('\r\n'))
  return pieces
}

/** A browser's upload. */
function formMutant(server, random) {
  const now = new Date()
  const timestamp = now.toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = { date: timestamp.slice(0, 8), region: REGION, service: 's3' }
  const { accessKeyId, secretAccessKey } = server.credentials
  const fields = {
    ...{ key: `form/\${filename}`, 'x-amz-algorithm': 'AWS4-HMAC-SHA256', 'x-amz-date': timestamp },
    'x-amz-credential': `${accessKeyId}/${scope.date}/${REGION}/s3/aws4_request`,
    ...{
      success_action_status: '201',
      'x-amz-meta-a': 'b',
      tagging: '<Tagging><TagSet/></Tagging>',
    },
  }
  const document = {
    expiration: new Date(now.getTime() + 600_000).toISOString(),
    conditions: [
      ...Object.keys(fields).map((name) => ['starts-with', `$${name}`, '']),
      ...[{ bucket: PLAIN }, ['content-length-range', 0, 1000]],
    ],
  }
  let json = JSON.stringify(document)
  if (random.below(3) === 0) json = cut(json, random, 0)
  fields.policy = Buffer.from(json).toString('base64')
  fields['x-amz-signature'] = deriveSigningKey(secretAccessKey, scope).hex(fields.policy)
  const names = Object.keys(fields)
  if (random.below(3) === 0) {
    const one = random.one(names)
    fields[one] = cut(fields[one], random, 0)
  }
  if (random.below(5) === 0) delete fields[random.one(names)]
  const part = (head, value) => `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${value}\r\n`
  const parts = Object.entries(fields).map(([name, value]) => part(`name="${name}"`, value))
  const file = part('name="file"; filename="f"', 'the file')
  let body = Buffer.from(`${parts.join('')}${file}--b--\r\n`)
  if (random.below(2) === 0) body = changedBody(body, random)
  const headers = { host: server.host, 'content-type': 'multipart/form-data; boundary=b' }
  const request = { method: 'POST', path: `/${PLAIN}`, query: '', headers, body }
  return { name: 'a form', bytes: bytesOf(request), isWhole: true, log: [] }
}

function sign(request, server, isPresigned) {
  const { method, path, query, body } = request
  const headers = { host: server.host, ...request.headers }
  const signer = {
    ...{ ...server.credentials, region: REGION, service: 's3', pathEncoding: 'once' },
    now: Date.now(),
  }
  const whole = { method, path, query, headers, body: Buffer.from(body) }
  if (!isPresigned) return { ...request, headers: signRequest(whole, signer) }
  return { ...request, headers, query: presignQuery(whole, signer, 60) }
}

/** What cannot be signed goes out as it is. */
function signedAnyhow(request, server, isPresigned) {
  try {
    return sign(request, server, isPresigned)
  } catch {
    return { ...request, headers: { host: server.host, ...request.headers } }
  }
}

/** Signed, and answered well. */
async function ask(server, method, path, { query = '', headers = {}, body = '', ok = 400 } = {}) {
  const sent = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', ...headers }
  const request = sign({ method, path, query, headers: sent, body }, server, false)
  const target = query === '' ? path : `${path}?${query}`
  const { host: _, ...others } = request.headers
  const init = { method, headers: others, ...(body === '' ? {} : { body }) }
  // Not fetch: it would decode what a mutant has called gzip.
  const response = await send(`http://${server.host}${target}`, init)
  const bytes = Buffer.from(await response.body.arrayBuffer())
  if (response.statusCode >= ok) {
    throw new Error(`${method} ${target}: ${response.statusCode} ${bytes}`)
  }
  return { headers: new Headers(response.headers), bytes, text: bytes.toString('utf8') }
}

/** What mutants may have taken away is there again. */
async function prepare(server) {
  const md5 = (text) => ({ 'content-md5': createHash('md5').update(text).digest('base64') })
  await ask(server, 'PUT', `/${PLAIN}`, { ok: 500 })
  const lockable = { 'x-amz-bucket-object-lock-enabled': 'true' }
  await ask(server, 'PUT', `/${LOCKED}`, { headers: lockable, ok: 500 })
  for (const resource of ['policy', 'encryption', 'ownershipControls', 'lifecycle']) {
    await ask(server, 'DELETE', `/${PLAIN}`, { query: resource })
    await ask(server, 'DELETE', `/${LOCKED}`, { query: resource })
  }
  const versioning = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>'
  const put = { query: 'versioning', headers: md5(versioning), body: versioning }
  await ask(server, 'PUT', `/${PLAIN}`, put)
  const path = `/${PLAIN}/${KEY.replace(' ', '%20')}`
  const stored = await ask(server, 'PUT', path, { body: 'the first' })
  await ask(server, 'PUT', `/${LOCKED}/held`, { body: 'held' })
  const begun = await ask(server, 'POST', path, { query: 'uploads' })
  const uploadId = /<UploadId>(.*?)</.exec(begun.text)[1]
  const query = `partNumber=1&uploadId=${encodeURIComponent(uploadId)}`
  const part = await ask(server, 'PUT', path, { query, body: 'part one' })
  const versionId = stored.headers.get('x-amz-version-id') ?? 'null'
  return goodRequests({ uploadId, partEtag: part.headers.get('etag'), versionId, account: ACCOUNT })
}

async function fillControl(server) {
  await ask(server, 'PUT', `/${CONTROL}`)
  const control = new Map()
  for (let i = 0; i < CONTROL_OBJECTS; i++) {
    const body = randomBytes(i * i * 701)
    const key = `c${i}`
    const sse = i % 3 === 0 ? { 'x-amz-server-side-encryption': 'aws:kms' } : {}
    await ask(server, 'PUT', `/${CONTROL}/${key}`, { body, headers: sse })
    control.set(key, sha256(body))
  }
  return control
}

async function checkStore(server, control, report, when) {
  const wrong = (what) => report.findings.push({ what, when })
  for (const [key, hash] of control) {
    const { bytes } = await ask(server, 'GET', `/${CONTROL}/${key}`)
    if (sha256(bytes) !== hash) wrong(`${key} is not what it was`)
  }
  for (const bucket of [CONTROL, PLAIN, LOCKED]) {
    await ask(server, 'DELETE', `/${bucket}`, { query: 'policy' })
    let after = ''
    for (;;) {
      const query = `list-type=2&max-keys=100&encoding-type=url${after}`
      const { text } = await ask(server, 'GET', `/${bucket}`, { query })
      for (const [, key] of text.matchAll(/<Key>(.*?)<\/Key>/g)) {
        const path = `/${bucket}/${key.replaceAll('+', '%20')}`
        const size = Number((await ask(server, 'HEAD', path)).headers.get('content-length'))
        const { bytes } = await ask(server, 'GET', path)
        if (bytes.length !== size) wrong(`${path} has not as many bytes as it says`)
      }
      const token = /<NextContinuationToken>(.*?)</.exec(text)?.[1]
      if (token === undefined) break
      after = `&continuation-token=${encodeURIComponent(token)}`
    }
  }
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('base64')
}
