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

/** Texts in ASCII that are in every record's JSON; without both of them, in this order, a record is like no other. */
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
  const groups = new Map<string, Group>()
  const alone: Group[] = []
  let last: Group | undefined
  for (const { seq, record } of records) {
    if (last === undefined || !isLike(last, record)) {
      const [begin, end] = [record.indexOf(before), record.lastIndexOf(from)]
      if (begin === -1 || end <= begin) {
        alone.push({ seq, record, count: 1, beginBytes: 0, endBytes: 0 })
        continue
      }
      const [beginBytes, endBytes] = [begin + before.length, record.length - end]
      const name = `${record.toString('latin1', 0, begin)}\n${record.toString('latin1', end)}`
      last = groups.get(name)
      if (last === undefined) {
        last = { seq, record, count: 0, beginBytes, endBytes }
        groups.set(name, last)
      }
    }
    last.seq = seq
    last.record = record
    last.count++
  }
  return [...groups.values(), ...alone]
    .map(({ seq, record, count }) => ({ seq, record, count }))
    .sort((a, b) => a.seq - b.seq)
}

interface Group {
  seq: number
  record: Buffer
  count: number
  /** With the text behind it. */
  readonly beginBytes: number
  /** With the text before it. */
  readonly endBytes: number
}

/**
 * Nearly always it is like the one before: two looks at memory, where names cost ten times as much. As the texts are
 * among what is compared, and stand there first and last, they stand so in `record`, too.
 */
function isLike({ record: other, beginBytes, endBytes }: Group, record: Buffer): boolean {
  if (record.length < beginBytes + endBytes) return false
  const [end, otherEnd] = [record.length - endBytes, other.length - endBytes]
  return (
    record.compare(other, 0, beginBytes, 0, beginBytes) === 0 &&
    record.compare(other, otherEnd, other.length, end, record.length) === 0
  )
}
