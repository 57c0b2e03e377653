/**
 * How near does the addon come to AWS-LC itself?
 *
 * One core, AES-256-GCM in place, a kept key, 32 bytes of AAD. The limit is native/examples/aws-lc-speed.rs:
 * the same call in a Rust loop, without JavaScript. The two take turns, each for about 100 ms; what is told
 * is the median of the rounds' ratios. Needs cargo, and says so when there is none.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { openNativeEngine } from '../../src/engine/native/native.js'
import { stayOnOneCore } from '../support/machine.js'

const ROUNDS = process.env.SEALTRAIL_BENCH_SHORT === undefined ? 15 : 5
const SLICE_MS = 100
const NATIVE = fileURLToPath(new URL('../../../../native/', import.meta.url))
const LIMIT = `${NATIVE}target/release/examples/aws-lc-speed`
const NONCE = new Uint8Array(12).fill(2)
const AAD = new Uint8Array(32).fill(3)
const TAG_BYTES = 16

stayOnOneCore()
const build = ['build', '--release', '--quiet', '--example', 'aws-lc-speed']
const { status } = spawnSync('cargo', build, { cwd: NATIVE, stdio: 'inherit' })
if (status === 0) compare()
else console.log('\nleft out: cargo did not build the limit to compare with')

function compare() {
  const engine = openNativeEngine()
  const key = engine.importKey(new Uint8Array(32).fill(1))
  for (const plainBytes of [1024, 16 * 1024, 64 * 1024, 1024 * 1024]) {
    const text = new Uint8Array(plainBytes + TAG_BYTES)
    const seal = () => engine.seal(key, NONCE, AAD, text)
    slice(seal)
    const rounds = Array.from({ length: ROUNDS }, () => {
      const ours = slice(seal)
      const limit = Number(execFileSync(LIMIT, [`${plainBytes}`], { encoding: 'utf8' }))
      return { ours, limit, ratio: limit / ours }
    })
    const [ours, limit] = [rounds.map((round) => round.ours), rounds.map((round) => round.limit)]
    const ratio = median(rounds.map((round) => round.ratio))
    console.log(`\nseal ${plainBytes} bytes`)
    console.log(`  AWS-LC  ${speed(plainBytes, median(limit))}`)
    console.log(`  native  ${speed(plainBytes, median(ours))}  ${ratio.toFixed(2)}x AWS-LC`)
  }
  key.release()
}

/** Median nanoseconds of one seal, over samples that are long enough for the clock. */
function slice(seal: () => void): number {
  const samples: number[] = []
  const end = performance.now() + SLICE_MS
  for (let seals = 1; performance.now() < end; ) {
    const start = performance.now()
    for (let i = 0; i < seals; i++) seal()
    const ms = performance.now() - start
    if (ms < 0.1) seals *= 2
    else samples.push((ms * 1e6) / seals)
  }
  return median(samples)
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

function speed(bytes: number, nanoseconds: number): string {
  const perSecond = `${((bytes * 1e3) / nanoseconds).toFixed(0)} MB/s`
  return `${(nanoseconds / 1e3).toFixed(2).padStart(8)} us  ${perSecond.padStart(11)}`
}
