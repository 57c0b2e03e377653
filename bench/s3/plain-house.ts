/**
 * S3 of ours without encryption: the same bytes, in the same form, through the same rows and blobs, but plain. No data key is
 * made, none wrapped, nothing sealed.
 *
 * For the bench only, to tell what encryption costs.
 *
 * @module
 */
import { randomFillSync } from 'node:crypto'
import { systemClock } from '../../src/clock.js'
import { readConfig } from '../../src/config.js'
import { chooseEngines } from '../../src/engine/choose.js'
import type { Engine } from '../../src/engine/engine.js'
import { s3Door } from '../../src/http/doors/s3.js'
import { listen } from '../../src/listen.js'
import { openPool } from '../../src/pool/pool.js'
import { bindRoot, openRoot } from '../../src/root/root.js'
import { Buckets } from '../../src/s3/buckets/buckets.js'
import { blobRows } from '../../src/s3/contents/blob-rows.js'
import type { ObjectKeys } from '../../src/s3/encryption/object-keys.js'
import { BeingRead } from '../../src/s3/objects/being-read.js'
import type { S3Parts } from '../../src/s3/parts.js'
import { s3Service } from '../../src/s3/s3.js'
import { openSeenTime } from '../../src/service/seen-time.js'
import { openBlobs } from '../../src/store/blobs/open-blobs.js'
import { Locks } from '../../src/store/keep/locks.js'
import { openStore } from '../../src/store/store.js'

/** Version and suite stand before the message id. */
const [ID_AT, ID_BYTES] = [3, 32]
/** u32, IV; the final frame has a mark and a length more. */
const [FRONT_BYTES, FINAL_BYTES, TAG_BYTES] = [16, 8, 16]

export async function openPlainHouse(dataDir: string, front: 'auto' | 'node' | 'native' = 'auto') {
  const config = readConfig({ dataDir, front })
  const engines = chooseEngines(config.engine, config.lockedMemory)
  const scribe = engines.small.name === 'native'
  const store = await openStore({ dataDir, scribe })
  const root = await openRoot({ kind: 'file', path: config.rootKeyFile }, engines.small, store)
  await bindRoot(store, root)
  const blobs = await openBlobs(store.dataDir)
  const parts: S3Parts = {
    ...{ store, root, engines, blobs, clock: systemClock, locks: new Locks(), sseC: 'block' },
    pool: openPool({ threads: config.threads }),
    buckets: new Buckets(store, root),
    principals: { isThere: () => true, idOf: () => undefined, nameOf: (_, arn) => arn },
    keys: noKeys(plainEngine(engines.small)),
    beingRead: new BeingRead(),
    seenTime: await openSeenTime(store, systemClock),
  }
  blobs.tend(blobRows(parts))
  const service = s3Service(parts)
  return {
    service,
    async listen(port: number) {
      const doors = [
        s3Door(Object.assign(service, { corsRules: async () => undefined }), ['localhost']),
      ]
      const repeats = { scribe: undefined, onFacts: () => () => undefined }
      const served = {
        doors,
        engine: engines.small,
        store: repeats,
        config,
        clock: systemClock,
        isRepeating: true,
      }
      return await listen({ ...served, findUser: () => undefined }, { port, front })
    },
    async close() {
      await service.close()
      await blobs.close()
      await parts.pool.close()
      root.release()
      await store.close()
    },
  }
}

function noKeys(engine: Engine): ObjectKeys {
  const key = engine.generateKey()
  // Handles are not counted: nobody looks at what is in this one.
  const dataKey = { engine: key.engine, release: () => undefined }
  const sealing = {
    // As under a KMS key: no MD5 is made, which would be a difference that is not encryption.
    sse: { algorithm: 'aws:kms' as const, keyArn: 'none', bucketKey: true },
    dataKey,
    encryptionContext: {},
    encryptedDataKeys: [
      { providerId: 'none', providerInfo: Buffer.from('none'), ciphertext: Buffer.from('none') },
    ],
  }
  return {
    engine,
    seal: async () => sealing,
    sealUpload: async () => sealing,
    open: async () => dataKey,
    rewrap: () => Promise.reject(new Error('there is nothing to rewrap')),
    close: () => key.release(),
  } as unknown as ObjectKeys
}

/** Copies where another seals. */
function plainEngine(engine: Engine): Engine {
  const drawId = (header: Uint8Array) => {
    randomFillSync(header, ID_AT, ID_BYTES)
  }
  const plain: Partial<Engine> = {
    sealHeader(key, header) {
      drawId(header)
      return key
    },
    openHeader: (key) => key,
    sealFrames: (_key, run, from, to) => {
      copyFrames(from, to, run.frameBytes, run.final, true)
    },
    openFrames: (_key, run, from, to) => copyFrames(to, from, run.frameBytes, run.final, false),
    sealMessage(_key, sealed, headerBytes, frameBytes, from) {
      drawId(sealed)
      copyFrames(from, sealed.subarray(headerBytes), frameBytes, true, true)
    },
    openMessage: (_key, _header, frameBytes, body, to) =>
      copyFrames(to, body, frameBytes, true, false),
  }
  return new Proxy(engine, {
    get(target, name) {
      const own: unknown = Reflect.get(plain, name)
      if (own !== undefined) return own
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Between plain bytes and the places of frames, either way. Gives how many frames there are. */
function copyFrames(
  plain: Uint8Array,
  framed: Uint8Array,
  frameBytes: number,
  final: boolean,
  isIn: boolean,
): number {
  const frames = Math.max(1, Math.ceil(plain.length / frameBytes))
  for (let i = 0, at = 0; i < frames; i++) {
    at += FRONT_BYTES + (final && i === frames - 1 ? FINAL_BYTES : 0)
    const [from, to] = [i * frameBytes, Math.min(plain.length, (i + 1) * frameBytes)]
    if (isIn) framed.set(plain.subarray(from, to), at)
    else plain.set(framed.subarray(at, at + to - from), from)
    at += to - from + TAG_BYTES
  }
  return frames
}
