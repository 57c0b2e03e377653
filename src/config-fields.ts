/**
 * Kinds of settings: what each takes for a value, from a program, a file of settings or the environment.
 *
 * Which settings there are is in config.ts.
 *
 * @module
 */

export const ENV_PREFIX = 'SEALTRAIL_'

export interface Field<T> {
  readonly fallback: T
  readonly env: string
  readonly says: string
  /** The value for `given`, which is a string when it comes from the environment. */
  readonly parse: (given: unknown) => T
}

export function text(fallback: string, env: string, says: string): Field<string> {
  const parse = (given: unknown) => {
    if (typeof given === 'string' && given !== '' && !given.includes('\0')) return given
    throw new Error('must be a string that is not empty')
  }
  return { fallback, env: `${ENV_PREFIX}${env}`, says, parse }
}

export function matching(
  pattern: RegExp,
  fallback: string,
  env: string,
  says: string,
): Field<string> {
  const parse = (given: unknown) => {
    if (typeof given === 'string' && pattern.test(given)) return given
    throw new Error(`must match ${pattern.source}`)
  }
  return { fallback, env: `${ENV_PREFIX}${env}`, says, parse }
}

/** The first choice is the default. */
export function oneOf<const T extends string>(
  choices: readonly [T, ...T[]],
  env: string,
  says: string,
): Field<T> {
  const parse = (given: unknown) => {
    const choice = choices.find((one) => one === given)
    if (choice !== undefined) return choice
    throw new Error(`must be one of ${choices.join(', ')}`)
  }
  return { fallback: choices[0], env: `${ENV_PREFIX}${env}`, says, parse }
}

/** Off unless said. */
export function flag(env: string, says: string): Field<boolean> {
  const parse = (given: unknown) => {
    if (given === true || given === 'true') return true
    if (given === false || given === 'false') return false
    throw new Error('must be true or false')
  }
  return { fallback: false, env: `${ENV_PREFIX}${env}`, says, parse }
}

export function count(
  fallback: number,
  env: string,
  least: number,
  most: number,
  says: string,
): Field<number> {
  const parse = (given: unknown) => {
    const value = typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : given
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) {
      return value as number
    }
    throw new Error(`must be a whole number from ${least} to ${most}`)
  }
  return { fallback, env: `${ENV_PREFIX}${env}`, says, parse }
}
