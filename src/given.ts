/**
 * Values as callers give them, who may write JavaScript: plain objects, and what was given in their place.
 *
 * A caller's object is read once, into one of our own: a getter or a later change cannot make one check see what
 * another does not. Bytes are bytes/given-bytes.ts, encryption contexts message/encryption-context.ts; the inputs
 * of the key service are checked against its model (aws/take.ts).
 *
 * @module
 */
import { types } from 'node:util'
import { SealtrailError } from './errors.js'

/** In words, without anything of the value itself: it may be a secret. */
export function kindOf(given: unknown): string {
  if (given === null || given === undefined) return String(given)
  if (typeof given !== 'object') return `a ${typeof given}`
  if (types.isProxy(given)) return 'a Proxy'
  const name = tagOf(given)
  return `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`
}

/** True for `{…}` of any realm, and for objects without a prototype; not for instances of classes, nor Proxies. */
export function isPlainObject(given: unknown): given is Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null || types.isProxy(given)) return false
  const prototype = Object.getPrototypeOf(given)
  if (prototype === null || prototype === Object.prototype) return true
  // Another realm's Object.prototype.
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

/**
 * The members of a plain object, in an object of our own; of what type they are is asked by whoever uses them.
 * @throws SealtrailError `InputInvalid`
 */
export function givenMembers<T extends object>(given: T, what: string): T {
  if (!isPlainObject(given)) throw unlike(what, 'a plain object', given)
  return reading(what, () => ({ ...given }))
}

/**
 * What `pick` takes out of a plain object, which is read once. Where calls are many: no copy of whatever else is there.
 * @throws SealtrailError `InputInvalid`
 */
export function pickFrom<T extends object, Picked>(
  given: T,
  what: string,
  pick: (given: T) => Picked,
): Picked {
  if (!isPlainObject(given)) throw unlike(what, 'a plain object', given)
  return reading(what, () => pick(given))
}

/** Not a Proxy of one: its length would be whatever it says. */
export function isArray(given: unknown): given is readonly unknown[] {
  return !types.isProxy(given) && Array.isArray(given)
}

/** Of any class, the caller's own too. */
export function isObject(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null
}

/** @throws SealtrailError `InputInvalid` */
export function givenText(given: unknown, what: string): string {
  if (typeof given === 'string' && given !== '' && given.isWellFormed()) return given
  throw unlike(what, 'a string that is not empty', given)
}

/** Runs `read`, which touches what the caller made; what that throws is not ours. */
export function reading<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new SealtrailError('InputInvalid', `${what} cannot be read`, {}, { cause })
  }
}

export function unlike(what: string, wanted: string, given: unknown): SealtrailError {
  return new SealtrailError('InputInvalid', `${what} must be ${wanted}, not ${kindOf(given)}`)
}

/** As the value calls itself; that may be a lie, so it is short and harmless. */
function tagOf(given: object): string {
  let tag = ''
  try {
    tag = Object.prototype.toString.call(given).slice('[object '.length, -1)
  } catch {
    // A getter of the caller's threw.
  }
  return /^[A-Z]\w{1,31}$/.test(tag) ? tag : 'Object'
}
