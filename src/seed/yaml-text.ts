/**
 * What a file of YAML holds, or of JSON, which YAML includes: bounded in depth, and in what it unfolds to.
 *
 * What is wrong is said by its place, never by what stands there: it may be a secret.
 *
 * @module
 */
import { type Document, LineCounter, parseDocument } from 'yaml'

/** Uses of texts that are there once (`*name`), counted as the parser counts them. */
const ALIASES_MAX = 10_000
/** Open at once, before the parser sees them: it goes as deep as a file does. */
const BRACKETS_MAX = 1000

/** The owner's error, around a reason such as `is not UTF-8`. */
type Unusable = (reason: string) => Error

/** @throws what `unusable` makes of a reason */
export function valueInYaml(bytes: Uint8Array, unusable: Unusable): unknown {
  const text = textOf(bytes, unusable)
  if (nestsDeeply(text)) throw unusable(`has more than ${BRACKETS_MAX} open brackets`)
  const lineCounter = new LineCounter()
  const options = { lineCounter, prettyErrors: false, schema: 'core' } as const
  const document: Document = parseDocument(text, options)
  const [first] = [...document.errors, ...document.warnings]
  if (first !== undefined) {
    const { line, col } = lineCounter.linePos(first.pos[0])
    // Its message may quote the file.
    const what = first.code.toLowerCase().replaceAll('_', ' ')
    throw unusable(`is neither YAML nor JSON: line ${line}, column ${col}: ${what}`)
  }
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX })
  } catch {
    throw unusable('has an alias (*name) without its anchor, or more than are unfolded')
  }
}

function textOf(bytes: Uint8Array, unusable: Unusable): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw unusable('is not UTF-8')
  }
}

/** Those in texts and comments count as well; no file of ours has so many. */
function nestsDeeply(text: string): boolean {
  let open = 0
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    if (bracket === '{' || bracket === '[') open++
    else if (open > 0) open--
    if (open > BRACKETS_MAX) return true
  }
  return false
}
