/**
 * Why a run could not go on, in words.
 *
 * @module
 */
import { CallFailed } from '../targets/target.js'

export function reasonOf(error: unknown): string {
  if (error instanceof CallFailed) return `the target answers with ${error.code}`
  return (error as Error).message
}
