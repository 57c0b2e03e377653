/** For TypeScript: what growth-page.mjs gives to tests. */
type Point = Readonly<Record<string, number>>

export function growthPage(figures: {
  readonly curves: Readonly<Record<string, readonly Point[]>>
  readonly machine: Readonly<Record<string, string>>
}): string
