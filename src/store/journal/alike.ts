/**
 * Records that say the same, but for what is different in every record: of such, the newest stands for all.
 *
 *     {"eventVersion": … "userAgent":"…","requestParameters": …  … "readOnly":true,"resources":[…] … }
 *      └──────────── the beginning ────┘                          └────────── the end ─────────────┘
 *
 * For whoever counts what there are thousands a second of: he is told few. Only bytes are compared, and nothing is read of
 * what they mean; which texts part a record is for the asker to say.
 *
 * @module
 */

/** Texts that are in every record's JSON; without both of them a record is like no other. */
export interface Alike {
  /** The beginning ends where this stands first. */
  readonly before: string
  /** The end begins where this stands last. */
  readonly from: string
}

export interface RecordBytes {
  readonly seq: number
  readonly record: Buffer
}

/** In the order of their sequence numbers; `count` says for how many each stands. */
export function newestAlike(
  records: readonly RecordBytes[],
  { before, from }: Alike,
): Array<RecordBytes & { readonly count: number }> {
  const found = new Map<string | number, RecordBytes & { readonly count: number }>()
  for (const { seq, record } of records) {
    const [begin, end] = [record.indexOf(before), record.lastIndexOf(from)]
    const isParted = begin !== -1 && end > begin
    const name = isParted
      ? `${record.toString('latin1', 0, begin)}\n${record.toString('latin1', end)}`
      : seq
    const count = (found.get(name)?.count ?? 0) + 1
    found.set(name, { seq, record, count })
  }
  return [...found.values()].sort((a, b) => a.seq - b.seq)
}
