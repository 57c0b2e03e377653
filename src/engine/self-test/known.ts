/**
 * The known answers, and whence they are.
 *
 * Sources: McGrew & Viega, GCM test case 16; c2sp.org/XAES-256-GCM; the others computed with pyca/cryptography 48 from
 * the constructions in docs/FORMAT.md.
 *
 * @module
 */
import { KEY_BYTES } from '../engine.js'
import { hex, run } from './bytes.js'

export const GCM = {
  key: hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308'),
  nonce: hex('cafebabefacedbaddecaf888'),
  aad: hex('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
  plain: hex(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
      '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  ),
  sealed: hex(
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa' +
      '8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662' +
      '76fc6ece0f4e1768cddf8853bb2d551b',
  ),
}

/** Under the key 00…1f. */
export const LONG = { bytes: 4099, nonce: run(0x20, 12), aad: run(0x40, 20) }
export const LONG_TAG = hex('b30937d0b5c532999ae71403c1f250bc')

export const COMMITMENT = {
  key: new Uint8Array(KEY_BYTES).fill(3),
  nonce: Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX'),
  answer: hex('5553cd21d1592b422e3129632a3187eee8a658cdca5c5b32ce86308dcc18e9d1'),
}

/** Under data key 00…1f: a header of suite 0x0478 with nothing but what is fixed, and frames of 16 bytes. */
export const MESSAGE = {
  header: hex(
    '020478202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f' +
      '16bbdf5f77e52a6d45b8cad7f30e0bbf69b304b0d51de9d153b822934fd32d47' +
      '84abf1fe3451c17c84c8d180bb31a09d',
  ),
  run: { messageId: run(0x20, 32), frameBytes: 16, firstFrame: 1, final: true },
  plain: run(0x80, 20),
  sealed: hex(
    '00000001000000000000000000000001' +
      '68f33d298bd85feb9e8f35841df3c47315798fa2e6135620fab954163a562e13' +
      'ffffffff0000000200000000000000000000000200000004' +
      '918bf299ecc334b973ac64b6dff6b2d52834fb7d',
  ),
}

/** Under the wrapping key 00…1f: the key 60…7f, context {a: 'b'}. */
export const BLOB = {
  context: hex('0001000161000162'),
  plain: run(0x60, 32),
  wrapped: hex(
    'c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7e0e1e2e3e4e5e6e7e8e9eaebecedeeef' +
      'f0f1f2f3f4f5f6f7e900227fc580a3f98d7ecc98e59dd35947cb744539ce897f59d60608414a0702' +
      '9d7b5d5dc2934a72321af93f07ced28ba96b554654497f7cb0879d02874ed96a8252d5966be64b6d' +
      '07f4d2a293c36012',
  ),
}

export const DATA_KEY = run(0, KEY_BYTES)
export const SEALED_HEAD = MESSAGE.header.length
