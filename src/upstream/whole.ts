/**
 * An object put whole, in one request, under a name that nobody else has.
 *
 * The condition is on every attempt: what stands there by then is what an attempt before has put without its answer having
 * come, or it is not ours; it is read back and compared.
 *
 * @module
 */
import { type Sending, sendingOf, type UpstreamBucket } from './client/bucket.js'
import { upstreamFailed } from './client/faults.js'

/** Durable when it resolves. @throws SealtrailError `StoreFailed` */
export async function putWhole(
  bucket: UpstreamBucket,
  key: string,
  bytes: Uint8Array,
  sending: Sending = sendingOf(bytes),
): Promise<void> {
  if ((await bucket.putNew(key, sending)) === 'put') return
  const there = await bucket.read(key, { offset: 0, bytes: Math.max(1, bytes.length) })
  if (there?.of === bytes.length && Buffer.compare(there.bytes, bytes) === 0) return
  throw upstreamFailed({ operation: 'PutObject', key }, 'another object is there')
}
