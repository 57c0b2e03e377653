/**
 * What there is, held against what a seed says: every member that differs, by its place.
 *
 *     keys[0].policy.Statement[0].Action: is "kms:*", the seed says "kms:Decrypt"
 *
 * Only what the seed says is compared. Secrets are not shown to this file: of them it is told that they differ.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { memberPlace } from './check.js'

const SHOWN_MAX = 20
const CHARACTERS_MAX = 120

export class Differences {
  readonly #sentences: string[] = []

  /** `is` and `says` are values of JSON; a list of texts is one value. */
  compare(place: string, is: unknown, says: unknown): void {
    if (Array.isArray(is) && Array.isArray(says) && [...is, ...says].some(isObject)) {
      const longer = is.length > says.length ? is : says
      for (const index of longer.keys()) {
        this.compare(`${place}[${index}]`, is[index], says[index])
      }
    } else if (isObject(is) && isObject(says) && !Array.isArray(is) && !Array.isArray(says)) {
      for (const name of new Set([...Object.keys(is), ...Object.keys(says)])) {
        this.compare(memberPlace(place, name), own(is, name), own(says, name))
      }
    } else if (JSON.stringify(is) !== JSON.stringify(says)) {
      this.#sentences.push(`${place}: is ${shown(is)}, the seed says ${shown(says)}`)
    }
  }

  /** Each member of `says`, whatever else there is. */
  compareMembers(place: string, is: object, says: object): void {
    for (const [name, value] of Object.entries(says)) {
      this.compare(memberPlace(place, name), own(is, name), value)
    }
  }

  get isEmpty(): boolean {
    return this.#sentences.length === 0
  }

  add(place: string, what: string): void {
    this.#sentences.push(`${place}: ${what}`)
  }

  /** @throws SealtrailError `SeedDiffers` when there are any. */
  refuse(path: string): void {
    const count = this.#sentences.length
    if (this.isEmpty) return
    const first = this.#sentences.slice(0, SHOWN_MAX).join('; ')
    const more = count > SHOWN_MAX ? `; and ${count - SHOWN_MAX} more` : ''
    const says = `seed file ${path} differs from what is there, and nothing was changed: ${first}${more}`
    throw new SealtrailError('SeedDiffers', says, { differences: count })
  }
}

function own(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name as keyof typeof object] : undefined
}

function isObject(given: unknown): given is object {
  return typeof given === 'object' && given !== null
}

function shown(value: unknown): string {
  if (value === undefined) return 'not there'
  const text = JSON.stringify(value)
  return text.length <= CHARACTERS_MAX ? text : `${text.slice(0, CHARACTERS_MAX).toWellFormed()}…`
}
