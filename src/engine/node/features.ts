/**
 * Which CPU features OpenSSL's AES-GCM can be expected to use: its version and what the CPU says it has.
 *
 * OpenSSL does not tell which code it picked; this is what it picks by its own rules, unless
 * OPENSSL_ia32cap or OPENSSL_armcap forbids. VAES with AVX-512 came with OpenSSL 3.1. Only Linux shows CPU
 * flags to a program without native code; elsewhere the version stands alone.
 *
 * @module
 */
import { readFileSync } from 'node:fs'

const AVX512 = ['avx512f', 'avx512bw', 'avx512dq', 'avx512vl', 'vaes', 'vpclmulqdq']

export function openSslFeatures(
  version: string = process.versions.openssl ?? 'unknown',
  cpuInfo: string = readCpuInfo(),
): string[] {
  const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(cpuInfo)?.[1]?.trim().split(/\s+/))
  const features = [`openssl ${version}`]
  for (const flag of ['aes', 'pclmulqdq', 'pmull']) if (flags.has(flag)) features.push(flag)
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const knowsVaes = major > 3 || (major === 3 && minor >= 1)
  if (knowsVaes && AVX512.every((flag) => flags.has(flag))) features.push('vaes', 'avx512')
  return features
}

function readCpuInfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8')
  } catch {
    return ''
  }
}
