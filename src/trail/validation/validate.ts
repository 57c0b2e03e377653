/**
 * Whether what a trail has delivered is as it was: every digest, every link between them, every log file.
 *
 *     heads (kept here) → digest ← link: hash, signature → log files: hash
 *                            ↓ previous
 *                         digest … to where the chain began
 *
 * The heads of all chains are kept with the trail, and so is where each began: so the newest digest that is gone is
 * missed, and of several in a row each one; of backfill digests, the names are kept as well. What lies in the bucket and
 * is in no chain, is not ours, or was moved. Everything that is found is told, not only the first. How a chain is walked
 * is in chain.ts, what is known of the bucket in standing.ts. The AWS CLI starts from what it finds in the bucket. Source: AWS CloudTrail user guide, "Validating
 * CloudTrail log file integrity".
 *
 * @module
 */
import { createPublicKey, verify } from 'node:crypto'
import type { S3 } from '../../s3/s3.js'
import { GENERATED_AT } from '../digests/backfill.js'
import { SIGNATURE_ALGORITHM, sha256, signedText } from '../digests/digest.js'
import type { PublicKey } from '../digests/signing-keys.js'
import type { TrailParts } from '../parts.js'
import type { Head, Link, Trail } from '../trails/trail.js'
import { backfill, beside, type ChainWalked, endOf, hourly, timeOfStamp } from './chain.js'
import { type DigestMembers, digestIn, type Place, readFile } from './read.js'
import { keysOf, keysUnderWay, type Standing, standingOf } from './standing.js'

const MINUTE_MS = 60 * 1000
/** Of a key. */
const DIGEST = /AWSLogs\/\d{12}\/CloudTrail-Digest\//

export type Problem =
  | 'missing'
  | 'damaged'
  | 'edited'
  | 'moved'
  | 'wrong signature'
  | 'unknown key'
  | 'broken link'
  | 'unreferenced'

export interface Finding {
  readonly kind: 'digest' | 'log file'
  readonly problem: Problem
  /** `s3://bucket/key` */
  readonly object: string
}

export interface TrailValidation {
  readonly digests: number
  readonly logFiles: number
  /** Log files in the bucket of times when nothing was validated. */
  readonly uncovered: number
  readonly findings: readonly Finding[]
}

/** @throws SealtrailError as reading the bucket does */
export async function validateTrail(
  parts: TrailParts,
  s3: S3,
  trail: Trail,
): Promise<TrailValidation> {
  const lying = await keysOf(parts, s3, trail)
  const standing = await standingOf(parts, trail)
  const walk = new Walk(parts, s3, standing, { bucket: trail.config.bucket, lying })
  const { heads = [], chains, backfills = {} } = standing.trail.state
  for (const head of heads) await walk.hourly(head)
  for (const [region, { begun, previous: link }] of Object.entries(chains)) {
    if (link !== undefined) await walk.hourly({ region, begun, link })
  }
  for (const [region, known] of Object.entries(backfills)) await walk.chain(backfill(region, known))
  await walk.undigested()
  walk.others()
  const { digests, logFiles, uncovered, findings } = walk
  return { digests, logFiles, uncovered, findings }
}

/** Keys of what lies there and was not met yet. */
interface Lying {
  readonly bucket: string
  readonly lying: Set<string>
}

type Expected = Place & Partial<Pick<Link, 'hash' | 'signature'>>

class Walk {
  readonly #parts: TrailParts
  readonly #s3: S3
  readonly #trail: Trail
  readonly #standing: Standing
  readonly #listed: Lying
  /** Of chains: what was delivered in them is in a digest. */
  readonly #spans: Array<{ readonly region: string; readonly from: number; until: number }> = []
  readonly findings: Finding[] = []
  digests = 0
  logFiles = 0
  uncovered = 0

  constructor(parts: TrailParts, s3: S3, standing: Standing, listed: Lying) {
    this.#parts = parts
    this.#s3 = s3
    this.#trail = standing.trail
    this.#standing = standing
    this.#listed = listed
  }

  async hourly(head: Head): Promise<void> {
    const { region, begun, link } = head
    this.#spans.push({ region, from: begun, until: endOf(link.object) })
    await this.chain(hourly(head))
  }

  async chain(chain: ChainWalked): Promise<void> {
    let expected: Expected = chain.last
    for (;;) {
      const digest = await this.#digest(chain, expected)
      const end = chain.endBefore(endOf(expected.object), digest)
      const said = digest?.previousDigestS3Object ?? undefined
      if (end === undefined) {
        if (said !== undefined) this.#tell('digest', 'broken link', expected)
        return
      }
      const object = beside(this.#trail, chain, said ?? expected.object, end)
      const isLinked = said === object
      if (digest !== undefined && !isLinked) this.#tell('digest', 'broken link', expected)
      const named = { bucket: expected.bucket, object }
      expected = isLinked ? { ...named, ...linkIn(digest!) } : named
    }
  }

  /** Files that the next digest will tell of. */
  async undigested(): Promise<void> {
    for (const { bucket, key, hash } of this.#standing.files) {
      await this.#logFile({ bucket, object: key }, hash)
    }
    const { bucket } = this.#trail.config
    for (const object of keysUnderWay(this.#parts, this.#standing)) this.#meet({ bucket, object })
  }

  /** What lies in the bucket, and in no chain. */
  others(): void {
    const { bucket, lying } = this.#listed
    for (const object of lying) {
      if (DIGEST.test(object)) {
        this.#tell('digest', 'unreferenced', { bucket, object })
        continue
      }
      const [, region = '', stamp = ''] =
        /_CloudTrail_([a-z0-9-]+)_(\d{8}T\d{4}Z)_/.exec(object) ?? []
      const time = stamp === '' ? Number.NaN : timeOfStamp(stamp)
      const isCovered = this.#spans.some((span) => {
        // Names have no seconds, ends have.
        return span.region === region && time > span.from && time + MINUTE_MS <= span.until
      })
      if (isCovered || stamp === '') this.#tell('log file', 'unreferenced', { bucket, object })
      else this.uncovered++
    }
  }

  /** Its members, when it is what was signed. */
  async #digest(
    { region, isBackfill }: ChainWalked,
    expected: Expected,
  ): Promise<DigestMembers | undefined> {
    this.digests++
    this.#meet(expected)
    const file = await readFile(this.#s3, expected)
    if (typeof file === 'string') return this.#tell('digest', file, expected)
    const { plain, metadata } = file
    const digest = digestIn(plain)
    if (digest === undefined) return this.#tell('digest', 'damaged', expected)
    const { bucket, object } = expected
    if (digest.digestS3Bucket !== bucket || digest.digestS3Object !== object) {
      return this.#tell('digest', 'moved', expected)
    }
    const key = this.#keyOf(region, digest)
    if (key === undefined) return this.#tell('digest', 'unknown key', expected)
    const hash = sha256(plain)
    if (expected.hash !== undefined && hash !== expected.hash) {
      return this.#tell('digest', 'edited', expected)
    }
    const { signature = '', 'signature-algorithm': algorithm } = metadata
    const isLinked = expected.signature === undefined || signature === expected.signature
    const isRight = isLinked && algorithm === SIGNATURE_ALGORITHM
    if (!isRight || !isSigned(digest, hash, signature, key)) {
      return this.#tell('digest', 'wrong signature', expected)
    }
    if (isBackfill && !isOfTime(key, metadata[GENERATED_AT])) {
      return this.#tell('digest', 'edited', expected)
    }
    for (const { s3Bucket, s3Object, hashValue } of digest.logFiles) {
      await this.#logFile({ bucket: s3Bucket, object: s3Object }, hashValue)
    }
    return digest
  }

  #keyOf(region: string, { digestPublicKeyFingerprint }: DigestMembers): PublicKey | undefined {
    return this.#parts.signingKeys
      .publicKeys(region, 0, Number.MAX_SAFE_INTEGER)
      .find(({ fingerprint }) => fingerprint === digestPublicKeyFingerprint)
  }

  async #logFile(place: Place, hash: string): Promise<void> {
    this.logFiles++
    this.#meet(place)
    const file = await readFile(this.#s3, place)
    if (typeof file === 'string') this.#tell('log file', file, place)
    else if (sha256(file.plain) !== hash) this.#tell('log file', 'edited', place)
  }

  #meet({ bucket, object }: Place): void {
    if (bucket === this.#listed.bucket) this.#listed.lying.delete(object)
  }

  #tell(kind: Finding['kind'], problem: Problem, place: Place): undefined {
    this.findings.push({ kind, problem, object: uriOf(place) })
  }
}

function isSigned(
  { digestEndTime: end, digestS3Bucket: bucket, digestS3Object: object, ...digest }: DigestMembers,
  hash: string,
  signature: string,
  { publicKey }: PublicKey,
): boolean {
  const previous = digest.previousDigestSignature
  const text = Buffer.from(signedText({ end, bucket, object, hash, previous }))
  const der = { key: Buffer.from(publicKey), format: 'der', type: 'pkcs1' } as const
  return verify('sha256', text, createPublicKey(der), Buffer.from(signature, 'hex'))
}

/** Nobody signs when it was made; it is the time by which its key is looked for. */
function isOfTime({ validFrom, validUntil }: PublicKey, generatedAt = ''): boolean {
  const time = Date.parse(generatedAt)
  return time >= validFrom && time < validUntil
}

function linkIn(digest: DigestMembers): Partial<Expected> {
  const { previousDigestHashValue: hash, previousDigestSignature: signature } = digest
  const { previousDigestS3Bucket: bucket } = digest
  return {
    ...(bucket === null ? {} : { bucket }),
    ...(hash === null ? {} : { hash }),
    ...(signature === null ? {} : { signature }),
  }
}

function uriOf({ bucket, object }: Place): string {
  return `s3://${bucket}/${object}`
}
