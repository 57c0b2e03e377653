/**
 * The kill -9 loop over S3: eight writers and one that uploads in parts, whose house is killed at some moment; afterwards
 * every object that was acknowledged is whole, what was deleted stays so, there are exactly the versions that were
 * acknowledged, and an inspection of the directory finds nothing.
 *
 * Each round is a process (kills-child.mjs): it opens what the one before left, looks at all of it, and lets its clients go
 * on until it is killed. With `served` the process is `sealtrail serve`; its clients and the look come by HTTP, from here.
 * Most kills come while the clients work; some come at any moment since the start of the process. A directory has many
 * rounds; its last one closes it, for an inspection that reads every blob.
 */
import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { inspect } from '../../../dist/store/fsck/fsck.js'
import { chanceOf } from '../../store/proofs/clients.mjs'
import { prepare, runClients } from './clients.mjs'
import { look } from './look.mjs'
import { clientsOf, goneOf, startServe } from './served.mjs'
import { CLIENTS, INVENTED, linesOf, readTold } from './told.mjs'

const CHILD = fileURLToPath(new URL('./kills-child.mjs', import.meta.url))
const ROUNDS_PER_HOUSE = 25
const WORK_MS_MAX = 1000
/** One in so many kills may come before all has been looked at. */
const EARLY_EVERY = 8
const EARLY_MS_MAX = 1500
const TIMEOUT_MS = 120_000

/**
 * @param wanted { folder: an empty directory; rounds; seed; parallel; onState; served; invents: the clients are told of an
 * object that was never put, which must be found out }
 * @returns { states: rounds; early: of those, killed before all was looked at; looked: versions that were read back;
 * answers: calls that were acknowledged; inspected: directories of which every blob was read; findings }
 */
export async function killS3Rounds({ folder, rounds, seed, parallel, onState, served, invents }) {
  const report = { states: 0, early: 0, looked: 0, answers: 0, inspected: 0, findings: [] }
  const lane = async (number) => {
    const chance = chanceOf(seed + number)
    const place = join(folder, `lane-${number}`)
    while (report.states < rounds) {
      rmSync(place, { recursive: true, force: true })
      mkdirSync(place)
      await killOneHouse({ place, rounds, chance, report, onState, served, invents })
    }
  }
  await Promise.all(Array.from({ length: parallel }, (_, number) => lane(number)))
  return report
}

async function killOneHouse({ place, rounds, chance, report, onState, served = 0, invents = 0 }) {
  const find = (findings) => report.findings.push({ round: report.states, findings })
  for (let left = ROUNDS_PER_HOUSE; ; left--) {
    const isLast = left === 0 || report.states >= rounds
    const earlyMs = !isLast && chance() < 1 / EARLY_EVERY ? chance() * EARLY_MS_MAX : undefined
    const [seed, workMs] = [Math.floor(chance() * 2 ** 31), chance() * WORK_MS_MAX]
    const round = { place, seed, earlyMs, workMs, isLast }
    const ended = await (served && !isLast ? servedRound(round) : embeddedRound(round))
    report.looked += ended.looked ?? 0
    if (ended.findings.length > 0) find(ended.findings.slice(0, 5))
    const { damage, blobs } = inspect(join(place, 'data'))
    const harm = [...damage, ...(blobs?.damage ?? [])]
    if (harm.length > 0) find(harm.map((one) => JSON.stringify(one)))
    if (isLast) {
      report.inspected++
      report.answers += ended.answers ?? 0
      if (blobs === undefined) find(['the bytes of a closed house cannot be inspected'])
    }
    if (isLast || ended.findings.length > 0 || harm.length > 0) return
    if (invents) {
      const lines = INVENTED.map((line) => `${JSON.stringify(line)}\n`)
      appendFileSync(linesOf(place, CLIENTS), lines.join(''))
    }
    report.states++
    if (ended.looked === undefined) report.early++
    onState?.(report, rounds)
  }
}

async function embeddedRound({ place, seed, earlyMs, workMs, isLast }) {
  const args = [CHILD, place, String(seed), isLast ? '1' : '0']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = { findings: [] }
  const killing = killAfter(child, earlyMs, ended)
  const gone = goneOf(child)
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { findings, ...told } = JSON.parse(line)
    ended.findings.push(...findings)
    Object.assign(ended, told)
    if (!isLast) killing.in(workMs)
  })
  const { how, said } = await gone
  killing.clear()
  if (how !== (isLast ? 0 : 'SIGKILL'))
    ended.findings.push(`the process ended with ${how}: ${said}`)
  return ended
}

async function servedRound({ place, seed, earlyMs, workMs }) {
  const dataDir = join(place, 'data')
  const { child, gone, url } = startServe(dataDir)
  const ended = { findings: [] }
  const killing = killAfter(child, earlyMs, ended)
  const at = await url
  if (at !== undefined) {
    const told = Array.from({ length: CLIENTS + 1 }, (_, client) => readTold(place, client))
    const { s3, kms, destroy } = clientsOf(at, dataDir)
    try {
      const keyArn = await prepare({ s3, kms })
      const { findings, looked } = await look({ s3, place, told })
      ended.findings.push(...findings)
      ended.looked = looked
      killing.in(workMs)
      if (findings.length === 0) await runClients({ s3, keyArn, place, told, chanceOf, seed })
    } catch (error) {
      // Whom nobody answers, has been killed.
      if (error.$metadata?.httpStatusCode !== undefined) {
        ended.findings.push(`a call was refused: ${error.stack}`)
      }
    }
    destroy()
  }
  const { how, said } = await gone
  killing.clear()
  if (how !== 'SIGKILL') ended.findings.push(`the process ended with ${how}: ${said}`)
  return ended
}

/** At the latest when it has hung for long. */
function killAfter(child, earlyMs, ended) {
  const kill = () => child.kill('SIGKILL')
  const late = () => {
    ended.findings.push('the process did not get as far as its clients')
    kill()
  }
  const hanging = setTimeout(late, TIMEOUT_MS)
  const timers = [hanging, ...(earlyMs === undefined ? [] : [setTimeout(kill, earlyMs)])]
  return {
    in(ms) {
      clearTimeout(hanging)
      timers.push(setTimeout(kill, ms))
    },
    clear: () => timers.forEach(clearTimeout),
  }
}
