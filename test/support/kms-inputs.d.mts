/** The types of kms-inputs.mjs. */

/** Bytes of inputs may be base64, which whoever calls in this process makes bytes of. */
export type HouseCall = (
  operation: string,
  input: Readonly<Record<string, unknown>>,
  // biome-ignore lint/suspicious/noExplicitAny: an answer of any operation
) => Promise<any>

export interface World {
  readonly keys: Readonly<Record<string, string>>
  /** The symmetric one that has aliases, grants, tags and rotations. */
  readonly key: string
  readonly other: string
}

export const SERVED: readonly string[]
export function prepare(call: HouseCall): Promise<World>
export function goodInput(
  operation: string,
  call: HouseCall,
  world: World,
): Promise<Readonly<Record<string, unknown>> | undefined>
