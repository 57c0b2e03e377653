/**
 * What the record of a data event shows of its answer: S3's own headers, how many bytes of objects passed, and how they
 * were encrypted.
 *
 * Said before the record is made, by whoever knows it; nothing is done where nobody asks for a record. Sources: Amazon S3
 * user guide, "Monitoring default encryption with AWS CloudTrail"; records of S3 that accounts have published.
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import type { Sse } from '../objects/version.js'

const OWN_HEADER = /^x-amz-(?!checksum-)/
const APPLIED = { AES256: 'SSE_S3', 'aws:kms': 'SSE_KMS', 'aws:kms:dsse': 'DSSE_KMS' } as const

/** @param members of the output; of them those that are S3's own headers. */
export function showAnswered(call: Call, members: object): void {
  if (!call.isShown) return
  const shown: Record<string, string> = {}
  for (const { name, http } of call.shape.output?.members ?? []) {
    const value = (members as Readonly<Record<string, unknown>>)[name]
    const isOwn = http.at === 'header' && OWN_HEADER.test(http.name ?? '')
    if (value !== undefined && isOwn) shown[http.name!] = String(value)
  }
  if (Object.keys(shown).length > 0) call.showElements(shown)
}

/** Of a body that the call brought; a copy has brought none. */
export function showReceived(call: Call, bytes: number): void {
  const brings = call.shape.input?.members.some(({ shape }) => shape.type === 'stream') === true
  if (call.isShown && brings) call.showBeside({ bytesTransferredIn: bytes })
}

export function showSent(call: Call, bytes: number): void {
  if (call.isShown) call.showBeside({ bytesTransferredOut: bytes })
}

/** Whether the request said so, or the bucket does. */
export function showApplied(call: Call, { algorithm }: Sse): void {
  if (!call.isShown) return
  const { ServerSideEncryption: said } = (call.input ?? {}) as { ServerSideEncryption?: string }
  const applied = algorithm === 'customer' ? 'SSE_C' : APPLIED[algorithm]
  const isSaid = said !== undefined || algorithm === 'customer'
  call.showBeside({ SSEApplied: isSaid ? applied : `Default_${applied}` })
}
