/**
 * Where the parts of an object lie in it: a mark for each block of 64 parts, made when the upload is completed.
 *
 *     | 1 … 64 | 65 … 128 | … |       the number of the block's first part, and where its bytes begin
 *
 * So a range is read without the rows of all parts before it, and a block that is not as it was is found by its length.
 * Source: docs/FORMAT.md §6.2.
 *
 * @module
 */
export const BLOCK_PARTS = 64

/** Of the first part of each block: its number, and where its plain bytes begin. */
export type Marks = ReadonlyArray<readonly [number: number, offset: number]>

/** @param parts of the whole object, in order */
export function marksOf(
  parts: ReadonlyArray<{ readonly number: number; readonly bytes: number }>,
): Marks {
  const marks: Array<readonly [number, number]> = []
  let offset = 0
  for (const [index, { number, bytes }] of parts.entries()) {
    if (index % BLOCK_PARTS === 0) marks.push([number, offset])
    offset += bytes
  }
  return marks
}

/** Which block holds the byte at `offset`: the last one that begins there or before. */
export function blockOf(marks: Marks, offset: number): number {
  const next = marks.findIndex(([, begin]) => begin > offset)
  return (next === -1 ? marks.length : next) - 1
}
