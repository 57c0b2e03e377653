/**
 * What holds for all values: a test of vitest that fast-check gives its arguments.
 *
 *     test.prop([fc.nat()])('is itself plus nothing', (n) => expect(n + 0).toBe(n))
 *
 * A failure tells its seed and the smallest arguments that fail; TEST_SEED draws the same values again. fast-check's own
 * door to vitest is not used: it takes three seconds of computing to import.
 */
import * as fc from 'fast-check'
import { it } from 'vitest'

const { TEST_SEED } = process.env
if (TEST_SEED !== undefined) fc.configureGlobal({ seed: Number(TEST_SEED) })

type Arbitraries<Values> = { readonly [I in keyof Values]: fc.Arbitrary<Values[I]> }

function prop<Values extends [unknown, ...unknown[]]>(
  arbitraries: Arbitraries<Values>,
  parameters: fc.Parameters<Values> = {},
) {
  return (name: string, check: (...values: Values) => unknown, timeoutMs?: number) =>
    it(
      name,
      async () => {
        const property = fc.asyncProperty<Values>(...arbitraries, async (...values) => {
          await check(...values)
        })
        await fc.assert(property, parameters)
      },
      timeoutMs,
    )
}

export const test = { prop }
export { fc }
