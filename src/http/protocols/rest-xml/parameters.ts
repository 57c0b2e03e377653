/**
 * What a request says beside its body: query parameters and headers, read once.
 *
 * A presigned URL may carry `x-amz-` headers as parameters, which count as headers then. What is there twice is
 * refused when it is asked for; headers that are there twice are one with a comma in it.
 *
 * @module
 */
import { type Pair, parseQuery } from '../../../aws/query-string.js'
import { SealtrailError } from '../../../errors.js'
import type { Headers } from '../../../sigv4/canonical-request.js'
import type { Received } from '../../received.js'

const AMAZON = 'x-amz-'
/** Of a presigned request: these are for its signature, and no headers. */
const OF_SIGNATURE = /^x-amz-(algorithm|credential|date|expires|signedheaders|signature)$/i
/**
 * Of bytes that were not there when the URL was signed: AWS's SDK for JavaScript signs that of no bytes, and S3 does not look
 * at it. Source: answers of S3 as public projects record them.
 */
const OF_CHECKSUM = /^x-amz-(sdk-checksum-algorithm|checksum-(?!algorithm$|mode$|type$).*)$/i

export class Parameters {
  readonly #headers: Headers
  readonly #query = new Map<string, string>()
  readonly #twice = new Set<string>()
  readonly #hoisted: Pair[] = []

  /** @throws SealtrailError `SerializationException` */
  constructor({ headers, query }: Pick<Received, 'headers' | 'query'>) {
    this.#headers = headers
    for (const [name, value] of parseQuery(query)) {
      if (OF_CHECKSUM.test(name)) continue
      const isHoisted = /^x-amz-/i.test(name) && !OF_SIGNATURE.test(name)
      if (isHoisted) this.#hoisted.push([name.toLowerCase(), value])
      else if (this.#query.has(name)) this.#twice.add(name)
      else this.#query.set(name, value)
    }
  }

  names(): Iterable<string> {
    return this.#query.keys()
  }

  /** @throws SealtrailError `InvalidArgument` */
  query(name: string): string | undefined {
    if (!this.#twice.has(name)) return this.#query.get(name)
    const says = `The query parameter ${name} is there more than once`
    throw new SealtrailError('InvalidArgument', says, { ArgumentName: name })
  }

  /** `name` in lower case. */
  header(name: string): string | undefined {
    const value = this.#headers.get(name)
    if (value !== undefined || !name.startsWith(AMAZON)) return value
    return this.#hoisted.find(([hoisted]) => hoisted === name)?.[1]
  }

  /** Names in lower case; what is hoisted first, so that who goes by them keeps the header. */
  *headers(): Iterable<Pair> {
    yield* this.#hoisted
    yield* this.#headers
  }
}
