/**
 * Parsers against what nobody would send: some hundreds of tries in the suite, and as many as go into FUZZ_SECONDS for each
 * with `npm run fuzz`, which tells its seed. TEST_SEED draws the same again.
 */
import { randomInt } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import * as fc from 'fast-check'
import { it } from 'vitest'
import { isSealtrailError } from '../../src/errors.js'

const TRIES = 400
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 60)
const isLong = process.env.npm_lifecycle_event === 'fuzz'
const seed = Number(process.env.TEST_SEED ?? randomInt(2 ** 31))

/** As `test.prop`. */
export function fuzz<Value>(
  values: fc.Arbitrary<Value>,
  name: string,
  check: (value: Value) => void | Promise<void>,
) {
  const bounds = isLong
    ? { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: SECONDS * 1000 }
    : { numRuns: TRIES }
  it(name, { timeout: (isLong ? SECONDS : 0) * 1000 + 60_000 }, async () => {
    let tries = 0
    const property = fc.asyncProperty(values, async (value) => {
      // Whoever runs the tests wants to hear of them in between.
      if (++tries % TRIES === 0) await turn()
      await check(value)
    })
    await fc.assert(property, { seed, ...bounds })
    if (isLong) console.log(`${name}: ${tries} tries, TEST_SEED=${seed}`)
  })
}

/** What `parse` gives; undefined when it refuses with one of `codes`. Whatever else is thrown is a finding. */
export function unlessRefused<Value>(
  codes: readonly string[],
  parse: () => Value,
): Value | undefined {
  try {
    return parse()
  } catch (error) {
    if (isSealtrailError(error) && codes.includes(error.code)) return undefined
    throw error
  }
}

const step = fc.record({
  /** Where, as a part of all. */
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  /** So many bytes are taken away. */
  without: fc.oneof(fc.constantFrom(0, 1, 2, 4), fc.nat(200)),
  /** And these put there. */
  put: fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc.constantFrom([0], [0xff], [0xff, 0xff], [0, 0, 0, 0], [0xff, 0xff, 0xff, 0xff]),
  ),
})

/** One of `valid` with some bytes cut out, put in and written over, or any bytes at all. */
export function bytesNear(valid: readonly Uint8Array[]): fc.Arbitrary<Buffer> {
  const changed = fc
    .tuple(fc.constantFrom(...valid), fc.array(step, { maxLength: 4 }))
    .map(([start, steps]) =>
      steps.reduce((bytes, { at, without, put }) => {
        const from = Math.floor(at * bytes.length)
        const rest = bytes.subarray(Math.min(bytes.length, from + without))
        return Buffer.concat([bytes.subarray(0, from), Uint8Array.from(put), rest])
      }, Buffer.from(start)),
    )
  const any = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))
  return fc.oneof({ weight: 9, arbitrary: changed }, { weight: 1, arbitrary: any })
}

/** The same, of texts as node:http gives them: a character for each byte. */
export function textNear(valid: readonly string[]): fc.Arbitrary<string> {
  return bytesNear(valid.map((text) => Buffer.from(text, 'latin1'))).map((bytes) =>
    bytes.toString('latin1'),
  )
}
