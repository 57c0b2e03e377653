/**
 * A file of YAML, or of JSON, which YAML includes, as a value; bounded in depth and in what it unfolds to.
 *
 * What is wrong is said by its place, never by what stands there. What the value must be is check.ts.
 *
 * @module
 */
import { type Document, LineCounter, parseDocument } from 'yaml'

/** Uses of texts that are there once (`*name`), counted as the parser counts them. */
const ALIASES_MAX = 10_000
/** Open at once, before the parser sees them: it goes as deep as a file does. */
const BRACKETS_MAX = 1000

/** @param unusable the error for a reason, which reads on behind the file's name. @throws what `unusable` gives */
export function parseYaml(bytes: Uint8Array, unusable: (reason: string) => Error): unknown {
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

function textOf(bytes: Uint8Array, unusable: (reason: string) => Error): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw unusable('is not UTF-8')
  }
}

/** Those in texts and comments count as well; no file has so many. */
function nestsDeeply(text: string): boolean {
  let open = 0
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    if (bracket === '{' || bracket === '[') open++
    else if (open > 0) open--
    if (open > BRACKETS_MAX) return true
  }
  return false
}
