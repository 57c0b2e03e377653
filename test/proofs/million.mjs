/**
 * One record of very many removed, edited or moved by somebody with the root key, and how long it takes to be found.
 *
 * Used by scripts/proofs/log-million.mjs, and in small by test/proofs/damage.fault.test.ts.
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chooseEngines } from '../../dist/engine/choose.js'
import { openSealtrail } from '../../dist/index.js'
import { MerkleLog } from '../../dist/proofs/merkle-log.js'
import { bindRoot, openRoot } from '../../dist/root/root.js'
import { openStore } from '../../dist/store/store.js'
import { forge } from './forge.mjs'

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const BATCH = 2000
const FOUND = 3

/** @returns { states, findings, built, checks: one for each damage, with what was found and how long it took } */
export async function findDamage({ folder, records, seconds, onState }) {
  const source = join(folder, 'data')
  const rootKeyFile = `${source}.root-key`
  const built = await build(source, rootKeyFile, records)
  const kept = join(folder, 'kept-checkpoint')
  writeFileSync(kept, built.checkpoint)
  const report = { states: 0, findings: [], checks: [], built }
  const damages = await damagesOf(source, rootKeyFile, built.last)
  const look = async (name, dataDir, wanted, more = []) => {
    const told = await checkLog(dataDir, rootKeyFile, more)
    report.checks.push({ name, ...told })
    report.states++
    const isAsWanted =
      told.code === (wanted.kind === undefined ? 0 : FOUND) &&
      told.problem?.kind === wanted.kind &&
      told.problem?.sequence === wanted.sequence
    // Of a machine that has nothing else to do, and two cores, the lesser is the time.
    const isSoon = Math.min(told.seconds, told.cpuSeconds) <= seconds
    if (!isAsWanted || !isSoon) report.findings.push({ name, wanted, ...told })
    onState?.(report, damages.length + 2)
  }
  await look('nothing', source, {}, ['--checkpoint', kept])
  const target = join(folder, 'forged')
  for (const { name, changes, sequence } of damages) {
    await forge({ source, target, rootKeyFile, changes })
    await look(name, target, { kind: 'record', sequence })
    if (name.startsWith('edited, in the middle')) {
      await signAnew(target, rootKeyFile)
      const more = ['--checkpoint', kept]
      await look('edited, the log made and signed again', target, { kind: 'kept' }, more)
    }
    rmSync(target, { recursive: true })
  }
  return report
}

/** Records as a served GenerateDataKey leaves them, each a commit, and the log over them. */
async function build(dataDir, rootKeyFile, records) {
  const house = await openSealtrail({ dataDir, rootKeyFile })
  const { KeyMetadata } = await house.kms.createKey({})
  await house.kms.generateDataKey({ KeyId: KeyMetadata.KeyId, KeySpec: 'AES_256' })
  const [{ record }] = await house.records({ limit: 1 })
  await house.close()
  const { eventID, requestID } = JSON.parse(record)
  const { store, root, close } = await openParts(dataDir, rootKeyFile)
  const another = () => record.replace(eventID, randomUUID()).replace(requestID, randomUUID())
  for (let made = 0; made < records; made += BATCH) {
    const count = Math.min(BATCH, records - made)
    await Promise.all(Array.from({ length: count }, () => store.commit({ records: [another()] })))
  }
  const log = await MerkleLog.open({ store, root, tickMs: 0 })
  const [begun, cpu] = [performance.now(), process.cpuUsage()]
  const checkpoint = await log.checkpoint()
  const wallSeconds = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage(cpu)
  await log.close()
  await close()
  const last = Number(checkpoint.split('\n')[1])
  const recordBytes = Buffer.byteLength(record)
  return { checkpoint, last, recordBytes, wallSeconds, cpuSeconds: (user + system) / 1e6 }
}

async function openParts(dataDir, rootKeyFile) {
  const store = await openStore({ dataDir })
  const engine = chooseEngines('auto').small
  const root = await openRoot({ kind: 'file', path: rootKeyFile }, engine, store)
  await bindRoot(store, root)
  const close = async () => {
    root.release()
    await store.close()
  }
  return { store, root, close }
}

/** Of a record near the beginning, in the middle and near the end: gone, another, in its neighbour's place; one more. */
async function damagesOf(dataDir, rootKeyFile, last) {
  const places = {
    'near the beginning': 10,
    'in the middle': Math.floor(last / 2),
    'near the end': last - 2,
  }
  const { store, close } = await openParts(dataDir, rootKeyFile)
  try {
    const damages = []
    for (const [place, sequence] of Object.entries(places)) {
      const { records } = await store.records({ after: sequence - 1, holding: [] })
      const [one, next] = records.map(({ record }) => record)
      const other = one.replace('"GenerateDataKey"', '"GenerateDatakey"')
      const of = (name, ...changes) => ({
        name: `${name}, ${place}`,
        sequence,
        changes: new Map(changes),
      })
      damages.push(
        of('removed', [sequence, []]),
        of('edited', [sequence, [other]]),
        of('re-ordered', [sequence, [next]], [sequence + 1, [one]]),
        of('added', [sequence, [other, one]]),
      )
    }
    return damages
  } finally {
    await close()
  }
}

/** What a forger does who thinks of the log, too: away with its tiles and its checkpoint; its key is still there. */
async function signAnew(dataDir, rootKeyFile) {
  rmSync(join(dataDir, 'log'), { recursive: true })
  const { store, root, close } = await openParts(dataDir, rootKeyFile)
  const log = await MerkleLog.open({ store, root, tickMs: 0 })
  await log.checkpoint()
  await log.close()
  await close()
}

/** The command in a process of its own, from its start to its end; a shell tells what it took. */
async function checkLog(dataDir, rootKeyFile, more) {
  const places = ['--data-dir', dataDir, '--root-key-file', rootKeyFile]
  const begun = performance.now()
  const args = [process.execPath, CLI, 'trail', 'check-log', ...places, ...more, '--json']
  const child = spawn('bash', ['-c', 'TIMEFORMAT="cpu %U %S"; time "$@"', 'timed', ...args])
  let [out, said] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  const seconds = (performance.now() - begun) / 1000
  const [, user, system] = /cpu (\S+) (\S+)\s*$/.exec(said) ?? []
  const took = { code, seconds, cpuSeconds: Number(user) + Number(system) }
  try {
    return { ...took, ...JSON.parse(out) }
  } catch {
    return { ...took, says: `${out} ${said}` }
  }
}
