/**
 * `npm start`: the set-up, then the server, in one process.
 *
 * npm hands a signal to the shell that it started, and waits for that. With `exec` the shell becomes this process,
 * so the signal ends the server and npm ends after it; a shell that stays in between dies alone and leaves the
 * server behind. For cmd.exe, which has no `exec`, there is exec.cmd. What follows `npm start --` are options
 * of `serve`.
 */
import './setup.mjs'

process.argv.splice(1, 1, 'dist/cli/main.js', 'serve')
await import('../dist/cli/main.js')
