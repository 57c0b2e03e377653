/**
 * A seed file, read: a private file of YAML, or JSON, which YAML includes.
 *
 * It holds secrets, so that only its owner may read it (store/files/private-file.ts), and what is wrong is said by its place,
 * never by what stands there. Its bytes are wiped; the texts that the parser made of them are strings, which live
 * until they are collected.
 *
 * @module
 */
import { type Document, LineCounter, parseDocument } from 'yaml'
import { SealtrailError } from '../errors.js'
import { readPrivateFile } from '../store/files/private-file.js'
import { complaintOf } from './check.js'
import { SEED_SCHEMA, type Seed } from './schema.js'
import { repetitionIn } from './unique.js'

const FILE_BYTES_MAX = 8 << 20
/** Uses of texts that are there once (`*name`), counted as the parser counts them. */
const ALIASES_MAX = 10_000
/** Open at once, before the parser sees them: it goes as deep as a file does. */
const BRACKETS_MAX = 1000

/** @throws SealtrailError `ConfigInvalid`, naming the place. */
export async function readSeedFile(path: string): Promise<Seed> {
  const unusable = (reason: string, cause?: unknown) => unusableSeed(path, reason, cause)
  const bytes = await readPrivateFile({ path, bytesMax: FILE_BYTES_MAX, unusable })
  if (bytes === undefined) throw unusable('is not there')
  try {
    return parseSeed(bytes, path)
  } finally {
    bytes.fill(0)
  }
}

export function unusableSeed(path: string, reason: string, cause?: unknown): SealtrailError {
  return new SealtrailError('ConfigInvalid', `seed file ${path} ${reason}`, {}, { cause })
}

function parseSeed(bytes: Uint8Array, path: string): Seed {
  const given = parsed(textOf(bytes, path), path)
  const complaint = complaintOf(SEED_SCHEMA, given) ?? repetitionIn(given as Seed)
  if (complaint !== undefined) throw unusableSeed(path, `is no seed: ${complaint}`)
  return given as Seed
}

function textOf(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw unusableSeed(path, 'is not UTF-8')
  }
}

function parsed(text: string, path: string): unknown {
  if (nestsDeeply(text)) throw unusableSeed(path, `has more than ${BRACKETS_MAX} open brackets`)
  const lineCounter = new LineCounter()
  const options = { lineCounter, prettyErrors: false, schema: 'core' } as const
  const document: Document = parseDocument(text, options)
  const [first] = [...document.errors, ...document.warnings]
  if (first !== undefined) {
    const { line, col } = lineCounter.linePos(first.pos[0])
    // Its message may quote the file.
    const what = first.code.toLowerCase().replaceAll('_', ' ')
    throw unusableSeed(path, `is neither YAML nor JSON: line ${line}, column ${col}: ${what}`)
  }
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX })
  } catch {
    throw unusableSeed(path, 'has an alias (*name) without its anchor, or more than are unfolded')
  }
}

/** Those in texts and comments count as well; no seed has so many. */
function nestsDeeply(text: string): boolean {
  let open = 0
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    if (bracket === '{' || bracket === '[') open++
    else if (open > 0) open--
    if (open > BRACKETS_MAX) return true
  }
  return false
}
