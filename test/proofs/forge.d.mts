export function forge(wanted: {
  readonly source: string
  readonly target: string
  readonly rootKeyFile: string
  readonly changes: ReadonlyMap<number, readonly string[]>
}): Promise<void>
