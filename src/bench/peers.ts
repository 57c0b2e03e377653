/**
 * What others offer, as far as it is installed beside us: not one of them is a dependency of sealtrail.
 *
 * @module
 */
import type { Needs } from './question.js'

/** The module, or undefined with a note of how to have it take part. */
export async function peer<Module>(
  name: string,
  { note }: Pick<Needs, 'note'>,
): Promise<Module | undefined> {
  try {
    return (await import(name)) as Module
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    const [scope, own] = name.split('/')
    const installed = name.startsWith('@') ? `${scope}/${own}` : scope
    note(`${installed} does not take part: npm install ${installed} beside sealtrail`)
    return undefined
  }
}
