/**
 * `sealtrail` as src/cli/main.ts starts it, for served.mjs.
 */
import { run } from '../../../dist/cli/run.js'
import { processStdout } from '../../../dist/cli/terminal/stdout.js'

void run(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  stdout: processStdout(),
  stderr: process.stderr,
}).then((code) => process.exit(code))
