/**
 * Stdout, which may be full, or have nobody left who reads it.
 *
 * What is written has been said when the system has taken all of it: a command whose result did not arrive has
 * failed, and a reader who is gone (EPIPE) is told of like a full disk. Where stdout was closed before the start,
 * Node puts /dev/null in its place, and nothing can be noticed.
 *
 * @module
 */
import { write } from 'node:fs'
import { Duplex, Writable } from 'node:stream'

const STDOUT_FD = 1

/** Node's own, but not for a file: when a disk takes a piece in part, Node's takes it for written. */
export function processStdout(): Writable & { readonly fd: number } {
  if (process.stdout instanceof Duplex) return process.stdout
  return Object.assign(new Writable({ write: writeWhole }), { fd: STDOUT_FD })
}

/** Resolves when `stdout` has taken all of `piece`. @throws Error with the system's code. */
export function writeTo(stdout: Writable, piece: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(piece, (error) => {
      if (error) reject(unwritable(error))
      else resolve()
    })
  })
}

/** As `write` of a Writable: on until the disk has all of it, or says why not. */
function writeWhole(bytes: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
  write(STDOUT_FD, bytes, (error, bytesWritten) => {
    if (error || bytesWritten === bytes.length) done(error)
    else writeWhole(bytes.subarray(bytesWritten), _, done)
  })
}

function unwritable(cause: NodeJS.ErrnoException): Error {
  const { code = cause.name } = cause
  return Object.assign(new Error(`stdout could not be written (${code})`, { cause }), { code })
}
