/**
 * Many things made before a run, some at once.
 *
 * @module
 */
const AT_ONCE = 32

/** In the order of their numbers, from 0 on. */
export async function inParallel<Made>(
  count: number,
  make: (number: number) => Promise<Made>,
): Promise<Made[]> {
  const made = new Array<Made>(count)
  let next = 0
  const makeSome = async () => {
    for (let number = next++; number < count; number = next++) made[number] = await make(number)
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, makeSome))
  return made
}
