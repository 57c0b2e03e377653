/**
 * A Range header: one range of bytes, or nothing.
 *
 * A header that is no range, or more than one, is passed over, as AWS does; a range that begins after the end is
 * refused. Source: RFC 9110 §14.2; Amazon S3 API reference, GetObject.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'

export interface ByteRange {
  readonly offset: number
  readonly bytes: number
}

const RANGE = /^bytes=(\d*)-(\d*)$/

/**
 * Of `plainBytes`; undefined: all of it.
 * @throws SealtrailError `InvalidRange`
 */
export function rangeOf(header: string | undefined, plainBytes: number): ByteRange | undefined {
  const [whole, first, last] = RANGE.exec(header?.trim() ?? '') ?? []
  if (whole === undefined || (first === '' && last === '')) return undefined
  if (first === '') {
    const bytes = Math.min(Number(last), plainBytes)
    if (bytes === 0) throw unsatisfiable(header!, plainBytes)
    return { offset: plainBytes - bytes, bytes }
  }
  const offset = Number(first)
  const end = last === '' ? plainBytes - 1 : Number(last)
  if (end < offset && last !== '') return undefined
  if (offset >= plainBytes) throw unsatisfiable(header!, plainBytes)
  return { offset, bytes: Math.min(end, plainBytes - 1) - offset + 1 }
}

/**
 * Of the source of a part, which must be whole and within it.
 * @throws SealtrailError `InvalidArgument`, `InvalidRange`
 */
export function copyRangeOf(header: string | undefined, plainBytes: number): ByteRange | undefined {
  if (header === undefined) return undefined
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(header) ?? []
  if (first === undefined || Number(last) < Number(first)) {
    const says =
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy'
    const detail = { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header }
    throw new SealtrailError('InvalidArgument', says, detail)
  }
  if (Number(last) >= plainBytes) {
    const says = `Range specified is not valid for source object of size: ${plainBytes}`
    throw new SealtrailError('InvalidArgument', says, {
      ArgumentName: 'x-amz-copy-source-range',
      ArgumentValue: header,
    })
  }
  return { offset: Number(first), bytes: Number(last) - Number(first) + 1 }
}

function unsatisfiable(header: string, plainBytes: number): SealtrailError {
  const says = 'The requested range is not satisfiable'
  return new SealtrailError('InvalidRange', says, {
    RangeRequested: header,
    ActualObjectSize: plainBytes,
    'content-range': `bytes */${plainBytes}`,
  })
}
