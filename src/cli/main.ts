#!/usr/bin/env node
/**
 * The command as a process: its arguments, its streams, its exit code. What it does is run.ts.
 *
 * @module
 */
import { run } from './run.js'
import { processStdout } from './terminal/stdout.js'

const UNREAD_MS = 1000

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  // Opened only when it is read.
  get stdin() {
    return process.stdin
  },
  stdout: processStdout(),
  stderr: process.stderr,
})
// What was said to somebody who does not read is not waited for.
setTimeout(() => process.exit(), UNREAD_MS).unref()
