/**
 * The templates of a profile as bytes, for one account, region and seed: a line each, with the places of its slots.
 *
 *     {"eventVersion":"1.08", … "eventTime":"…………………Z", … "eventID":"…………………………………"}\n
 *                                            ^ pool 3                ^ pool 7
 *
 * Of equal values one place is filled, and copied to the others. What is the same for a whole seed is written here, once.
 *
 * @module
 */
import { invariant } from '../../invariant.js'
import type { Profile } from './profile.js'
import type { Random } from './random.js'
import { type Now, Pool } from './slots.js'

const MARK = /`(?:([ar])|(\d+)(?:\.(\d+))?)`/g

export interface Template {
  /** With the line's end. */
  readonly bytes: Uint8Array
  /** Of each slot: its pool, how many places it has, and where they are. */
  readonly slots: Int32Array
}

export interface Templates {
  readonly all: readonly Template[]
  readonly pools: readonly Pool[]
  readonly bytesMax: number
}

export function templatesOf(
  profile: Profile,
  { account, region }: { readonly account: string; readonly region: string },
  random: Random,
  now: Now,
): Templates {
  const pools = profile.pools.map((pool) => new Pool(pool))
  const kept = pools.map((pool) => (pool.isKept ? keptValue(pool, random, now) : undefined))
  const constants = { a: account, r: region }
  const all = profile.templates.map(([, , ...pieces]) => {
    const text = `{${pieces.map((piece) => profile.pieces[piece]).join(',')}}\n`
    return templateOf(text, pools, (name, pool) =>
      name === 'a' || name === 'r' ? constants[name] : kept[pool],
    )
  })
  return { all, pools, bytesMax: Math.max(...all.map(({ bytes }) => bytes.length)) }
}

function templateOf(
  text: string,
  pools: readonly Pool[],
  constant: (name: string | undefined, pool: number) => string | undefined,
): Template {
  const places = new Map<string, { readonly pool: number; readonly at: number[] }>()
  let line = ''
  let end = 0
  for (const match of text.matchAll(MARK)) {
    const [mark, name, number = '', further = '0'] = match
    line += text.slice(end, match.index)
    end = match.index + mark.length
    const pool = Number(number)
    const known = constant(name, pool)
    if (known === undefined) {
      const slot = `${pool}.${further}`
      if (!places.has(slot)) places.set(slot, { pool, at: [] })
      places.get(slot)!.at.push(line.length)
    }
    line += known ?? ' '.repeat(pools[pool]!.length)
  }
  const bytes = Buffer.from(line + text.slice(end), 'latin1')
  const slots = [...places.values()].flatMap(({ pool, at }) => [pool, at.length, ...at])
  return { bytes, slots: Int32Array.from(slots) }
}

function keptValue(pool: Pool, random: Random, now: Now): string {
  const value = Buffer.alloc(pool.length)
  pool.write(value, 0, random, now)
  invariant(!value.includes(0), 'a value has no place left free')
  return value.toString('latin1')
}
