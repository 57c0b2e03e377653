/**
 * A sealtrail behind a port, as the upstream of blobs; or of another sealtrail.
 *
 * @module
 */
import { openSealtrail, type Sealtrail } from '../../src/sealtrail.js'
import { Access } from '../../src/upstream/client/access.js'
import { Address } from '../../src/upstream/client/address.js'
import { UpstreamBucket } from '../../src/upstream/client/bucket.js'
import type { Patience } from '../../src/upstream/client/retries.js'
import { Sender } from '../../src/upstream/client/retries.js'
import type { UpstreamParts } from '../../src/upstream/open-upstream.js'

export const BUCKET = 'blobs-of-another'
export const OWNER = '0123456789abcdef0123456789abcdef'

/** How long an answer takes is the machine's business. */
const FOREVER_MS = 600_000

/** What fails on purpose fails at once, and nobody waits long before he tries again. */
export const HASTE: Patience = {
  ...{ connectMs: FOREVER_MS, idleMs: FOREVER_MS, attemptMs: FOREVER_MS, attempts: 4 },
  ...{ backoffMs: 1, backoffMsMax: 4 },
}

export interface ServedUpstream {
  readonly house: Sealtrail
  readonly url: string
  readonly access: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** Keys below the prefix, without it and without `owner`. */
  keys(prefix: string): Promise<string[]>
  close(): Promise<void>
}

export async function serveUpstream(dataDir: string): Promise<ServedUpstream> {
  const house = await openSealtrail({ dataDir, threads: 1 })
  await house.s3.createBucket({ Bucket: BUCKET })
  const { url, created } = await house.listen({ port: 0 })
  const { accessKeyId, secretAccessKey } = created!
  const access = { accessKeyId, secretAccessKey }
  return {
    house,
    url,
    access,
    keys: (prefix) => keysOf(upstreamParts(`${url}/${BUCKET}/${prefix}`, access)),
    close: () => house.close(),
  }
}

/** Keys below the prefix, without it and without `owner`. */
export async function keysOf(parts: UpstreamParts): Promise<string[]> {
  const sender = new Sender(parts)
  const bucket = new UpstreamBucket(sender, parts.address.prefix)
  const keys: string[] = []
  for (let isMore = true; isMore; ) {
    const page = await bucket.list('', keys.at(-1) ?? '')
    keys.push(...page.keys)
    isMore = page.isMore
  }
  await sender.close()
  return keys.filter((key) => key !== 'owner')
}

export function upstreamParts(
  url: string,
  access: { readonly accessKeyId: string; readonly secretAccessKey: string },
  more: Partial<UpstreamParts> = {},
): UpstreamParts {
  return {
    address: new Address(url, 'path'),
    access: new Access(access, 'the test'),
    ...{ region: 'us-east-1', owner: OWNER, patience: HASTE },
    clock: { now: () => Date.now(), elapsed: () => performance.now() },
    ...more,
  }
}
