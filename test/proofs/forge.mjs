/**
 * The journal as somebody writes it anew who has the root key: other records, and all that stands for them made to fit, chain,
 * numbers, mark. A start finds nothing wrong with it.
 */
import { execFileSync } from 'node:child_process'
import { createHash, createHmac } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DatabaseSync } from '@photostructure/sqlite'
import { chooseEngines } from '../../dist/engine/choose.js'
import { openRoot } from '../../dist/root/root.js'
import { blockHeader, CHAIN_START } from '../../dist/store/journal/block.js'
import { changesOf, EntryWriter, entriesOf } from '../../dist/store/journal/entry.js'
import { Mark } from '../../dist/store/journal/mark.js'
import {
  readSegmentHead,
  SEGMENT_HEAD_BYTES,
  segmentHead,
  segmentName,
  sequenceInName,
  walkSegment,
} from '../../dist/store/journal/segment.js'

const SELF = fileURLToPath(import.meta.url)
/** What is written anew, or a start makes again. */
const NOT_COPIED = /^(journal|snapshots)$/

/**
 * @param source a closed data directory, which stays as it is
 * @param target where the forged one will be
 * @param changes by sequence number, the records that take the place of the one there; none: it is gone
 */
export async function forge({ changes, ...places }) {
  // In a process of its own: locks on databases go with it.
  const input = JSON.stringify({ ...places, changes: [...changes] })
  execFileSync(process.execPath, [SELF], { input })
}

async function forgeHere({ source, target, rootKeyFile, changes }) {
  cpSync(source, target, {
    recursive: true,
    filter: (path) => path === source || !NOT_COPIED.test(path.slice(source.length + 1)),
  })
  mkdirSync(join(target, 'journal'), { mode: 0o700 })
  const end = { sequence: 1, chain: CHAIN_START, sequencesBefore: 0 }
  const names = readdirSync(join(source, 'journal')).filter(
    (name) => sequenceInName(name) !== undefined,
  )
  for (const name of names.sort()) {
    const first = end.sequence
    const bytes = readFileSync(join(source, 'journal', name))
    const forged = segmentOf(bytes, end, changes)
    writeFileSync(join(target, 'journal', segmentName(first)), forged, { mode: 0o600 })
    end.sequencesBefore = end.sequence - first
  }
  cpSync(join(source, 'journal', 'mark'), join(target, 'journal', 'mark'))
  await seal(target, rootKeyFile, { sequence: end.sequence - 1, chain: end.chain })
}

/** `end` moves behind it. */
function segmentOf(bytes, end, changes) {
  const { sequence: firstSequence, sequencesBefore, chain: chainBefore } = end
  const pieces = [segmentHead({ firstSequence, sequencesBefore, chainBefore })]
  walkSegment(bytes, readSegmentHead(bytes.subarray(0, SEGMENT_HEAD_BYTES)), (block) => {
    const { body, sequences } = bodyOf(block, changes)
    if (sequences === 0) return
    const numbers = { firstSequence: end.sequence, sequences, timeMs: block.timeMs }
    const header = blockHeader(numbers, [body], end.chain)
    end.chain = Buffer.from(header.subarray(32, 64))
    end.sequence += sequences
    pieces.push(header, body)
  })
  return Buffer.concat(pieces)
}

function bodyOf({ body, firstSequence, sequences: before }, changes) {
  const isChanged = [...changes.keys()].some(
    (sequence) => sequence >= firstSequence && sequence < firstSequence + before,
  )
  if (!isChanged) return { body, sequences: before }
  const writer = new EntryWriter()
  let [sequence, sequences] = [firstSequence, 0]
  for (const entry of entriesOf(body)) {
    const records = entry.records.flatMap(
      (record, i) => changes.get(sequence + i) ?? [record.toString('utf8')],
    )
    sequence += entry.sequences
    if (records.length === 0 && entry.facts.length === 0) continue
    writer.add(changesOf(entry), records)
    sequences += Math.max(1, records.length)
  }
  return { body: Buffer.from(writer.take()), sequences }
}

/** The mark, and the databases, as if they had been closed with this journal. */
async function seal(dataDir, rootKeyFile, { sequence, chain }) {
  const engine = chooseEngines('auto').small
  const root = await openRoot({ kind: 'file', path: rootKeyFile }, engine)
  edit(join(dataDir, 'objects.sqlite'), (database) => {
    const [{ sum }] = database.prepare('select sum from witness').all()
    const head = Buffer.alloc(16)
    head.write('sealobjs', 'latin1')
    head.writeBigUInt64BE(BigInt(sequence), 8)
    const witness = createHmac('sha256', root.markKey).update(head).update(chain).update(sum)
    const change = database.prepare('update witness set sequence = ?, chain = ?, seal = ?')
    change.run(sequence, chain, witness.digest())
  })
  const view = join(dataDir, 'sealtrail.sqlite')
  edit(view, (database) => database.prepare('update applied set sequence = ?').run(sequence))
  const hash = createHash('sha256').update(readFileSync(view)).digest()
  const mark = Mark.open(join(dataDir, 'journal', 'mark'))
  mark.sealWith(root.markKey, false)
  mark.write({ sequence, chain, view: { sequence, hash }, snapshots: [] })
  mark.sync()
  mark.close()
  root.release()
}

function edit(path, change) {
  const database = new DatabaseSync(path)
  change(database)
  database.exec('pragma wal_checkpoint(truncate)')
  database.close()
}

if (process.argv[1] === SELF) {
  const { changes, ...places } = JSON.parse(readFileSync(0, 'utf8'))
  await forgeHere({ ...places, changes: new Map(changes) })
}
