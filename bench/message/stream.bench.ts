/**
 * How fast do bytes stream through sealing and opening, on one core, in frames of 64 KiB?
 *
 * From memory through Node streams to nowhere, in pieces of 64 KiB, as files are read. The AWS Encryption SDK's
 * streams do the same work in the same suite; its default suite signs, too. A bare node:crypto cipher stream does
 * less (one tag, no frames). `web` is our Web stream over the first engine.
 */
import { createCipheriv, createHash, createSecretKey } from 'node:crypto'
import { type Duplex, Readable, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { ReadableStream } from 'node:stream/web'
import type { Engine } from '../../src/engine/engine.js'
import { openStream, sealStream } from '../../src/message/streams/node-stream.js'
import { openWebStream, sealWebStream } from '../../src/message/streams/web-stream.js'
import { openWhole, sealWhole } from '../../test/message/whole.js'
import { usableEngines } from '../engine/engines.js'
import { contest } from '../support/contest.js'
import { stayOnOneCore } from '../support/machine.js'
import { encryptionContext, keyring, SDK, sdk, sdkKeyring, suiteId } from './sdk.js'

const PIECE_BYTES = 64 * 1024
const TOTAL_BYTES = 32 * 1024 * 1024
const FRAME_BYTES = 64 * 1024

const plain = Buffer.alloc(TOTAL_BYTES, 'a line of a log, and another one; ')
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()
const secret = createSecretKey(Buffer.alloc(32, 7))
const sdkOptions = { encryptionContext, suiteId, frameLength: FRAME_BYTES }

stayOnOneCore()
const engines = usableEngines()
const bulk = engines[0]!
const sealing = (engine: Engine) => ({
  engine,
  keyring,
  encryptionContext,
  frameBytes: FRAME_BYTES,
})
const sealed = Buffer.from(await sealWhole(sealing(bulk), plain))

await contest({ title: 'seal 32 MiB as a stream', baselines: [SDK], bytesPerOp: TOTAL_BYTES }, [
  ...engines.map((engine) => nodeSealer(engine.name, () => sealStream(sealing(engine)))),
  {
    name: 'web',
    answer: async () => openedDigest(await webBytes(plain, sealWebStream(sealing(bulk)))),
    run: () => webBytes(plain, sealWebStream(sealing(bulk)), false),
  },
  nodeSealer(SDK, () => sdk.encryptStream(sdkKeyring, sdkOptions)),
  nodeSealer(`${SDK}, default`, () =>
    sdk.encryptStream(sdkKeyring, { encryptionContext, frameLength: FRAME_BYTES }),
  ),
  {
    name: 'node:crypto cipher',
    answer: () => digest(plain),
    run: () => flow(plain, createCipheriv('aes-256-gcm', secret, Buffer.alloc(12))),
  },
])

await contest({ title: 'open 32 MiB as a stream', baselines: [SDK], bytesPerOp: TOTAL_BYTES }, [
  ...engines.map((engine) => nodeOpener(engine.name, () => openStream({ engine, keyring }))),
  {
    name: 'web',
    answer: async () => digest(await webBytes(sealed, openWebStream({ engine: bulk, keyring }))),
    run: () => webBytes(sealed, openWebStream({ engine: bulk, keyring }), false),
  },
  nodeOpener(SDK, () => sdk.decryptStream(sdkKeyring)),
])

function nodeSealer(name: string, through: () => Duplex) {
  const answer = async () => openedDigest(await buffer(source(plain).pipe(through())))
  return { name, answer, run: () => flow(plain, through()) }
}

function nodeOpener(name: string, through: () => Duplex) {
  const answer = async () => digest(await buffer(source(sealed).pipe(through())))
  return { name, answer, run: () => flow(sealed, through()) }
}

async function openedDigest(bytes: Uint8Array): Promise<Uint8Array> {
  return digest((await openWhole({ engine: bulk, keyring }, bytes)).plain)
}

function flow(bytes: Uint8Array, through: Duplex): Promise<void> {
  const nowhere = new Writable({ write: (_piece, _encoding, done) => done() })
  return pipeline(source(bytes), through, nowhere)
}

function source(bytes: Uint8Array): Readable {
  let at = 0
  return new Readable({
    highWaterMark: PIECE_BYTES,
    read() {
      this.push(at < bytes.length ? bytes.subarray(at, at + PIECE_BYTES) : null)
      at += PIECE_BYTES
    },
  })
}

/** What comes out, all of it or, when it is not kept, nothing. */
async function webBytes(
  bytes: Uint8Array,
  through: ReturnType<typeof sealWebStream>,
  isKept = true,
): Promise<Uint8Array> {
  let at = 0
  const pieces = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.subarray(at, at + PIECE_BYTES))
      at += PIECE_BYTES
    },
  })
  const kept: Uint8Array[] = []
  for await (const piece of pieces.pipeThrough(through)) if (isKept) kept.push(piece)
  return Buffer.concat(kept)
}
