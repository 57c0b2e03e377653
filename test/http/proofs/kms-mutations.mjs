/**
 * Good requests of every operation of the KMS that is served, changed somewhere, sent to a server: it answers each, none with
 * a mistake of its own, its loop never stands, and what it had before it has afterwards, also after a start.
 *
 *     values      other ones that the model allows: these reach the operations
 *     JSON        other types, depths, lengths, names
 *     requests    bytes, headers, targets, methods, lengths
 *
 * Used by scripts/proofs/kms-mutations.mjs, and in small by test/http/kms-mutations.test.ts.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { KMS } from '../../../dist/aws/models/kms.gen.js'
import { signRequest } from '../../../dist/sigv4/sign-request.js'
import { goodInput, prepare, SERVED } from '../../support/kms-inputs.mjs'
import { drawMember } from './kms-values.mjs'
import { bytesOf, eachOf, exchange, isClean, randomOf, serve, stop } from './mutant-server.mjs'

const REGION = 'us-east-1'
const WITNESS = resolve('test/http/proofs/loop-witness.mjs')
const IN_FLIGHT = 4
/** State that mutants have changed is made anew so often. */
const ROUND = 400
/** Of 20. */
const [VALUES, JSONS] = [14, 17]
/** Who is told one of these did not come as far as an operation. */
const UNREACHED =
  /^(SerializationException|UnknownOperation|RequestEntityTooLarge|RequestTimeout|.*Signature.*|MissingAuthenticationToken|UnrecognizedClient)/
const OF_MODEL = /^\d+ validation errors? detected/
const TEXT = Buffer.from('the control').toString('base64')

/** @returns report: `states` requests, how they were answered, how fast, `findings` */
export async function mutateKms({ requests, seed, folder, native, standMs, onState }) {
  const report = {
    ...{ states: 0, findings: [], statuses: {}, codes: {}, unanswered: 0, reached: 0 },
    ...{ operations: SERVED.length, times: [], stood: [] },
  }
  mkdirSync(folder, { recursive: true })
  const dataDir = join(folder, 'data')
  const random = randomOf(seed)
  const witness = { preload: WITNESS, env: { LOOP_WITNESS: join(folder, 'stood') } }
  let server = await serve(dataDir, native, witness)
  const control = await makeControl(callsOf(server))
  const begun = Date.now()
  while (report.states < requests) {
    const good = await goodInputs(callsOf(server))
    const count = Math.min(ROUND, requests - report.states)
    const mutants = Array.from({ length: count }, () => mutantOf(good, server, random))
    await eachOf(mutants, IN_FLIGHT, (mutant) => tryMutant(server, mutant, report))
    onState(report, requests)
    if (server.child.exitCode !== null) {
      report.findings.push({ what: 'the server ended', errors: server.errors() })
      server = await serve(dataDir, native, witness)
    }
  }
  await checkControl(server, control, report, 'afterwards')
  await stop(server, report)
  const fsck = spawnSync(process.execPath, ['dist/cli/main.js', 'fsck', '--data-dir', dataDir])
  if (fsck.status !== 0) {
    report.findings.push({ what: 'fsck', says: `${fsck.stdout}${fsck.stderr}`.slice(0, 400) })
  }
  server = await serve(dataDir, native)
  await checkControl(server, control, report, 'after a start')
  await stop(server, report)
  if (report.reached * 2 < requests) {
    const { reached } = report
    report.findings.push({ what: 'fewer than half came as far as an operation', reached })
  }
  hearWitness(report, witness.env.LOOP_WITNESS, { begun, standMs })
  return report
}

async function tryMutant(server, { operation, bytes, isWhole, log }, report) {
  const [at, begun] = [Date.now(), performance.now()]
  const answer = await exchange(server.port, bytes, isWhole)
  const ms = performance.now() - begun
  report.states++
  if (isWhole) report.times.push({ operation, at, ms })
  const { status } = answer
  if (status === undefined) report.unanswered++
  else report.statuses[status] = (report.statuses[status] ?? 0) + 1
  const json = jsonOf(answer.received)
  const code = status === 200 ? 'done' : (json?.__type ?? `status ${status}`)
  report.codes[code] = (report.codes[code] ?? 0) + 1
  if (status === 200 || isReached(json)) report.reached++
  const found = (what) =>
    report.findings.push({ what, operation, log, request: bytes.toString('latin1').slice(0, 600) })
  if (answer.isHanging) found('hangs')
  else if (status >= 500) found(`answers ${status}`)
  else if (status === undefined && isWhole) found('is not answered')
  if (status === 200 && log[0] !== 'request') {
    const others = strangers(operation, json)
    if (others.length > 0) found(`answers ${others}, which the model has not`)
  }
}

/** Past parsing, and past what the model forbids. */
function isReached(json) {
  if (typeof json?.__type !== 'string' || UNREACHED.test(json.__type)) return false
  return json.__type !== 'ValidationException' || !OF_MODEL.test(json.message ?? '')
}

function strangers(operation, json) {
  const { output } = KMS.operations[operation]
  const members = output === undefined ? {} : KMS.shapes[output].members
  return Object.keys(json ?? {}).filter((name) => !(name in members))
}

function jsonOf(received) {
  try {
    return JSON.parse(received.slice(received.indexOf('\r\n\r\n') + 4))
  } catch {
    return undefined
  }
}

function mutantOf(good, server, random) {
  const [operation, input] = random.one(good.inputs)
  const kind = random.below(20)
  if (kind < VALUES) {
    const changed = { ...input }
    const log = ['values']
    const { members } = KMS.shapes[KMS.operations[operation].input] ?? { members: {} }
    for (let changes = 1 + random.below(3); changes > 0; changes--) {
      const name = random.one(Object.keys(members))
      log.push(name)
      if (random.below(6) === 0) delete changed[name]
      else changed[name] = drawMember(members[name], good, random)
    }
    return requestOf(operation, JSON.stringify(changed), server, log)
  }
  const body = JSON.stringify(input)
  if (kind < JSONS) {
    return requestOf(operation, changedJson(body, input, random), server, ['JSON'])
  }
  return changedRequest(operation, body, server, random)
}

/** Of the right form perhaps, and perhaps not. */
function changedJson(body, input, random) {
  const name = random.one([...Object.keys(input), 'More', '__proto__', 'KeyId', ''])
  const deep = (open, close) => open.repeat(5000) + close.repeat(5000)
  const value = random.one([
    ...['null', 'true', '-1', '0', '1e400', '1.5', '"x"', '""', '{}', '[]', '[null]', '{"a":null}'],
    ...['99999999999999999999', '"\\ud800"', '"\\u0000"', deep('[', ']'), deep('{"a":', '}')],
    ...[JSON.stringify('x'.repeat(60_000)), '[{"TagKey":null}]', '"////"', '"a"b', '', '[1,]'],
  ])
  const member = `${JSON.stringify(name)}:${value}`
  switch (random.below(4)) {
    case 0:
      return `{${member}}`
    case 1:
      return body === '{}' ? `{${member}}` : `${body.slice(0, -1)},${member}}`
    case 2:
      return random.one([value, '', ' ', `[${body}]`, `${body}${body}`, `\ufeff${body}`])
    default:
      return cut(body, random)
  }
}

function changedRequest(operation, body, server, random) {
  const request = partsOf(operation, body, server)
  const log = ['request']
  const change = random.below(8)
  log.push(String(change))
  if (change === 0) request.method = random.one(['GET', 'PUT', 'HEAD', 'OPTIONS', 'X', 'post'])
  if (change === 1) request.path = random.one(['/x', '//', '/%00', '/?', '*', '/..'])
  if (change === 2) {
    const name = random.one(['', operation.toLowerCase(), `${operation}x`, ...KMS.others])
    request.headers['x-amz-target'] = random.one([`TrentService.${name}`, name, 'x'.repeat(9000)])
  }
  if (change === 3) {
    const [name, value] = random.one([
      ...[
        ['content-type', 'text/plain'],
        ['content-encoding', 'gzip'],
        ['host', 'x'],
      ],
      ...[
        ['x-amz-security-token', 'x'],
        ['x-amz-content-sha256', 'x'],
        ['accept', '\u00ff'],
      ],
    ])
    request.headers[name] = value
  }
  let signed = request
  try {
    signed = sign(request, server)
  } catch {
    // What cannot be signed goes out as it is.
  }
  if (change === 4) signed.body = cut(signed.body, random)
  if (change === 5) delete signed.headers[random.one(Object.keys(signed.headers))]
  if (change === 6) {
    const name = random.one(Object.keys(signed.headers))
    signed.headers[name] = cut(String(signed.headers[name]), random)
  }
  if (change === 7) {
    const [name, value] = random.one([
      ...[
        ['content-length', '0'],
        ['content-length', '99999'],
        ['content-length', 'x'],
      ],
      ...[
        ['transfer-encoding', 'chunked'],
        ['expect', '100-continue'],
        ['connection', 'upgrade'],
      ],
    ])
    signed.headers[name] = value
  }
  const isWhole = change !== 7 && isClean(signed)
  return { operation, bytes: bytesOf(signed), isWhole, log }
}

/** Some of it away, and something there. */
function cut(text, random) {
  const at = random.below(text.length + 1)
  const piece = random.one(['', '"', '\\', '{', '}', '\u0000', '💥', '0', ' ', ',', ':', 'x'])
  return text.slice(0, at) + piece + text.slice(at + random.below(4))
}

function requestOf(operation, body, server, log) {
  const signed = sign(partsOf(operation, body, server), server)
  return { operation, bytes: bytesOf(signed), isWhole: true, log }
}

function partsOf(operation, body, { host }) {
  const headers = {
    ...{ host, 'content-type': 'application/x-amz-json-1.1' },
    'x-amz-target': `TrentService.${operation}`,
  }
  return { method: 'POST', path: '/', query: '', headers, body }
}

function sign(request, { credentials }) {
  const { method, path, query, headers, body } = request
  const whole = { method, path, query, headers, body: Buffer.from(body) }
  const signer = { ...credentials, region: REGION, service: 'kms', now: Date.now() }
  return { ...request, headers: { ...signRequest(whole, signer) } }
}

/** Calls that are to be answered well. */
function callsOf(server) {
  return async (operation, input) => {
    const { bytes } = requestOf(operation, JSON.stringify(input), server, [])
    const { status, received } = await exchange(server.port, bytes, true)
    const json = jsonOf(received)
    if (status === 200) return json
    throw Object.assign(new Error(`${operation}: ${received.slice(-300)}`), { code: json?.__type })
  }
}

/** Of every operation one, of what was made for it just now; and what else their values are drawn of. */
async function goodInputs(call) {
  const world = await prepare(call)
  const inputs = []
  for (const operation of SERVED) {
    const input = await goodInput(operation, call, world)
    if (input !== undefined) inputs.push([operation, input])
  }
  const { Aliases } = await call('ListAliases', { KeyId: world.key })
  const { Keys, NextMarker } = await call('ListKeys', { Limit: 5 })
  const keys = [...Object.values(world.keys), world.other]
  const arns = Keys.map(({ KeyArn }) => KeyArn.replace(/[^/]+$/, world.other))
  return { inputs, keys: [...keys, ...arns], aliases: Aliases.map(nameOf), marker: NextMarker }
}

const nameOf = ({ AliasName }) => AliasName

/** A key that no mutant is told of. */
async function makeControl(call) {
  const { KeyId } = (await call('CreateKey', { Description: 'control' })).KeyMetadata
  const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: TEXT })
  return { KeyId, CiphertextBlob }
}

async function checkControl(server, { KeyId, CiphertextBlob }, report, when) {
  const call = callsOf(server)
  try {
    const { Plaintext } = await call('Decrypt', { CiphertextBlob })
    const { KeyMetadata } = await call('DescribeKey', { KeyId })
    if (Plaintext === TEXT && KeyMetadata.Description === 'control') return
    report.findings.push({ what: 'the control is not what it was', when })
  } catch ({ message }) {
    report.findings.push({ what: 'the control cannot be used', when, message })
  }
}

/** How long the loop stood since `begun`; with `standMs` it must not have worked for so long on end. */
function hearWitness(report, file, { begun, standMs }) {
  if (!existsSync(file)) return
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  const stood = lines.map((line) => JSON.parse(line)).filter(({ at }) => at > begun)
  report.stood = stood.map(({ ms, workedMs }) => ({ ms, workedMs }))
  if (standMs === 0) return
  for (const { at, ms, workedMs } of stood) {
    if (Math.min(ms, workedMs) < standMs) continue
    const near = report.times.filter((one) => one.at <= at && one.at + one.ms >= at - ms)
    const operations = [...new Set(near.map(({ operation }) => operation))]
    const [stoodMs, worked] = [Math.round(ms), Math.round(workedMs)]
    report.findings.push({ what: 'the loop stood', stoodMs, worked, operations })
  }
}
