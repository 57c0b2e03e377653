/**
 * Looks for secrets in core dumps of a real `serve`, on as many versions of Node as are named.
 *
 *     node scripts/memory-scan.mjs [--save] <node> …      --save also writes bench/results/memory-scan.txt
 *
 * Needs Linux and gdb's gcore. What is done, and how secrets are known, is in test/acceptance/memory-scan.mjs;
 * the tests do the same in running processes. Ends with 1 when a secret is found that SECURITY.md does not name,
 * or when the control does not find what was planted.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

/** Its base64 came in the request's JSON: SECURITY.md. */
const SENT_AS_TEXT = 'text of Encrypt'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { save: { type: 'boolean', default: false } },
})
const nodes = positionals.length > 0 ? positionals : [process.execPath]
const runs = nodes.map((node) => ({ found: scan(node), control: scan(node, '--plant') }))
const text = report()
process.stdout.write(text)
if (values.save) writeFileSync('bench/results/memory-scan.txt', text)
process.exitCode = runs.every(isAsPromised) ? 0 : 1

function scan(node, ...options) {
  const script = 'test/acceptance/memory-scan.mjs'
  const stdio = ['ignore', 'pipe', 'ignore']
  return JSON.parse(execFileSync(node, [script, '--core', ...options], { stdio }))
}

function isAsPromised({ found, control }) {
  const kinds = found.scans.flatMap(({ outside }) => Object.keys(outside))
  const isPlanted = control.scans.every(({ outside }) => outside.planted !== undefined)
  return found.engine === 'native' && isPlanted && kinds.every((kind) => kind === SENT_AS_TEXT)
}

function report() {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  const date = new Date().toISOString().slice(0, 10)
  const lines = [
    'Secrets found in core dumps of sealtrail serve, and of a program with sealtrail inside',
    '',
    `Node    ${runs.map(({ found }) => found.node).join(', ')}`,
    `commit  ${commit}`,
    `date    ${date}`,
    `engine  ${[...new Set(runs.map(({ found }) => found.engine))].join(', ')}`,
    'forms   bytes, hex, base64, the texts in UTF-16 as well, each by halves; AES round keys 2 and 3',
    'counts  copies found, of all secrets of a kind together',
  ]
  for (const [i, { what, secrets }] of runs[0].found.scans.entries()) {
    lines.push(
      '',
      row(what, 'secrets', (run) => run.found.node),
    )
    for (const [kind, count] of Object.entries(secrets)) {
      lines.push(row(`  ${kind}`, count, ({ found }) => copies(found.scans[i].outside[kind])))
    }
    const planted = ({ control }) => copies(control.scans[i].outside.planted)
    lines.push(row('  the control: planted', 1, planted))
  }
  return `${lines.join('\n')}\n`
}

function row(name, count, cell) {
  return `${name.padEnd(28)}${String(count).padStart(7)}${runs.map((run) => String(cell(run)).padStart(24)).join('')}`
}

/** Of halves that lie together one is counted. */
function copies(forms = {}) {
  const whole = Object.entries(forms).filter(([form]) => !form.includes('end'))
  if (whole.length === 0) return Object.keys(forms).length === 0 ? '0' : 'halves'
  const sum = whole.reduce((total, [, times]) => total + times, 0)
  const names = whole.length > 2 ? `${whole.length} forms` : whole.map(([form]) => form).join(', ')
  return `${sum} (${names})`
}
