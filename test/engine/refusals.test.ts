/**
 * What engines refuse, they refuse alike: our own mistakes are invariant failures in every engine, and what is
 * just inside the bounds is taken by every engine.
 */
import { describe, expect, it } from 'vitest'
import type { Engine, FrameRun, KeyHandle } from '../../src/engine/engine.js'
import { eachEngine } from '../support/engines.js'
import { sample } from './sample.js'

type Act = (engine: Engine, key: KeyHandle) => unknown

const bytes = (size: number) => new Uint8Array(size)
const NONE = bytes(0)
const NONCE = bytes(12)
const RUN: FrameRun = { messageId: bytes(32), frameBytes: 64, firstFrame: 1, final: true }
const FRAME = 32
const FINAL = 40
const HEADER = 83

/** Seals and opens a run of `count` full frames. */
function runs(changes: Partial<FrameRun>, count = 1): Act[] {
  const run = { ...RUN, ...changes }
  const plain = count * (run.frameBytes >= 1 && run.frameBytes < 1e6 ? run.frameBytes : 64)
  const sealed = plain + count * FRAME + (run.final ? 8 : 0)
  return [
    (engine, key) => engine.sealFrames(key, run, bytes(plain), bytes(sealed)),
    (engine, key) => engine.openFrames(key, run, bytes(sealed), bytes(plain)),
  ]
}

function sizes(plain: number, sealed: number, changes: Partial<FrameRun> = {}): Act[] {
  const run = { ...RUN, ...changes }
  return [
    (engine, key) => engine.sealFrames(key, run, bytes(plain), bytes(sealed)),
    (engine, key) => engine.openFrames(key, run, bytes(sealed), bytes(plain)),
  ]
}

/** Two views of one memory, of which the second begins at `at`. */
function over(size: number, at: number, otherSize: number): [Uint8Array, Uint8Array] {
  const memory = bytes(size + otherSize)
  return [memory.subarray(0, size), memory.subarray(at, at + otherSize)]
}

function many(
  blobEnds: number[],
  contextEnds: number[],
  given: Partial<Record<string, number>> = {},
): Act {
  const { blobs = 256, contexts = 20, answers = blobEnds.length } = given
  return (engine, key) =>
    engine.unwrapMany(
      key,
      bytes(blobs),
      Uint32Array.from(blobEnds),
      bytes(contexts),
      Uint32Array.from(contextEnds),
      bytes(answers),
    )
}

function dataKeys(blobsBytes: number, blobBytes: number, plainBytes?: number, context = NONE): Act {
  return (engine, key) => {
    const plain = plainBytes === undefined ? undefined : bytes(plainBytes)
    engine.generateDataKeys(key, bytes(blobsBytes), blobBytes, context, plain)
  }
}

function blobs(size: number, context: Uint8Array = NONE): Act[] {
  return [
    (engine, key) => engine.wrap(key, bytes(size), context),
    (engine, key) => engine.unwrap(key, bytes(size), context),
  ]
}

function keyBlobs(size: number, context: Uint8Array = NONE): Act[] {
  return [
    (engine, key) => engine.wrapKey(key, key, bytes(size), context),
    (engine, key) => engine.unwrapKey(key, bytes(size), context)?.release(),
  ]
}

function message(headerBytes: number, frameBytes: number, body: number, plain: number): Act[] {
  return [
    (engine, key) =>
      engine.sealMessage(key, bytes(headerBytes + body), headerBytes, frameBytes, bytes(plain)),
    (engine, key) => {
      // Genuine, so that what is wrong with the body is looked at.
      const header = bytes(headerBytes)
      engine.sealHeader(key, header).release()
      return engine.openMessage(key, header, frameBytes, bytes(body), bytes(plain))
    },
  ]
}

const refused: Readonly<Record<string, Act | Act[]>> = {
  'a key of 31 bytes': (engine) => engine.importKey(bytes(31)),
  'a key of 33 bytes': (engine) => engine.importKey(bytes(33)),
  'a nonce of 11 bytes': (engine, key) => engine.seal(key, bytes(11), NONE, bytes(32)),
  'a nonce of XAES': (engine, key) => engine.open(key, bytes(24), NONE, bytes(32)),
  'a text without room for its tag': (engine, key) => engine.seal(key, NONCE, NONE, bytes(15)),
  'a sealed text shorter than a tag': (engine, key) => engine.open(key, NONCE, NONE, bytes(15)),
  'a tag of 15 bytes': (engine, key) => engine.seal(key, NONCE, NONE, bytes(9), bytes(15)),
  'a tag of 17 bytes': (engine, key) => engine.open(key, NONCE, NONE, bytes(9), bytes(17)),
  'a tag that lies in the text': (engine, key) => {
    engine.seal(key, NONCE, NONE, ...over(64, 60, 16))
  },
  'a tag that the text lies in': (engine, key) => {
    engine.open(key, NONCE, NONE, ...over(64, 0, 16))
  },
  'a message id of 31 bytes': runs({ messageId: bytes(31) }),
  'frames of no bytes': runs({ frameBytes: 0 }),
  'frames of less than no bytes': runs({ frameBytes: -64 }),
  'frames of half a byte': runs({ frameBytes: 0.5 }),
  'frames longer than a u32 says': runs({ frameBytes: 2 ** 32 }),
  'frames without a length': runs({ frameBytes: Number.NaN }),
  'frame 0': runs({ firstFrame: 0 }),
  'frame -1': runs({ firstFrame: -1 }),
  'frame 1.5': runs({ firstFrame: 1.5 }),
  'frame 2^32': runs({ firstFrame: 2 ** 32 }),
  'frame 2^32 - 1 that is not the final one': runs({ firstFrame: 0xffffffff, final: false }),
  'a frame behind the last number': runs({ firstFrame: 0xffffffff }, 2),
  'no frame behind the last number': runs({ firstFrame: 2 ** 32, final: false }, 0),
  'a run with a byte too few': sizes(64, 64 + FINAL - 1),
  'a run with a byte too many': sizes(64, 64 + FINAL + 1),
  'a run without its end': sizes(64, 64 + FRAME),
  'a run whose second frame is missing': sizes(65, 65 + FINAL),
  'a short frame that is not the final one': sizes(65, 65 + 2 * FRAME, { final: false }),
  'more frames than there is text for': sizes(64, 64 + FINAL + 2 * FRAME),
  'an empty final frame after others, when sealing': (engine, key) => {
    engine.sealFrames(key, RUN, bytes(64), bytes(64 + FRAME + FINAL))
  },
  'a run sealed into itself': (engine, key) => {
    const [sealed, plain] = over(64 + FINAL, 30, 64)
    engine.sealFrames(key, RUN, plain, sealed)
  },
  'a run opened into itself': (engine, key) => {
    engine.openFrames(key, RUN, ...over(64 + FINAL, 30, 64))
  },
  'a header of 82 bytes': [
    (engine, key) => engine.sealHeader(key, bytes(82)),
    (engine, key) => engine.openHeader(key, bytes(82)),
  ],
  'a message with a header of 82 bytes': (engine, key) => {
    engine.sealMessage(key, bytes(82 + FINAL), 82, 64, NONE)
  },
  'a message that ends in its header': (engine, key) => {
    engine.sealMessage(key, bytes(HEADER), HEADER + 1, 64, NONE)
  },
  'a message with less than no header': (engine, key) => {
    engine.sealMessage(key, bytes(HEADER + FINAL), -1, 64, NONE)
  },
  'a message with half a byte of header': (engine, key) => {
    engine.sealMessage(key, bytes(HEADER + FINAL), HEADER + 0.5, 64, NONE)
  },
  'a message with a byte too many': message(HEADER, 64, 10 + FINAL + 1, 10),
  'a message with frames of no bytes': message(HEADER, 0, FINAL, 0),
  'a message sealed into itself': (engine, key) => {
    const [sealed, plain] = over(HEADER + 10 + FINAL, 20, 10)
    engine.sealMessage(key, sealed, HEADER, 64, plain)
  },
  'a message opened into its header': (engine, key) => {
    const [header, plain] = over(HEADER, 10, 10)
    engine.openMessage(key, header, 64, bytes(10 + FINAL), plain)
  },
  'a message opened into its body': (engine, key) => {
    const [body, plain] = over(10 + FINAL, 10, 10)
    engine.openMessage(key, bytes(HEADER), 64, body, plain)
  },
  'an XAES nonce of 12 bytes': (engine, key) => engine.xaesCommitment(key, NONCE),
  'a blob of 95 bytes': blobs(95),
  'a blob of more than 4,096 plain bytes': blobs(4193),
  'a wrapped key of 127 bytes': keyBlobs(127),
  'a wrapped key of 129 bytes': keyBlobs(129),
  'a context of 65,536 bytes': [...blobs(128, bytes(65_536)), ...keyBlobs(128, bytes(65_536))],
  'a context that lies in its blob': [
    (engine, key) => engine.wrap(key, ...over(128, 100, 20)),
    (engine, key) => engine.unwrap(key, ...over(128, 100, 20)),
    (engine, key) => engine.wrapKey(key, key, ...over(128, 0, 20)),
    (engine, key) => engine.unwrapKey(key, ...over(128, 0, 20)),
  ],
  'a data key of no bytes': [dataKeys(96, 96), dataKeys(96, 96, 0)],
  'a data key of 1,025 bytes': dataKeys(1121, 1121),
  'a data key of half a byte': dataKeys(257, 128.5),
  'data keys in blobs of no bytes': dataKeys(128, 0, 32),
  'data keys in blobs of another size': dataKeys(257, 128, 64),
  'data keys without room for the last': dataKeys(256, 128, 63),
  'data keys with room for one more': dataKeys(256, 128, 96),
  'data keys under a context of 65,536 bytes': dataKeys(128, 128, 32, bytes(65_536)),
  'data keys shown where they are wrapped': (engine, key) => {
    const [all, plain] = over(256, 100, 64)
    engine.generateDataKeys(key, all, 128, NONE, plain)
  },
  'a batch whose last blob ends too early': many([128, 255], [10, 20]),
  'a batch whose last blob ends too late': many([128, 257], [10, 20]),
  'a batch whose last context ends too early': many([128, 256], [10, 19]),
  'a batch whose last context ends too late': many([128, 256], [10, 21]),
  'a batch whose blobs fall': many([256, 128], [10, 20]),
  'a batch whose contexts fall': many([128, 256], [20, 10]),
  'a batch with a blob of 95 bytes': many([95, 256], [10, 20]),
  'a batch with a blob of more than 4,096 plain bytes': many([4193], [20], { blobs: 4193 }),
  'a batch with a context of 65,536 bytes': many([256], [65_536], { contexts: 65_536 }),
  'a batch with a context too few': many([128, 256], [20]),
  'a batch with an answer too few': many([128, 256], [10, 20], { answers: 1 }),
  'a batch with an answer too many': many([128, 256], [10, 20], { answers: 3 }),
  'a batch of none with bytes left over': many([], [], { contexts: 0 }),
  'a batch that answers into its blobs': (engine, key) => {
    const [all, opened] = over(128, 100, 1)
    engine.unwrapMany(key, all, Uint32Array.of(128), NONE, Uint32Array.of(0), opened)
  },
  'a batch whose contexts lie in its blobs': (engine, key) => {
    const [all, contexts] = over(128, 100, 9)
    engine.unwrapMany(key, all, Uint32Array.of(128), contexts, Uint32Array.of(9), bytes(1))
  },
}

const taken: Readonly<Record<string, Act | Act[]>> = {
  'a text of nothing but its tag': (engine, key) => engine.seal(key, NONCE, NONE, bytes(16)),
  'a tag beside its text': (engine, key) => engine.seal(key, NONCE, NONE, ...over(64, 64, 16)),
  'frames of one byte': runs({ frameBytes: 1 }, 3),
  'frames as long as a u32 says': sizes(64, 64 + FINAL, { frameBytes: 0xffffffff }),
  'the last frame, as the final one': runs({ firstFrame: 0xffffffff }),
  'the last frame that is not the final one': runs({ firstFrame: 0xfffffffe, final: false }),
  'no frame at the last number': runs({ firstFrame: 0xffffffff, final: false }, 0),
  'an empty final frame after others, when opening': (engine, key) => {
    expect(engine.openFrames(key, RUN, bytes(64 + FRAME + FINAL), bytes(64))).toBe(0)
  },
  'a header of 83 bytes': [
    (engine, key) => engine.sealHeader(key, bytes(83)).release(),
    (engine, key) => engine.openHeader(key, bytes(83)),
  ],
  'a message of no text': message(HEADER, 64, FINAL, 0),
  'a blob of no text': blobs(96),
  'a blob of 4,096 plain bytes': blobs(4192),
  'a context of 65,535 bytes': [...blobs(4192, bytes(65_535)), ...keyBlobs(128, bytes(65_535))],
  'a context beside its blob': (engine, key) => engine.wrap(key, ...over(128, 128, 20)),
  'a data key of 1 byte': dataKeys(97, 97, 1),
  'a data key of 1,024 bytes': dataKeys(1120, 1120, 1024),
  'no data keys': dataKeys(0, 128, 0),
  'a batch of two': many([128, 256], [10, 20]),
  'a batch of none': many([], [], { blobs: 0, contexts: 0 }),
}

describe.each(eachEngine)('the $name engine', ({ engine }) => {
  it.each(Object.entries(refused))('refuses, as a mistake of ours, %s', (_, acts) => {
    const key = engine.importKey(sample('key', 32))
    for (const act of [acts].flat()) expect(() => act(engine, key)).toThrow('broken')
    key.release()
  })

  it.each(Object.entries(taken))('takes %s', (_, acts) => {
    const key = engine.importKey(sample('key', 32))
    for (const act of [acts].flat()) act(engine, key)
    key.release()
  })

  it.each(Object.entries(refused))('tells a released key before it refuses %s', (_, acts) => {
    const key = engine.generateKey()
    key.release()
    for (const act of [acts].flat()) {
      if (act.length < 2) continue
      expect(() => act(engine, key)).toThrow(expect.objectContaining({ code: 'KeyReleased' }))
    }
  })
})

describe.each(eachEngine)('a run that another writer ended, in the $name engine,', ({ engine }) => {
  it('opens to its empty last frame, and up to the one that is damaged', () => {
    const key = engine.importKey(sample('key', 32))
    const plain = sample('plain', 128)
    const sealed = bytes(128 + 2 * FRAME + FINAL)
    engine.sealFrames(key, { ...RUN, final: false }, plain, sealed.subarray(0, 128 + 2 * FRAME))
    const end = sealed.subarray(128 + 2 * FRAME)
    engine.sealFrames(key, { ...RUN, firstFrame: 3 }, NONE, end)
    const target = bytes(128)
    expect(engine.openFrames(key, RUN, sealed, target)).toBe(3)
    expect(Buffer.compare(target, plain)).toBe(0)
    for (const [at, genuine] of [
      [10, 0],
      [100, 1],
      [sealed.length - 1, 2],
    ] as const) {
      const damaged = Uint8Array.from(sealed)
      damaged[at]! ^= 1
      const shown = bytes(128).fill(7)
      expect(engine.openFrames(key, RUN, damaged, shown)).toBe(genuine)
      expect(Buffer.compare(shown.subarray(0, 64 * genuine), plain.subarray(0, 64 * genuine))).toBe(
        0,
      )
      expect(shown.subarray(64 * genuine).every((byte) => byte === 0)).toBe(true)
    }
    key.release()
  })
})
