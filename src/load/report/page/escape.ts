/**
 * Text of a report as HTML: whatever it holds, it stays text.
 *
 * What is in a report may have come from a target: codes of errors, examples of wrong answers. Everything that a page shows
 * passes here. What is HTML already is an object, so that no text of anybody can pass for it.
 *
 * @module
 */

import { visible } from '../visible.js'

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;', '`': '&#96;' },
}

/** HTML, or SVG. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A template whose values are escaped, unless they are HTML themselves; lists are put together. */
export function html(
  texts: TemplateStringsArray,
  ...values: ReadonlyArray<string | number | Html | readonly Html[]>
): Html {
  const parts = texts.map((text, i) => (i === 0 ? text : `${htmlText(values[i - 1]!)}${text}`))
  return new Html(parts.join(''))
}

function htmlText(value: string | number | Html | readonly Html[]): string {
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map(({ text }) => text).join('')
  return escaped(String(value))
}

function escaped(text: string): string {
  return visible(text).replace(/[&<>"'`]/g, (character) => ENTITIES[character]!)
}
