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
const stdout: Writable =
  process.stdout instanceof Duplex ? process.stdout : new Writable({ write: writeWhole })

// Whoever writes hears of it; without a listener the error would end the process on its own.
for (const stream of [stdout, process.stderr]) stream.on('error', () => undefined)

/** Resolves when all of `piece` has been taken. @throws Error with the system's code. */
export function toStdout(piece: string | Uint8Array): Promise<void> {
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
