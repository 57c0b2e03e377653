/**
 * Who takes part in the bench of S3: ours with each kind of encryption, ours without, and a peer that does not encrypt.
 *
 * Peers are looked for on the machine, never installed.
 *
 * @module
 */
import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Contender, fronts, moto, onPath } from '../peers/contenders.js'

/** Headers of a put, given the ARN of a KMS key. */
export type Kind = (keyArn: string) => Readonly<Record<string, string>>

export interface S3Contender extends Contender {
  /** By its name; a contender that has one knows KMS. */
  readonly kinds: Readonly<Record<string, Kind>>
}

const PLAIN = fileURLToPath(new URL('plain-server.js', import.meta.url))
const OURS = fileURLToPath(new URL('../../../../dist/cli/main.js', import.meta.url))
const ACCESS_KEY = {
  ROOT_ACCESS_KEY: 'AKIAIOSFODNN7EXAMPLE',
  ROOT_SECRET_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}
/** What there is to put when nobody encrypts. */
export const UNENCRYPTED = { 'no encryption': () => ({}) }

const KMS: Kind = (keyArn) => ({
  'x-amz-server-side-encryption': 'aws:kms',
  'x-amz-server-side-encryption-aws-kms-key-id': keyArn,
})
const KINDS: Readonly<Record<string, Kind>> = {
  'SSE-KMS': KMS,
  'SSE-KMS, bucket key': (keyArn) => ({
    ...KMS(keyArn),
    'x-amz-server-side-encryption-bucket-key-enabled': 'true',
  }),
  'SSE-S3': () => ({ 'x-amz-server-side-encryption': 'AES256' }),
}

/** @param profileTo where ours writes a CPU profile when it ends */
export function contenders(profileTo?: string): S3Contender[] {
  const [best = 'node', ...others] = [...fronts()].reverse()
  const { 'SSE-KMS': kms } = KINDS
  return [
    sealtrail(best, KINDS, profileTo),
    ...others.map((front) => sealtrail(front ?? 'node', { 'SSE-KMS': kms! }, undefined)),
    {
      name: `${best} front, plain bytes`,
      kinds: UNENCRYPTED,
      command: ({ folder, port }) => ({
        argv: [process.execPath, PLAIN, join(folder, 'data'), `${port}`, best],
      }),
    },
    versitygw(),
    { ...moto(), kinds: UNENCRYPTED },
  ]
}

function sealtrail(front: string, kinds: S3Contender['kinds'], profileTo?: string): S3Contender {
  const profile = profileTo === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profileTo]
  return {
    name: `${front} front`,
    kinds,
    command: ({ folder, port }) => ({
      argv: [
        ...[process.execPath, ...profile, OURS, 'serve'],
        ...['--data-dir', join(folder, 'data'), '--port', `${port}`],
      ],
      env: { SEALTRAIL_FRONT: front, SEALTRAIL_LOG_LEVEL: 'error' },
    }),
  }
}

/** Files on the same disk; it does not sync them. */
function versitygw(): S3Contender {
  const inHome = join(homedir(), 'go', 'bin', 'versitygw')
  const found = onPath('versitygw') ?? (existsSync(inHome) ? inHome : undefined)
  const install = 'go install github.com/versity/versitygw/cmd/versitygw@latest'
  return {
    name: 'versitygw',
    kinds: UNENCRYPTED,
    ...(found === undefined ? { lacks: `not installed: ${install}` } : {}),
    command: ({ folder, port }) => {
      const files = join(folder, 'files')
      mkdirSync(files, { recursive: true })
      return {
        argv: [found!, '--port', `127.0.0.1:${port}`, 'posix', files],
        env: { ...ACCESS_KEY, GOMAXPROCS: '1' },
      }
    },
  }
}
