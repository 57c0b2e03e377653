/**
 * Puts, replaces and removes blobs, several at a time, as a process whose disk is traced.
 *
 *     node blob-writing-child.mjs <root> <lines> <puts> <seed>
 *
 * Appends a line to `lines` for each row: { name, ref, size, text } once its blob is safe, { name } before it is removed.
 */
import { createHash } from 'node:crypto'
import { openSync, writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openBlobs } from '../../../dist/store/blobs/open-blobs.js'
import { chanceOf } from './clients.mjs'

const WRITERS = 4
const SIZES = [0, 1, 100, 5000, 70_000, 80_000, 300_000]

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(...process.argv.slice(2))

async function main(root, lines, puts, seed) {
  const chance = chanceOf(Number(seed))
  const file = openSync(lines, 'a')
  const tell = (row) => writeSync(file, `${JSON.stringify(row)}\n`)
  const blobs = await openBlobs(root)
  const write = async (_, writer) => {
    for (let i = 0; i < puts / WRITERS; i++) {
      const size = SIZES[Math.floor(chance() * SIZES.length)]
      const [name, text] = [`${seed} ${writer} ${i % 5}`, `${seed} ${writer} ${i}`]
      const ref = await blobs.put(bytesOf(size, text))
      tell({ name, ref, size, text })
      blobs.settle([ref])
      if (chance() > 0.3) continue
      tell({ name })
      await blobs.remove([ref])
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, write))
  await blobs.close()
}

export function bytesOf(size, text) {
  return Buffer.alloc(size, createHash('sha512').update(text).digest())
}
