/** What the node engine says of its CPU: only what OpenSSL of that version can use. */
import { describe, expect, it } from 'vitest'
import { openSslFeatures } from '../../src/engine/node/features.js'

const OLD = 'processor\t: 0\nflags\t\t: fpu sse2 aes pclmulqdq avx2\n'
const NEW = `${OLD.trimEnd()} avx512f avx512bw avx512dq avx512vl vaes vpclmulqdq\n`
const ARM = 'processor\t: 0\nFeatures\t: fp asimd aes pmull sha2\n'

describe('the features of the node engine', () => {
  it.each([
    ['3.0.19', OLD, ['openssl 3.0.19', 'aes', 'pclmulqdq']],
    ['3.0.19', NEW, ['openssl 3.0.19', 'aes', 'pclmulqdq']],
    ['3.5.8', OLD, ['openssl 3.5.8', 'aes', 'pclmulqdq']],
    ['3.5.8', NEW, ['openssl 3.5.8', 'aes', 'pclmulqdq', 'vaes', 'avx512']],
    ['4.0.0', NEW, ['openssl 4.0.0', 'aes', 'pclmulqdq', 'vaes', 'avx512']],
    ['3.5.8', ARM, ['openssl 3.5.8', 'aes', 'pmull']],
    ['3.5.8', '', ['openssl 3.5.8']],
  ])('are those that OpenSSL %s finds', (version, cpuInfo, features) => {
    expect(openSslFeatures(version, cpuInfo)).toEqual(features)
  })

  it('begin with the version of this Node', () => {
    expect(openSslFeatures()[0]).toBe(`openssl ${process.versions.openssl}`)
  })
})
