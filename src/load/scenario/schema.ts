/**
 * What a scenario file may hold: the one source of the checks (seed/check.ts) and of docs/load.schema.json.
 *
 * JSON Schema, draft 2020-12. Of `anyOf` each variant has a `kind` of its own, by which the one that is meant is found. What
 * fits here and can still not be run (nobody has a key in a directory) is possible.ts. After a change:
 * `node scripts/load-schema.mjs`.
 *
 * @module
 */
import type { Schema } from '../../seed/check.js'
import { PLACE_PATTERN } from './place.js'
import { SIGNING_ALGORITHMS, SIGNING_SPECS } from './signing.js'
import { DURATION_PATTERN, SIZE_PATTERN } from './units.js'

const CLIENTS_MAX = 64

const duration = (description: string): Schema => ({
  ...{ type: 'string', pattern: DURATION_PATTERN, description },
})
const size = (description: string): Schema => ({
  ...{ type: 'string', pattern: SIZE_PATTERN, description },
})
const rate = (description: string): Schema => ({
  ...{ type: 'number', minimum: 0, maximum: 10_000_000, description },
})
const count = (maximum: number, description: string): Schema => ({
  ...{ type: 'integer', minimum: 1, maximum, description },
})
const text = (description: string): Schema => ({
  ...{ type: 'string', minLength: 1, maxLength: 4096, description },
})

type Members = Readonly<Record<string, Schema>>

/** An object of one of `kinds`, and what else it may have. */
function variant(
  kinds: readonly string[],
  members: Members,
  required: readonly string[] = [],
): Schema {
  return {
    type: 'object',
    required: ['kind', ...required],
    additionalProperties: false,
    properties: { kind: { enum: kinds }, ...members },
  }
}

const RESOURCES: Members = {
  key: text('KMS key, by id, ARN or alias; one is made unless given'),
  bucket: text('bucket of objects and log files; one is made unless given'),
  channel: text('ARN of the channel for PutAuditEvents; a trail with one is made unless given'),
}
const ACCESS: Members = {
  region: { type: 'string', pattern: '^[a-z0-9\\-]{2,32}$', description: 'us-east-1 unless given' },
  credentials: text(
    'file of an access key, section [default], mode 0600; those of the environment unless given',
  ),
}
const URL: Schema = { type: 'string', pattern: '^https?://[^\\s/?#@]+/?$', maxLength: 1024 }

const TARGET: Schema = {
  anyOf: [
    variant(['embedded'], {
      dataDir: text('data directory, kept; a temporary one, removed afterwards, unless given'),
    }),
    variant(['server'], {
      url: { ...URL, description: 'a sealtrail server; one is started for the run unless given' },
      dataDir: text('its data directory, where it is at hand: then records are checked'),
      ...ACCESS,
      ...RESOURCES,
    }),
    variant(['aws'], {
      kms: { ...URL, description: 'endpoint; AWS’s own unless given' },
      s3: { ...URL, description: 'endpoint, path style; AWS’s own unless given' },
      cloudtrailData: { ...URL, description: 'endpoint; AWS’s own unless given' },
      ...ACCESS,
      ...RESOURCES,
    }),
    variant(
      ['directory'],
      { path: text('where sealed log files are put, and stay; made when it is not there') },
      ['path'],
    ),
  ],
}

const WEIGHT: Members = {
  weight: {
    ...{ type: 'number', minimum: 0, maximum: 1_000_000 },
    description: 'its share of the arrivals, beside those of the others; 1 unless given',
  },
}
const CONTEXT: Members = {
  context: {
    type: 'object',
    maxProperties: 8,
    additionalProperties: { type: 'string', maxLength: 256 },
    description: 'the encryption context',
  },
  contexts: count(100_000, 'so many different contexts, by one more pair; 1 unless given'),
}
const ENCRYPTION: Members = {
  encryption: {
    enum: ['none', 'SSE-S3', 'SSE-KMS', 'SSE-KMS-bucket-key', 'SSE-C'],
    description: 'what the request asks for; SSE-KMS unless given',
  },
}
const OBJECTS: Members = { objects: count(1_000_000, 'put before the run; 100 unless given') }
const BUCKET: Schema = {
  type: 'object',
  required: ['least', 'most', 'weight'],
  additionalProperties: false,
  properties: {
    least: size('the smallest'),
    most: size('the largest; every size between is as likely as another'),
    weight: { type: 'integer', minimum: 0, maximum: 1_000_000 },
  },
}
const SIZE: Members = {
  size: size('of an object; 4KiB unless given'),
  sizes: {
    description: 'of many objects, instead of size',
    anyOf: [
      variant(['log2'], { least: size('the smallest'), most: size('the largest') }, [
        'least',
        'most',
      ]),
      variant(
        ['buckets'],
        { buckets: { type: 'array', minItems: 1, maxItems: 1000, items: BUCKET } },
        ['buckets'],
      ),
      variant(['real'], {}),
    ],
  },
}

const WORK: Schema = {
  anyOf: [
    variant(['kms.GenerateDataKey', 'kms.Encrypt', 'kms.Decrypt'], {
      ...WEIGHT,
      ...CONTEXT,
      bytes: count(4096, 'of plaintext to Encrypt; 32 unless given'),
    }),
    variant(['kms.Sign'], {
      ...WEIGHT,
      bytes: count(4096, 'of the message; 32 unless given'),
      keySpec: { enum: SIGNING_SPECS, description: 'ECC_NIST_P256 unless given; a key is made' },
      algorithm: {
        enum: SIGNING_ALGORITHMS,
        description: 'the first of the key spec unless given',
      },
    }),
    variant(['s3.PutObject'], { ...WEIGHT, ...SIZE, ...ENCRYPTION }),
    variant(['s3.GetObject'], { ...WEIGHT, ...SIZE, ...ENCRYPTION, ...OBJECTS }),
    variant(['s3.ListObjectsV2'], { ...WEIGHT, ...OBJECTS }),
    variant(['logs.write'], {
      ...WEIGHT,
      batchBytes: size('a batch ends with so many bytes of events; 8MiB unless given'),
      batchAge: duration('or when its first event has waited so long; 1s unless given'),
    }),
    variant(['logs.read'], {
      ...WEIGHT,
      files: count(10_000, 'log files put before the run; 20 unless given'),
    }),
    variant(['cloudtrail-data.PutAuditEvents'], {
      ...WEIGHT,
      events: count(100, 'in a call; 10 unless given'),
    }),
  ],
}

const SHAPE: Schema = {
  anyOf: [
    variant(['constant', 'soak'], { rate: rate('operations a second') }, ['rate']),
    variant(['ramp'], { from: rate('operations a second, at first'), to: rate('and at the end') }, [
      'from',
      'to',
    ]),
    variant(
      ['steps'],
      {
        rates: {
          ...{ type: 'array', minItems: 1, maxItems: 100, items: rate('operations a second') },
          description: 'one after the other, each for the same time',
        },
      },
      ['rates'],
    ),
    variant(
      ['spike'],
      {
        rate: rate('operations a second'),
        peak: rate('operations a second, in the spike'),
        at: duration('when the spike begins'),
        for: duration('how long it lasts'),
      },
      ['rate', 'peak', 'at', 'for'],
    ),
    variant(
      ['replay'],
      {
        directory: text('log files of CloudTrail (.json.gz) are anywhere below it'),
        speed: {
          ...{ type: 'number', minimum: 0.001, maximum: 1_000_000 },
          description:
            'seconds of the log in one; so many that it ends with the duration, unless given',
        },
      },
      ['directory'],
    ),
    variant(
      ['closed'],
      {
        users: count(100_000, 'each waits for its answer before it asks again'),
        pause: duration('between an answer and the next call; none unless given'),
      },
      ['users'],
    ),
  ],
}

export const SCENARIO_SCHEMA: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A scenario of sealtrail load',
  description: 'What is sent where, how often and for how long: docs/LOAD.md.',
  type: 'object',
  required: ['target', 'work', 'shape'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', pattern: '^[\\w .\\-]{1,64}$' },
    target: TARGET,
    work: { type: 'array', minItems: 1, maxItems: 20, items: WORK },
    shape: SHAPE,
    warmup: duration('before the measured time, at the first rate; none unless given'),
    duration: duration('of the measured time; 10s unless given, 1h of a soak'),
    stop: {
      type: 'object',
      additionalProperties: false,
      description: 'when to stop earlier',
      properties: {
        operations: count(1e12, 'when so many have been answered'),
        steady: {
          type: 'object',
          required: ['windows', 'percent'],
          additionalProperties: false,
          description: 'when throughput and p99 of the last windows lie so close together',
          properties: {
            windows: { type: 'integer', minimum: 2, maximum: 1000 },
            percent: { type: 'number', minimum: 0.1, maximum: 100 },
          },
        },
      },
    },
    window: duration('how long a window of the report is; 1s unless given'),
    clients: count(CLIENTS_MAX, 'processes that send; 1 unless given'),
    machines: {
      ...{ type: 'array', minItems: 1, maxItems: CLIENTS_MAX, uniqueItems: true },
      items: { type: 'string', pattern: PLACE_PATTERN, maxLength: 300 },
      description:
        'clients on other machines (sealtrail load client), as host:port, which send in place of processes of this one',
    },
    inFlight: count(
      1_000_000,
      'calls under way at once, of each process and kind; 128 unless given',
    ),
    patience: duration('an arrival that could not be sent for so long is dropped; 5s unless given'),
    check: {
      ...{ type: 'number', minimum: 0, maximum: 1 },
      description: 'the share of writes that are read back and compared; 0.01 unless given',
    },
    thresholds: {
      ...{ type: 'array', maxItems: 50, items: { type: 'string', minLength: 1, maxLength: 512 } },
      description: 'what the run must keep to, such as p99<20ms',
    },
    raw: { type: 'boolean', description: 'also a line for each operation, in raw-0.csv and so on' },
    seed: { type: 'integer', minimum: 0, maximum: 2 ** 31, description: 'of what is sent; 1' },
  },
}
