/**
 * What a caller passes, in one walk: typed, checked, and as its audit record shows it.
 *
 * What comes out has the members of the model and no others, each of the model's type, on objects without a
 * prototype: `__proto__` is a key like any other. Null is absent. Unknown members are not looked into, so nesting
 * never goes deeper than the model does. A value of the wrong type ends the walk at once; constraints that are broken
 * are named together, up to a bound (constraints.ts). How blobs and times look is the form's business (forms/).
 * Source: AWS JSON 1.1 protocol; messages as AWS KMS sends them.
 *
 * @module
 */
import { isSealtrailError, SealtrailError } from '../errors.js'
import { itemComplaints, missing, ownComplaints, violations } from './constraints.js'
import type { ListShape, MapShape, Shape, Structure } from './model.js'
import { type ShownObject, type ShownValue, shownDate } from './shown.js'
import type { StreamingBody } from './streaming.js'

/** How values look before they are typed. */
export interface Form {
  isObject(given: unknown): given is Readonly<Record<string, unknown>>
  isList(given: unknown): given is readonly unknown[]
  /** Of a map. */
  keysOf(given: object): readonly string[]
  /** The walk's own from then on: wiped when the input is refused, else by whoever asked for the walk. */
  blob(given: unknown): Uint8Array
  timestamp(given: unknown): Date
  stream(given: unknown): StreamingBody
}

export interface Taken {
  readonly input: object
  /** As CloudTrail shows it: without bytes and secrets. Whoever asked for the walk may add to it. */
  readonly shown: ShownObject
  /** All bytes of the input, wherever in it they are: to be wiped when it is no longer needed. */
  readonly blobs: readonly Uint8Array[]
}

const INT_MAX = 2 ** 31 - 1
const LONG_MAX = Number.MAX_SAFE_INTEGER
/** Enough to see what is wrong; a list of many wrong items would be answered with far more text than it is. */
const COMPLAINTS_MAX = 100

/** @throws SealtrailError `SerializationException`, `ValidationException` */
export function take(structure: Structure | undefined, given: unknown, form: Form): Taken {
  if (structure === undefined) return { input: Object.create(null), shown: {}, blobs: [] }
  const walk = new Walk(form)
  try {
    const input = walk.structure(structure, given, '')
    if (walk.complaints.length > 0) throw violations(walk.complaints)
    return { input, shown: walk.shown as ShownObject, blobs: walk.blobs }
  } catch (error) {
    for (const blob of walk.blobs) blob.fill(0)
    if (isSealtrailError(error)) throw error
    // A getter of the caller's threw.
    throw serialization('the input cannot be read')
  }
}

class Walk {
  readonly complaints: string[] = []
  readonly blobs: Uint8Array[]
  /** Of the value that was taken last. */
  shown: ShownValue = null
  readonly #form: Form

  constructor(form: Form, blobs: Uint8Array[] = []) {
    this.#form = form
    this.blobs = blobs
  }

  structure({ members }: Structure, given: unknown, path: string): object {
    const source = this.#objectOf(given)
    const structure: Record<string, unknown> = Object.create(null)
    const shown: Record<string, ShownValue> = Object.create(null)
    for (const { name, lowerName, shape, isRequired, isHidden } of members) {
      const item = Object.hasOwn(source, name) ? source[name] : undefined
      if (item !== undefined && item !== null) {
        structure[name] = this.#value(shape, item, path + lowerName)
        if (!isHidden) shown[lowerName] = this.shown
      } else if (isRequired) {
        this.complaints.push(missing(path + lowerName))
      }
    }
    this.shown = shown
    return structure
  }

  #value(shape: Shape, given: unknown, at: string): unknown {
    switch (shape.type) {
      case 'structure':
        return this.structure(shape, given, `${at}.`)
      case 'list':
        return this.#list(shape, given, at)
      case 'map':
        return this.#map(shape, given, at)
      default: {
        const value = this.#leaf(shape, given)
        this.#complain(ownComplaints(shape, value, at))
        return value
      }
    }
  }

  #leaf(shape: Shape, given: unknown): unknown {
    switch (shape.type) {
      case 'string':
        if (typeof given !== 'string') throw unlike('String', given)
        this.shown = given
        return given
      case 'integer':
        if (
          !Number.isInteger(given) ||
          Math.abs(given as number) > (shape.isLong ? LONG_MAX : INT_MAX)
        ) {
          throw unlike(shape.isLong ? 'Long' : 'Integer', given)
        }
        this.shown = given as number
        return given
      case 'boolean':
        if (typeof given !== 'boolean') throw unlike('Boolean', given)
        this.shown = given
        return given
      case 'timestamp': {
        const date = this.#form.timestamp(given)
        this.shown = shownDate(date)
        return date
      }
      case 'stream':
        return this.#form.stream(given)
      default: {
        const blob = this.#form.blob(given)
        this.blobs.push(blob)
        return blob
      }
    }
  }

  /** Structures are checked one by one; of other items one complaint speaks for all. */
  #list(shape: ListShape, given: unknown, at: string): unknown[] {
    if (!this.#form.isList(given)) throw serialization('Expected list or null')
    // Looked at once: an item of the caller's may be a getter.
    const items = Array.from(given)
    this.#complain(ownComplaints(shape, items, at))
    const { member } = shape
    const isEach = member.type === 'structure' && !items.includes(null)
    const values: unknown[] = []
    const shown: ShownValue[] = []
    for (const [index, item] of items.entries()) {
      if (this.complaints.length >= COMPLAINTS_MAX) break
      values.push(
        isEach ? this.#value(member, item, `${at}.${index + 1}.member`) : this.#item(member, item),
      )
      shown.push(this.shown)
    }
    if (!isEach) this.#complain(itemComplaints(shape, values, at))
    this.shown = shown
    return values
  }

  #map(shape: MapShape, given: unknown, at: string): Record<string, unknown> {
    const map: Record<string, unknown> = Object.create(null)
    const shown: Record<string, ShownValue> = Object.create(null)
    const source = this.#objectOf(given)
    for (const name of this.#form.keysOf(source)) {
      map[name] = this.#item(shape.value, source[name])
      shown[name] = this.shown
    }
    this.#complain(itemComplaints(shape, Object.values(map), at))
    this.shown = shown
    return map
  }

  /** One of many, whose constraints are checked together with the others'. */
  #item(shape: Shape, given: unknown): unknown {
    this.shown = null
    if (given === null) return given
    if (shape.type !== 'structure') return this.#leaf(shape, given)
    // Beside a null, which is refused: its types are asked for, and its constraints nobody hears of.
    return new Walk(this.#form, this.blobs).structure(shape, given, '')
  }

  #objectOf(given: unknown): Readonly<Record<string, unknown>> {
    if (this.#form.isObject(given)) return given
    throw serialization('Expected map or null')
  }

  #complain(complaints: readonly string[]): void {
    if (complaints.length > 0) this.complaints.push(...complaints)
  }
}

/** The error for a value whose type is not the one that the model wants. */
export function unlike(wanted: string, given: unknown): SealtrailError {
  if (Array.isArray(given)) return serialization('Start of list found where not expected')
  if (typeof given === 'object') {
    return serialization('Start of structure or map found where not expected.')
  }
  const kind = typeof given === 'boolean' ? String(given) : typeof given
  return serialization(`${kind.toUpperCase()}_VALUE cannot be converted to ${wanted}`)
}

export function serialization(message: string): SealtrailError {
  return new SealtrailError('SerializationException', message)
}
