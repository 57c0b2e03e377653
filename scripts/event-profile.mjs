/**
 * Writes src/load/data/profile.gen.ts: what CloudTrail log files of a real account teach about events.
 *
 *     node scripts/event-profile.mjs [directory of .json log files; test/data/cloudtrail-real unless given] [file to write]
 *
 * Of each record its shape is kept: its text, in which ids, times and random words are slots, and names are others of the
 * same length. Records of one shape are one template with a weight; what templates have in common (a top-level member) is
 * written once. Beside them stand figures that are taken from the records themselves, and that tests hold against what is
 * generated. How slots are filled is src/load/data/slots.ts.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

/** Values that came lately: so many are remembered, here and by the generator. */
const RECENT = 8
/** A value that so many records hold is the account's own, and drawn once for a seed. */
const KEPT_RECORDS = 29
/** A value that so seldom came lately is new each time. */
const ONCE_SHARE = 0.9
/** Of events that have operation, error, principal's type and members in common: the others are counted as the nearest. */
const TEMPLATES_MAX = 3
const GZIP = { level: 6 }

/** Names of people and projects, addresses, and what stands for them: of the same length. */
const NAMES = [
  ['stratus-red-team', 'example-services'],
  ['StratusRedTeam', 'ExampleService'],
  ['stratusredteam', 'exampleservice'],
  ['bert-jan', 'jane-doe'],
  ['benjamin', 'john-doe'],
  ['baker221b', 'acme-logs'],
  ['invictus', 'examples'],
  ['3.225.16.109', '198.51.100.9'],
  ['52.45.102.28', '203.0.113.28'],
]
const ACCOUNT = '123837392027'
const REGION = 'us-east-1'

const TIME = '20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d'
const UUID = [8, 4, 4, 4, 12].map((length) => `[0-9a-f]{${length}}`).join('-')
/** What is a slot, the first that fits: its alphabet, and where it stands. */
const KINDS = [
  ['session', `(?<="creationDate":")${TIME}`],
  ['now', TIME],
  ['uuid', `(?<![0-9a-f-])${UUID}`],
  ['UUID', `(?<![0-9A-F-])${UUID.replaceAll('a-f', 'A-F')}`],
  ['BASE32', '(?<=\\bA(?:KIA|SIA|IDA|ROA|IPA|NPA))[A-Z0-9]{16,17}\\b'],
  ['BASE36', '(?<=")[A-Z0-9]{16}(?=")'],
  ['digits', '(?<="bytesTransferred(?:In|Out)":)\\d{2,9}'],
  ['digits', '(?<=credentials-|secret-)\\d{1,2}(?!\\d)'],
  ['base62', '(?<=secret-\\d{1,2}-)[A-Za-z0-9]{6}'],
  ['hex', '(?<=\\b[a-z]{1,8}-)0[0-9a-f]{16}\\b'],
  ['hex', '\\b[0-9a-f]{32}\\b'],
  ['base36', '(?<="i-)[a-z0-9]{16}(?=")'],
  ['letters', '(?<=-)(?!postgresql|cloudtrail)[a-z]{10}(?=["/.:*\\\\ ])'],
  ['digits', `(?<![\\d.])(?!${ACCOUNT}(?!\\d))\\d{12,}(?!\\d)`],
  [
    'base64',
    '(?<=\\\\n|[^\\w+/\\\\])(?=[A-Za-z+/]*\\d)(?=[a-z0-9+/]*[A-Z])[A-Za-z0-9+/]{40,}(?![\\w+/])',
  ],
]
const SLOT = new RegExp(KINDS.map(([, pattern]) => `(${pattern})`).join('|'), 'g')
/** The word before a value, and what stands between: values behind `vpc-` are other than those behind `i-`. */
const LEAD = /[A-Za-z]+[^A-Za-z0-9]*$/

/** New each time wherever they stand, or the same everywhere. */
const LEADLESS = ['now', 'base64']

const root = new URL('..', import.meta.url)
const directory = process.argv[2] ?? fileURLToPath(new URL('test/data/cloudtrail-real', root))
const files = readdirSync(directory)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => JSON.parse(readFileSync(join(directory, name), 'latin1')).Records)
const records = files.flat()

const shapes = records.map(shapeOf)
const pools = poolsOf(shapes)
const profile = { ...templatesOf(shapes), ...figures() }
/** The files' licence, which what is learnt of them must carry, where there is one beside them. */
const licence = readdirSync(directory).includes('LICENSE')
  ? readFileSync(join(directory, 'LICENSE'), 'utf8')
  : 'Of log files without a licence beside them.\n'
const header = `/**
 * What log files of a real account teach about events. Written by scripts/event-profile.mjs; do not edit.
 *
${licence.trimEnd().replaceAll(/^/gm, ' * ').replaceAll(/ +$/gm, '')}
 *
 * @module
 */
`
const target = process.argv[3] ?? new URL('src/load/data/profile.gen.ts', root)
const members = Object.entries(profile).map(([name, value]) => {
  const lines = Array.isArray(value) ? value.map((one) => `    ${JSON.stringify(one)},\n`) : []
  const text = lines.length > 0 ? `[\n${lines.join('')}  ]` : JSON.stringify(value, null, 2)
  return `  ${name}: ${text},\n`
})
const typed = "import type { Profile } from './profile.js'\n\nexport const PROFILE: Profile"
writeFileSync(target, `${header}${typed} = {\n${members.join('')}}\n`)

/** A record as members, each of texts and slots; equal values of a record are one slot. */
function shapeOf(record) {
  const values = []
  const members = Object.entries(record).map(([name, value]) => {
    let text = `${JSON.stringify(name)}:${JSON.stringify(value)}`
    for (const [given, other] of NAMES) text = text.replaceAll(given, other)
    const parts = []
    let end = 0
    for (const match of text.matchAll(SLOT)) {
      const [alphabet] = KINDS[match.slice(1).findIndex((group) => group !== undefined)]
      const before = text.slice(end, match.index)
      const word = LEAD.exec(text.slice(0, match.index))?.[0] ?? ''
      const lead = alphabet === 'BASE32' ? `${name} ${word}` : word
      let slot = values.findIndex((one) => one.value === match[0] && one.alphabet === alphabet)
      if (slot < 0) slot = values.push({ alphabet, lead, value: match[0] }) - 1
      parts.push(before, slot)
      end = match.index + match[0].length
    }
    parts.push(text.slice(end))
    return parts
  })
  return { record, members, values }
}

/** Where values come from: of 256, so many did not come lately, and so many are the one before. */
function poolsOf(shapes) {
  const seen = new Map()
  for (const { values } of shapes) {
    for (const { value } of values) seen.set(value, (seen.get(value) ?? 0) + 1)
  }
  const pools = new Map()
  for (const { values } of shapes) {
    for (const slot of values) {
      const { alphabet, lead, value } = slot
      const isKept = alphabet !== 'now' && alphabet !== 'session' && seen.get(value) >= KEPT_RECORDS
      const name = isKept
        ? value
        : `${alphabet} ${LEADLESS.includes(alphabet) ? '' : lead} ${value.length}`
      if (!pools.has(name)) {
        pools.set(name, {
          alphabet,
          length: value.length,
          isKept,
          recent: [],
          last: '',
          uses: 0,
          fresh: 0,
          same: 0,
        })
      }
      const pool = pools.get(name)
      slot.pool = [...pools.keys()].indexOf(name)
      pool.uses++
      if (pool.last === value) pool.same++
      pool.last = value
      if (pool.recent.includes(value)) continue
      pool.fresh++
      pool.recent.push(value)
      if (pool.recent.length > RECENT) pool.recent.shift()
    }
  }
  return [...pools.values()].map(({ alphabet, length, isKept, uses, fresh, same }) => {
    if (isKept || alphabet === 'now') return [alphabet, length, 0, 256]
    if (fresh / uses >= ONCE_SHARE) return [alphabet, length, 256, 0]
    const [ofNew, ofLast] = [fresh, same].map((count) => Math.round((256 * count) / uses))
    return [alphabet, length, Math.max(1, ofNew), ofLast]
  })
}

/** `pool.number` between backticks is a slot, `a` the account, `r` the region. */
function pieceOf(parts, values) {
  const text = parts.map((part) => {
    if (typeof part === 'string') return part.replaceAll(ACCOUNT, '`a`').replaceAll(REGION, '`r`')
    const { pool } = values[part]
    const number = values.filter((one, i) => one.pool === pool && i < part).length
    return number === 0 ? `\`${pool}\`` : `\`${pool}.${number}\``
  })
  return text.join('')
}

function templatesOf(shapes) {
  const alike = new Map()
  const order = shapes.map(({ record, members, values }) => {
    const { eventSource, eventName, errorCode, userIdentity } = record
    const name = [
      eventSource,
      eventName,
      errorCode,
      userIdentity.type,
      ...Object.keys(record),
    ].join()
    const pieces = members.map((parts) => pieceOf(parts, values))
    const agent = pieces.find((piece) => piece.startsWith('"userAgent"'))
    const one = { pieces, text: pieces.join(), bytes: JSON.stringify(record).length }
    one.burst = `${eventSource} ${agent}`
    if (!alike.has(name)) alike.set(name, [])
    alike.get(name).push(one)
    return one
  })
  const templates = [...alike.values()].flatMap(fewOf)
  const pieces = [...new Set(templates.flatMap((template) => template.pieces))]
  const places = new Map(pieces.map((piece, i) => [piece, i]))
  const bursts = [...new Set(templates.map(({ burst }) => burst))]
  return {
    pools,
    pieces,
    templates: templates.map(({ weight, burst, pieces }) => {
      return [weight, bursts.indexOf(burst), ...pieces.map((piece) => places.get(piece))]
    }),
    stay: beyondChance(
      order.map(({ burst }) => burst),
      1,
    ),
    near: beyondChance(
      order.map(({ burst }) => burst),
      RECENT,
    ),
    again: beyondChance(
      order.map(({ text }) => text),
      1,
    ),
  }
}

/** How many of 256 are as one of the `reach` before, beyond what chance alone makes so. */
function beyondChance(names, reach) {
  const isNear = (name, i) => names.slice(Math.max(0, i - reach), i).includes(name)
  const near = names.filter(isNear).length / names.length
  const shares = counts(names).map(([, count]) => count / names.length)
  const chance = shares.reduce((sum, share) => sum + share * (1 - (1 - share) ** reach), 0)
  return Math.round((256 * (near - chance)) / (1 - chance))
}

/** The most frequent shapes of a group, spread over its sizes; each record counts for the one that is nearest in size. */
function fewOf(group) {
  const counted = new Map()
  for (const one of group) {
    const found = counted.get(one.text)
    if (found === undefined) counted.set(one.text, { ...one, count: 1 })
    else found.count++
  }
  const bySize = [...counted.values()].sort(
    (a, b) => a.bytes - b.bytes || (a.text < b.text ? -1 : 1),
  )
  const clusters = []
  let done = 0
  for (const one of bySize) {
    const at = Math.min(TEMPLATES_MAX - 1, Math.floor((done / group.length) * TEMPLATES_MAX))
    clusters[at] ??= []
    clusters[at].push(one)
    done += one.count
  }
  return clusters.filter(Boolean).map((cluster) => {
    const most = cluster.reduce((best, one) => (one.count > best.count ? one : best))
    return { ...most, weight: cluster.reduce((sum, one) => sum + one.count, 0) }
  })
}

/** Of the records as they are. */
function figures() {
  const lines = records.map((record) => `${JSON.stringify(record)}\n`)
  const text = lines.join('')
  const documents = files.map((file) => JSON.stringify({ Records: file }))
  const zipped = documents.map((document) => gzipSync(document, GZIP).length)
  const times = records.map(({ eventTime }) => Date.parse(eventTime) / 1000).sort((a, b) => a - b)
  const sizes = lines.map((line) => line.length - 1).sort((a, b) => a - b)
  return {
    /** Seconds between events, and how often. */
    gaps: counts(times.slice(1).map((time, i) => time - times[i])).map(([gap, n]) => [
      Number(gap),
      n,
    ]),
    /** Of log files: events, and bytes after gzip. */
    files: files.map((file, i) => [file.length, zipped[i]]),
    learnt: {
      events: records.length,
      meanBytes: Math.round(text.length / records.length),
      sizePercentiles: [1, 10, 25, 50, 75, 90, 99].map((p) => [
        p,
        sizes[Math.floor((p / 100) * sizes.length)],
      ]),
      /** Of all events as lines; level 6 of zlib. */
      gzipRatio: Number((text.length / gzipSync(text, GZIP).length).toFixed(3)),
      /** Of log files as they were delivered. */
      fileGzipRatio: Number(
        (documents.join('').length / zipped.reduce((a, b) => a + b)).toFixed(3),
      ),
      operations: Object.fromEntries(counts(records.map((r) => `${r.eventSource} ${r.eventName}`))),
      principals: Object.fromEntries(counts(records.map((r) => r.userIdentity.type ?? 'none'))),
      errors: Object.fromEntries(counts(records.map((r) => r.errorCode ?? 'none'))),
      members: Object.fromEntries(counts(records.flatMap((r) => Object.keys(r)))),
    },
  }
}

function counts(values) {
  const found = new Map()
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1)
  return [...found].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
}
