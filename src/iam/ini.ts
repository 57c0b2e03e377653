/**
 * The form of AWS's shared credentials file: `[profile]` sections of `name = value` lines.
 *
 * Comments begin with `#` or `;` at the start of a line. Values are taken to the end of the line.
 *
 * @module
 */

export interface Section {
  readonly profile: string
  /** Lower-case names. */
  readonly values: ReadonlyMap<string, string>
}

/** @throws Error naming the line that is not understood; never its content. */
export function parseIni(text: string): Section[] {
  const sections: Array<{ profile: string; values: Map<string, string> }> = []
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue
    const profile = /^\[([^[\]]+)\]$/.exec(line)?.[1]?.trim()
    if (profile) {
      if (sections.some((section) => section.profile === profile)) {
        throw new Error(`line ${index + 1}: profile '${profile}' is there twice`)
      }
      sections.push({ profile, values: new Map() })
      continue
    }
    const equals = line.indexOf('=')
    const section = sections.at(-1)
    if (equals < 1 || section === undefined) {
      throw new Error(`line ${index + 1} is neither a [profile] nor a 'name = value' of one`)
    }
    section.values.set(line.slice(0, equals).trim().toLowerCase(), line.slice(equals + 1).trim())
  }
  return sections
}
