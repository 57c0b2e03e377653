/**
 * What a disk holds after a power cut: a trace of shim.c played back, with what was never synced left out at will.
 *
 *     durable       what syncs have covered
 *     + pending     effects after that, in order; at a cut each of them may be there, or not, or in part
 *     = state       a tree of names and files, which can be written to a directory
 *
 * A file's bytes are pending until the file is synced, names until their directory is. Of a write each sector of
 * 512 bytes may be there or not. A rename within a directory is whole or not at all. Sparse: a page that nobody
 * wrote takes no room.
 */
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writevSync,
} from 'node:fs'
import { join } from 'node:path'

const ENTRY_BYTES = 32
const PAGE_BYTES = 4096
const SECTOR_BYTES = 512
const ZEROS = Buffer.alloc(PAGE_BYTES)
/** IOV_MAX of Linux. */
const PIECES_MAX = 1024
/** enum effect in shim.c, from 1 on. */
const EFFECTS = [
  ...['', 'created', 'written', 'truncated', 'sync-begun', 'sync-done', 'sync-failed'],
  ...['renamed', 'linked', 'removed', 'directory-made', 'mark'],
]

/** Array of { effect, inode, offset, name, to, data }; a last entry that is cut short is left out. */
export function readTrace(path) {
  const bytes = readFileSync(path)
  const entries = []
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; ) {
    const [effect, nameBytes, toBytes, dataBytes] = [0, 4, 8, 12].map((i) =>
      bytes.readUInt32LE(at + i),
    )
    const inode = bytes.readBigUInt64LE(at + 16)
    const offset = Number(bytes.readBigUInt64LE(at + 24))
    const nameAt = at + ENTRY_BYTES
    const dataAt = nameAt + nameBytes + toBytes
    at = dataAt + dataBytes
    if (at > bytes.length) break
    const name = bytes.toString('utf8', nameAt, nameAt + nameBytes)
    const to = bytes.toString('utf8', nameAt + nameBytes, dataAt)
    entries.push({
      effect: EFFECTS[effect],
      inode,
      offset,
      name,
      to,
      data: bytes.subarray(dataAt, at),
    })
  }
  return entries
}

/** True of effects that change what a cut right after them leaves, when everything is kept. */
export function isChange({ effect }) {
  return !effect.startsWith('sync') && effect !== 'mark'
}

export class Disk {
  #root = newNode(true)
  #nodes = new Map()
  #syncs = new Map()
  #serial = 0
  #forgets
  #lies

  /**
   * @param options forgets: a sync that fails loses what it should have covered, as Linux's page cache does; lies: no
   * sync covers anything, so that whoever trusts it must lose.
   */
  constructor({ forgets = false, lies = false } = {}) {
    this.#forgets = forgets
    this.#lies = lies
  }

  /** The next entry of a trace. */
  play({ effect, inode, offset, name, to, data }) {
    if (effect === 'created' || effect === 'directory-made') {
      const node = newNode(effect === 'directory-made')
      this.#nodes.set(inode, node)
      if (name !== '') this.#rename(undefined, name, node)
    } else if (effect === 'written') this.#pend(this.#nodes.get(inode), { offset, data })
    else if (effect === 'truncated') this.#pend(this.#nodes.get(inode), { size: offset })
    else if (effect === 'renamed') this.#rename(name, to, this.#nodes.get(inode))
    else if (effect === 'linked') this.#rename(undefined, name, this.#nodes.get(inode))
    else if (effect === 'removed') this.#rename(name, undefined)
    else if (effect === 'sync-begun') this.#syncs.set(offset, this.#serial)
    else if (effect.startsWith('sync') && !this.#lies) {
      // A directory that was there before is no node of ours: the one that all names begin in.
      const node = this.#nodes.get(inode) ?? this.#root
      this.#settle(node, this.#syncs.get(offset), effect === 'sync-done')
      this.#syncs.delete(offset)
    }
  }

  /** How many effects no sync has covered, in what can be reached. */
  get pendingCount() {
    let count = 0
    for (const node of this.#reachable()) count += node.pending.length
    return count
  }

  /**
   * What a cut leaves now.
   *
   * @param keep called for each node's pending effects, in order, with the effects; gives for each true (there), false
   * (not there), or a function that says so for each sector. Without it all are there.
   */
  state(keep = (effects) => effects.map(() => true)) {
    const states = new Map()
    const stateOf = (node) => {
      if (states.has(node)) return states.get(node)
      const state = copyOf(node)
      states.set(node, state)
      const kept = keep(node.pending)
      for (const [i, effect] of node.pending.entries()) {
        if (kept[i] !== false) applyTo(state, effect, kept[i])
      }
      if (state.isDirectory) {
        for (const [name, child] of state.names) state.names.set(name, stateOf(child))
      }
      return state
    }
    return stateOf(this.#root)
  }

  #pend(node, effect) {
    node?.pending.push({ ...effect, serial: this.#serial++ })
  }

  /** From `from` to `to`, either of which may be nowhere. */
  #rename(from, to, node) {
    const [source, target] = [from, to].map((path) => path !== undefined && this.#place(path))
    const moved = node ?? source?.node.current.get(source.name)
    if (source) source.node.current.delete(source.name)
    if (target) target.node.current.set(target.name, moved)
    if (source && target && source.node === target.node) {
      this.#pend(source.node, { drop: source.name, put: target.name, node: moved })
      return
    }
    if (target) this.#pend(target.node, { put: target.name, node: moved })
    if (source) this.#pend(source.node, { drop: source.name })
  }

  #place(path) {
    const steps = path.split('/')
    const name = steps.pop()
    let node = this.#root
    for (const step of steps) node = node.current.get(step)
    return { node, name }
  }

  #settle(node, before, isDone) {
    const isCovered = ({ serial }) => serial < before
    if (isDone) {
      for (const effect of node.pending.filter(isCovered)) applyTo(node, effect, true)
    } else if (!this.#forgets) return
    node.pending = node.pending.filter((effect) => !isCovered(effect))
  }

  *#reachable(node = this.#root, seen = new Set()) {
    if (seen.has(node)) return
    seen.add(node)
    yield node
    if (!node.isDirectory) return
    const puts = node.pending.flatMap((effect) => effect.node ?? [])
    for (const child of [...node.names.values(), ...puts]) yield* this.#reachable(child, seen)
  }
}

/** Makes `state` of a {@link Disk} the content of `directory`, which is emptied first. */
export function writeState(state, directory) {
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  for (const [name, node] of state.names) {
    const path = join(directory, name)
    if (node.isDirectory) writeState(node, path)
    else writeFile(node, path)
  }
}

/** path → bytes of every file of a state. */
export function filesOf(state, above = '') {
  const files = new Map()
  for (const [name, node] of state.names) {
    const path = above + name
    if (node.isDirectory) for (const file of filesOf(node, `${path}/`)) files.set(...file)
    else files.set(path, bytesOf(node))
  }
  return files
}

/**
 * What a cut may do to pending effects, by chance: for each file or directory, all are kept, or none, or those up to
 * one of them, or some, of which some in part.
 */
export function someOf(chance) {
  return (effects) => {
    const kind = chance()
    if (kind < 0.2) return effects.map(() => true)
    if (kind < 0.35) return effects.map(() => false)
    const first = Math.floor(chance() * (effects.length + 1))
    if (kind < 0.6)
      return effects.map((_, i) => i < first || (i === first && tear(effects[i], chance)))
    const share = chance()
    return effects.map((effect) => {
      if (chance() >= share) return false
      return chance() < 0.25 ? tear(effect, chance) : true
    })
  }
}

/** Names are there or not; bytes may be there up to some sector, or in some sectors. */
function tear({ data }, chance) {
  if (data === undefined) return chance() < 0.5
  const [share, isPrefix] = [chance(), chance() < 0.5]
  const until = Math.floor((data.length / SECTOR_BYTES) * share)
  const kept = Array.from({ length: data.length / SECTOR_BYTES + 2 }, (_, i) =>
    isPrefix ? i < until : chance() < share,
  )
  return (sector) => kept[sector]
}

function newNode(isDirectory) {
  return isDirectory
    ? { isDirectory, names: new Map(), current: new Map(), pending: [] }
    : { isDirectory, pages: new Map(), size: 0, owned: new Set(), pending: [] }
}

function copyOf({ isDirectory, names, pages, size }) {
  return isDirectory
    ? { isDirectory, names: new Map(names) }
    : { isDirectory, pages: new Map(pages), size, owned: new Set() }
}

function applyTo(state, effect, kept) {
  if (effect.data !== undefined) applyWrite(state, effect, kept)
  else if (effect.size !== undefined) resize(state, effect.size)
  else {
    if (effect.drop !== undefined) state.names.delete(effect.drop)
    if (effect.put !== undefined) state.names.set(effect.put, effect.node)
  }
}

function applyWrite(state, { offset, data }, kept) {
  const end = offset + data.length
  const unit = kept === true ? PAGE_BYTES : SECTOR_BYTES
  const firstSector = Math.floor(offset / SECTOR_BYTES)
  for (let at = offset, next = at; at < end; at = next) {
    next = Math.min(end, (Math.floor(at / unit) + 1) * unit)
    if (kept !== true && !kept(Math.floor(at / SECTOR_BYTES) - firstSector)) continue
    const [page, piece] = [Math.floor(at / PAGE_BYTES), data.subarray(at - offset, next - offset)]
    // Room that is made for later by writing zeros takes none here.
    const isHole = piece.length === PAGE_BYTES && !state.pages.has(page) && piece.equals(ZEROS)
    if (!isHole) piece.copy(pageToWrite(state, page), at % PAGE_BYTES)
    state.size = Math.max(state.size, next)
  }
}

function resize(state, size) {
  const last = Math.floor(size / PAGE_BYTES)
  for (const page of state.pages.keys()) if (page > last) state.pages.delete(page)
  if (size < state.size && state.pages.has(last))
    pageToWrite(state, last).fill(0, size % PAGE_BYTES)
  state.size = size
}

/** Pages are shared between a node and its states until one of them writes. */
function pageToWrite({ pages, owned }, page) {
  const there = pages.get(page)
  if (there !== undefined && owned.has(there)) return there
  const mine = there === undefined ? Buffer.alloc(PAGE_BYTES) : Buffer.from(there)
  pages.set(page, mine)
  owned.add(mine)
  return mine
}

function* runsOf({ pages, size }) {
  let run
  for (const page of [...pages.keys()].sort((a, b) => a - b)) {
    const bytes = pages.get(page).subarray(0, Math.max(0, size - page * PAGE_BYTES))
    if (
      run === undefined ||
      page !== run.first + run.pieces.length ||
      run.pieces.length === PIECES_MAX
    ) {
      if (run !== undefined) yield run
      run = { first: page, pieces: [] }
    }
    run.pieces.push(bytes)
  }
  if (run !== undefined) yield run
}

function writeFile(node, path) {
  const file = openSync(path, 'w', 0o600)
  try {
    for (const { first, pieces } of runsOf(node)) writevSync(file, pieces, first * PAGE_BYTES)
    ftruncateSync(file, node.size)
  } finally {
    closeSync(file)
  }
}

function bytesOf(node) {
  const bytes = Buffer.alloc(node.size)
  for (const { first, pieces } of runsOf(node))
    Buffer.concat(pieces).copy(bytes, first * PAGE_BYTES)
  return bytes
}
