/**
 * Many small objects: what a page, a head, a get and a put cost when they are there, beside what they cost with few; then a
 * kill, and how long the next start takes to its first answer.
 *
 * The house is that of million-child.mjs: embedded, its objects under a KMS key with a bucket key.
 */
import { spawn } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const CHILD = fileURLToPath(new URL('./million-child.mjs', import.meta.url))
const START_MS_MAX = 2000
const FEW = 1000
/** A page must not cost more because there are more; what is slower by so much may be chance. */
const RATIO_MAX = 3

/** @returns { states: objects; measured: few → all → ratio of each; start; bytes of files; findings } */
export async function fillMany({ folder, count }) {
  const dataDir = join(folder, 'data')
  const filled = await life(['fill', dataDir, `${count}`, `${Math.min(FEW, count)}`], true)
  const files = sizes(dataDir)
  const found = await life(['find', dataDir, `${count}`], false)
  const { withFew, withAll, putsPerSecond, rssMiB, measured: besides } = filled
  const measured = Object.keys(withFew).map((name) => ({
    ...{ name, few: withFew[name], all: withAll[name], ratio: withAll[name] / withFew[name] },
  }))
  const findings = []
  for (const { name, ratio } of measured) {
    if (name !== 'objects' && ratio > RATIO_MAX) findings.push(`${name}: ${ratio.toFixed(1)} times`)
  }
  if (found.firstAnswerMs > START_MS_MAX) findings.push(`first answer: ${found.firstAnswerMs} ms`)
  if (found.wrong > 0) findings.push(`${found.wrong} objects have other bytes`)
  // Those that were measured, and the last one, came besides.
  const should = count + besides + 1
  if (found.listed !== should) findings.push(`${found.listed} are listed, and should be ${should}`)
  return { ...found, states: count, measured, putsPerSecond, rssMiB, files, findings }
}

/** What it said, in one; it is killed when it has said that it is filled. */
async function life(args, isKilled) {
  const child = spawn(process.execPath, [CHILD, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const said = { measured: 0 }
  createInterface({ input: child.stdout }).on('line', (line) => {
    const told = JSON.parse(line)
    Object.assign(said, told)
    if (told.isFilled) child.kill('SIGKILL')
  })
  const [code, signal] = await new Promise((resolve) => {
    child.once('close', (...how) => resolve(how))
  })
  if ((signal ?? code) !== (isKilled ? 'SIGKILL' : 0))
    throw new Error(`it ended: ${signal ?? code}`)
  return said
}

/** Bytes by kind of file. */
function sizes(dataDir) {
  const bytes = {}
  const all = readdirSync(dataDir, { recursive: true, withFileTypes: true })
  for (const item of all.filter((one) => one.isFile())) {
    const path = join(item.parentPath ?? item.path, item.name)
    const kind = /\.(seal|pack)$/.exec(item.name)?.[1] ?? item.name
    bytes[kind] = (bytes[kind] ?? 0) + statSync(path).size
  }
  return bytes
}
