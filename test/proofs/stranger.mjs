/**
 * What a stranger with Go's packages says of the log's proofs, and of tampered ones.
 *
 * Used by scripts/proofs/log-verifier.mjs.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSealtrail, verifyConsistency, verifyInclusion } from '../../dist/index.js'
import { tampered, withOtherBit } from './tamper.mjs'

const ACCEPTED = 'accepted'
const OLDER = 5

/** @returns { states: cases; lines of text; findings: what was accepted or refused and must not be } */
export async function askStranger({ folder, records, tampered: tries, seed, goVerifier }) {
  const place = join(folder, 'cases')
  mkdirSync(place)
  const { key, genuine } = await logOf(join(folder, 'data'), place, records)
  const random = drawing(seed)
  const cases = genuine.map((words) => ({ words, isGenuine: true }))
  const [grown, included] = ['consistency', 'inclusion'].map((kind) =>
    genuine.filter((words) => words[0] === kind),
  )
  for (let i = 0; i < tries; i++) {
    const texts = i % 2 === 0 ? grown : included
    const [kind, name, ...more] = texts[random(texts.length)]
    const other = `tampered-${i}`
    writeFileSync(join(place, other), tampered(readFileSync(join(place, name), 'utf8'), random))
    cases.push({ words: [kind, other, ...more], isGenuine: false })
  }
  for (let i = 0; i < Math.ceil(tries / 20); i++) {
    const other = `tampered-tiles-${i}`
    cpSync(join(place, 'tiles'), join(place, other), { recursive: true })
    changeTile(join(place, other), random)
    cases.push({ words: ['tiles', other], isGenuine: false })
  }
  const { version, answers } = runGo(join(folder, 'go'), goVerifier, key, place, cases)
  const findings = cases.flatMap(({ words, isGenuine }, i) => {
    const ours = words[0] === 'tiles' ? isGenuine : isTaken(place, words, key)
    const theirs = answers[i] === ACCEPTED
    if (ours === isGenuine && theirs === isGenuine) return []
    return [{ case: words.join(' '), isGenuine, ours, theirs: answers[i] }]
  })
  return { states: cases.length, findings, lines: linesOf(version, cases, answers) }
}

/** A house that records while its log grows, and what it says of it. */
async function logOf(dataDir, place, records) {
  const house = await openSealtrail({ dataDir })
  try {
    const { KeyMetadata } = await house.kms.createKey({})
    const input = { KeyId: KeyMetadata.KeyId, KeySpec: 'AES_256' }
    const key = await house.proofs.key()
    for (let i = 0; i < OLDER; i++) {
      for (let calls = 0; calls < records / OLDER; calls++) await house.kms.generateDataKey(input)
      writeFileSync(join(place, `checkpoint-${i}`), await house.proofs.checkpoint())
    }
    const genuine = []
    for (let i = 0; i < OLDER; i++) {
      const older = `checkpoint-${i}`
      const proof = await house.proofs.consistency(readFileSync(join(place, older), 'utf8'))
      writeFileSync(join(place, `consistency-${i}`), proof)
      genuine.push(['consistency', `consistency-${i}`, older])
    }
    const all = await recordsOf(house)
    for (const [i, { record }] of all.entries()) {
      const name = `${i}.tlog-proof`
      writeFileSync(join(place, name), await house.proofs.inclusion(JSON.parse(record).eventID))
      genuine.push(['inclusion', name])
    }
    await house.proofs.writeTo(join(place, 'tiles'))
    return { key, genuine: [...genuine, ['tiles', 'tiles']] }
  } finally {
    await house.close()
  }
}

async function recordsOf(house) {
  const all = []
  for (let afterSeq = 0; ; afterSeq = all.at(-1).seq) {
    const page = await house.records({ afterSeq, limit: 1000 })
    if (page.length === 0) return all
    all.push(...page)
  }
}

function isTaken(place, [kind, name, older], key) {
  const text = (file) => readFileSync(join(place, file), 'utf8')
  try {
    if (kind === 'inclusion') verifyInclusion(text(name), key)
    else verifyConsistency(text(name), text(older), key)
    return true
  } catch (error) {
    if (error.code === 'ProofInvalid') return false
    throw error
  }
}

function changeTile(directory, random) {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !path.endsWith('checkpoint'))
  const path = files[random(files.length)]
  const tile = readFileSync(path)
  const cut = tile.subarray(0, tile.length - 32)
  writeFileSync(path, random(4) === 0 ? cut : withOtherBit(tile, random))
}

function runGo(place, goVerifier, key, folder, cases) {
  mkdirSync(place)
  copyFileSync(goVerifier, join(place, 'main.go'))
  const options = { cwd: place, encoding: 'utf8', stdio: 'pipe' }
  const go = (args, input = '') => execFileSync('go', args, { ...options, input })
  go(['mod', 'init', 'verify'])
  go(['get', 'golang.org/x/mod'])
  go(['mod', 'tidy'])
  const input = cases.map(({ words }) => words.join(' ')).join('\n')
  const answers = go(['run', '.', key, folder], input).trimEnd().split('\n')
  const module = /golang.org\/x\/mod v\S+/.exec(readFileSync(join(place, 'go.mod'), 'utf8'))[0]
  return { version: `${go(['version']).trim()}, ${module}`, answers }
}

function linesOf(version, cases, answers) {
  const count = (kind, isGenuine, isAccepted) =>
    cases.filter(
      (one, i) =>
        one.words[0] === kind &&
        one.isGenuine === isGenuine &&
        (answers[i] === ACCEPTED) === isAccepted,
    ).length
  const kinds = ['inclusion', 'consistency', 'tiles']
  return [
    version,
    '',
    'as Go says      genuine: accepted  refused   tampered: accepted  refused',
    ...kinds.map((kind) => {
      const counts = [count(kind, true, true), count(kind, true, false)]
      const others = [count(kind, false, true), count(kind, false, false)]
      const [a, b, c, d] = [...counts, ...others].map((value) => String(value))
      return `${kind.padEnd(16)}${a.padStart(17)}${b.padStart(9)}${c.padStart(21)}${d.padStart(9)}`
    }),
  ]
}

/** Whole numbers below what it is given, the same for the same seed (mulberry32). */
function drawing(seed) {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
