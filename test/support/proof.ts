/** The proofs of scripts/proofs/, in their small form, and whether the disk that some of them need can be had. */
import { spawn, spawnSync } from 'node:child_process'

export interface ProofReport {
  /** Draws the same states again. */
  readonly seed: number
  readonly states: number
  /** Each is something that must not be. */
  readonly findings: ReadonlyArray<Record<string, unknown>>
  /** What a test that fails says: the seed, and each finding whole. Reporters cut values short, and no message. */
  readonly told: string
}

const FINDINGS_TOLD = 40

/** Why the disk of test/support/disk-faults/ cannot be had here; undefined when it can. */
export const diskProblem = problem()
if (diskProblem !== undefined) {
  process.stderr.write(`not tested: a disk that fails: ${diskProblem}\n`)
}

function problem(): string | undefined {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  if (header.glibcVersionRuntime === undefined) return 'it needs Linux with glibc'
  return spawnSync('cc', ['--version']).status === 0 ? undefined : 'it needs a C compiler (cc)'
}

/** Runs the script to its end, whatever it finds. TEST_SEED is its seed. */
export async function proofOf(
  script: string,
  options: Record<string, number>,
): Promise<ProofReport> {
  const seed = process.env.TEST_SEED
  const given = Object.entries(seed === undefined ? options : { ...options, seed }).flatMap(
    ([name, value]) => [`--${name}`, String(value)],
  )
  const child = spawn(process.execPath, [script, '--json', '--parallel', '1', ...given], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, said] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (out === '') throw new Error(`${script} ended with ${code}: ${said}`)
  const report = JSON.parse(out) as Omit<ProofReport, 'told'>
  return { ...report, told: toldOf(report) }
}

function toldOf({ seed, findings }: Omit<ProofReport, 'told'>): string {
  const whole = findings.slice(0, FINDINGS_TOLD).map((finding) => JSON.stringify(finding))
  const more = findings.length - whole.length
  return [`TEST_SEED=${seed}`, ...whole, ...(more > 0 ? [`and ${more} more`] : [])].join('\n')
}
