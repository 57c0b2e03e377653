/**
 * Every setting, in one table: its default, its environment variable, its bounds, its one line of docs.
 *
 * Built-in default < config file (JSON) < environment < what the caller gives. Read once, checked once,
 * frozen; an unknown name is an error. docs/CONFIG.md is written from this table. What kinds of settings there are is in
 * config-fields.ts.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { count, ENV_PREFIX, type Field, flag, matching, oneOf, text } from './config-fields.js'
import { SealtrailError } from './errors.js'

/** Names the file of settings, and is no setting itself. */
const CONFIG_ENV = 'SEALTRAIL_CONFIG'

const FIELDS = {
  dataDir: text('sealtrail-data', 'DATA_DIR', 'directory of keys, aliases and audit records'),
  rootKeyFile: text(
    '',
    'ROOT_KEY_FILE',
    'file of the root key; without one: dataDir with .root-key added',
  ),
  seed: text(
    '',
    'SEED',
    'file of users, roles, policies and keys that a start makes when they are not there; docs/SEED.md',
  ),
  recordDays: count(
    0,
    'RECORD_DAYS',
    0,
    36_500,
    'audit records are kept at least so many days; 0: for ever',
  ),
  engine: oneOf(
    ['auto', 'native', 'wasm', 'node'],
    'ENGINE',
    'crypto engine; a named one is used or refused',
  ),
  lockedMemory: oneOf(
    ['wanted', 'required'],
    'LOCKED_MEMORY',
    'required: no key is kept in memory that may be swapped out; engines without locked memory are refused',
  ),
  threads: count(0, 'THREADS', 0, 256, 'threads for bulk work; 0: one for each core'),
  account: matching(
    /^\d{12}$/,
    '000000000000',
    'ACCOUNT',
    'account of calls that name none; 12 digits',
  ),
  region: matching(/^[a-z0-9-]{2,32}$/, 'us-east-1', 'REGION', 'region of calls that name none'),
  quotas: matching(
    /^(?:off|aws:[a-z]{2}(?:-[a-z]+)+-\d)$/,
    'off',
    'QUOTAS',
    'aws:REGION, for tests: calls of the KMS are throttled as AWS does in that region, by account and region; each takes the long way',
  ),
  faults: text(
    '',
    'FAULTS',
    'file of failures and delays that calls of the KMS are to have, for tests of what calls it; docs/OPERATING.md',
  ),
  host: text('127.0.0.1', 'HOST', 'address to listen on'),
  port: count(4599, 'PORT', 0, 65_535, 'port to listen on; 0: any free one'),
  auth: oneOf(
    ['sigv4', 'trust'],
    'AUTH',
    'sigv4: signatures are verified; trust: loopback only, for tests and load',
  ),
  front: oneOf(
    ['auto', 'native', 'node'],
    'FRONT',
    'what speaks HTTP; a named one is used or refused; auto: native where it loads, else node; for TLS always node',
  ),
  attestationRoot: text(
    '',
    'ATTESTATION_ROOT',
    'file of the root certificates in PEM that attestation documents of recipients must begin with; without one: AWS’s (Nitro Enclaves Root-G1)',
  ),
  s3SseC: oneOf(
    ['block', 'allow'],
    'S3_SSE_C',
    'allow: buckets that say nothing of it take objects under keys of customers (SSE-C), as before April 2026',
  ),
  s3Upstream: text(
    '',
    'S3_UPSTREAM',
    'bucket of an S3-compatible endpoint where new objects lie, sealed: https://endpoint/bucket/prefix; without one: dataDir',
  ),
  s3UpstreamRegion: matching(
    /^[a-z0-9-]{2,32}$/,
    'us-east-1',
    'S3_UPSTREAM_REGION',
    'region that requests to s3Upstream are signed for',
  ),
  s3UpstreamStyle: oneOf(
    ['path', 'virtual'],
    'S3_UPSTREAM_STYLE',
    'virtual: the bucket of s3Upstream goes before the name of its host, as in AWS',
  ),
  s3UpstreamCredentials: text(
    '',
    'S3_UPSTREAM_CREDENTIALS',
    'file of the access key for s3Upstream, as AWS’s shared credentials file, which nobody else can read; without one: AWS_ACCESS_KEY_ID and its like, of the command',
  ),
  xksProxyEndpoints: text(
    '',
    'XKS_PROXY_ENDPOINTS',
    'where proxies of external key stores are that no public name leads to: https://name=http://127.0.0.1:port, several between commas; without TLS on this machine only',
  ),
  trailClock: matching(
    /^(?:wall|scaled:[1-9]\d{0,5})$/,
    'wall',
    'TRAIL_CLOCK',
    'scaled:N, for tests and demos: event times, deliveries, digests and schedules of keys run N times as fast',
  ),
  trailProfile: oneOf(
    ['modern', 'seed-2015'],
    'TRAIL_PROFILE',
    'the form of events in log files and LookupEvents: as CloudTrail writes them now, or as in 2015',
  ),
  trailSlotSeconds: count(
    300,
    'TRAIL_SLOT_SECONDS',
    1,
    3600,
    'how much time the events of a log file of a trail are from',
  ),
  tlsCert: text(
    '',
    'TLS_CERT',
    'file of the certificate in PEM, its own first; with it and tlsKey the port speaks HTTPS only',
  ),
  tlsKey: text(
    '',
    'TLS_KEY',
    'file of its private key in PEM, without a passphrase, which nobody else can read',
  ),
  bodyBytesMax: count(
    1 << 16,
    'BODY_BYTES_MAX',
    1024,
    1 << 26,
    'largest request body, but for objects, which S3 bounds',
  ),
  bodyBytesPerSecondMin: count(
    1024,
    'BODY_BYTES_PER_SECOND_MIN',
    1,
    1 << 20,
    'a request body that comes slower is cut, after 3 seconds of grace; an object that came faster may stall for 20',
  ),
  headerBytesMax: count(16_384, 'HEADER_BYTES_MAX', 1024, 1 << 20, 'largest request head'),
  headersTimeoutMs: count(
    10_000,
    'HEADERS_TIMEOUT_MS',
    100,
    600_000,
    'time to send a request head',
  ),
  requestTimeoutMs: count(
    30_000,
    'REQUEST_TIMEOUT_MS',
    100,
    600_000,
    'time to send a whole request; an object may take longer, while it comes',
  ),
  connectionsMax: count(10_000, 'CONNECTIONS_MAX', 1, 1_000_000, 'open connections'),
  connectionsPerPeerMax: count(
    2500,
    'CONNECTIONS_PER_PEER_MAX',
    1,
    1_000_000,
    'open connections of one address; loopback, where a proxy may be, has no such limit',
  ),
  inflightMax: count(512, 'INFLIGHT_MAX', 1, 100_000, 'requests worked on at once'),
  queueMax: count(
    4096,
    'QUEUE_MAX',
    0,
    1_000_000,
    'requests waiting beyond those; more are throttled',
  ),
  queueMsMax: count(
    200,
    'QUEUE_MS_MAX',
    1,
    600_000,
    'time that a request waits at most, and a tenth of it once requests have waited for so long; then it is throttled',
  ),
  stopTimeoutMs: count(
    10_000,
    'STOP_TIMEOUT_MS',
    0,
    600_000,
    'time for requests in flight when stopping',
  ),
  accessLog: flag('ACCESS_LOG', 'a log line for every request; failures of ours have one anyway'),
  logLevel: oneOf(
    ['info', 'debug', 'warn', 'error', 'silent'],
    'LOG_LEVEL',
    'least level that is logged',
  ),
} as const

export type Config = {
  readonly [Name in keyof typeof FIELDS]: (typeof FIELDS)[Name] extends Field<infer T> ? T : never
}

/** Rows for docs/CONFIG.md and `--help`: name, environment variable, default, meaning. */
export const CONFIG_TABLE = Object.entries(FIELDS).map(([name, { env, fallback, says }]) => ({
  name,
  env,
  fallback,
  says,
}))

/**
 * @param given what the caller sets; undefined members do not count.
 * @param environment `process.env`, where an empty variable does not count; omitted for embedded use, which
 * reads no environment.
 * @throws SealtrailError `ConfigInvalid` naming the field, where it came from and what it may be.
 */
export function readConfig(
  given: Partial<Config>,
  environment: NodeJS.ProcessEnv = {},
  file: string | undefined = environment[CONFIG_ENV] || undefined,
): Config {
  const values: Record<string, unknown> = {}
  for (const [name, { fallback }] of Object.entries(FIELDS)) values[name] = fallback
  if (file !== undefined) take(values, readConfigFile(file), file)
  checkNames(environment)
  for (const [name, { env, parse }] of Object.entries<Field<unknown>>(FIELDS)) {
    const value = environment[env]
    if (value !== undefined && value !== '') values[name] = check(env, parse, value)
  }
  take(values, given, 'options')
  const config = values as unknown as Config
  const dataDir = resolve(config.dataDir)
  const rootKeyFile = resolve(config.rootKeyFile || `${dataDir}.root-key`)
  if ((config.tlsCert === '') !== (config.tlsKey === '')) {
    throw invalid('tlsCert and tlsKey: one is no use without the other')
  }
  const [tlsCert, tlsKey] = [whole(config.tlsCert), whole(config.tlsKey)]
  const [seed, s3UpstreamCredentials] = [whole(config.seed), whole(config.s3UpstreamCredentials)]
  const [faults, attestationRoot] = [whole(config.faults), whole(config.attestationRoot)]
  const files = { rootKeyFile, seed, faults, attestationRoot, tlsCert, tlsKey }
  return Object.freeze({ ...config, dataDir, ...files, s3UpstreamCredentials })
}

/** No path stays none. */
function whole(path: string): string {
  return path === '' ? '' : resolve(path)
}

function take(values: Record<string, unknown>, given: object, source: string): void {
  for (const [name, value] of Object.entries(given)) {
    const field: Field<unknown> | undefined = Object.hasOwn(FIELDS, name)
      ? FIELDS[name as keyof typeof FIELDS]
      : undefined
    if (field === undefined) throw invalid(`${source}: there is no setting named '${name}'`)
    if (value !== undefined) values[name] = check(`${source}: ${name}`, field.parse, value)
  }
}

/** A name that is nearly right would be a setting that is not made. */
function checkNames(environment: NodeJS.ProcessEnv): void {
  const known = new Set([CONFIG_ENV, ...CONFIG_TABLE.map(({ env }) => env)])
  for (const name of Object.keys(environment)) {
    if (!name.startsWith(ENV_PREFIX) || known.has(name)) continue
    throw invalid(`there is no setting named ${name}; docs/CONFIG.md lists them`)
  }
}

function readConfigFile(file: string): object {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw invalid(`config file '${file}': cannot be read as JSON`, { cause })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw invalid(`${file}: must hold one JSON object`)
}

function check<T>(place: string, parse: (given: unknown) => T, given: unknown): T {
  try {
    return parse(given)
  } catch (cause) {
    throw invalid(`${place} ${(cause as Error).message}`)
  }
}

function invalid(message: string, options?: ErrorOptions): SealtrailError {
  return new SealtrailError('ConfigInvalid', message, {}, options)
}
