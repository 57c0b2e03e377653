/**
 * Lays out a directory of an earlier version and starts it, as a process whose disk is traced.
 *
 *     node older-child.mjs <root> <lines> <stored> <base>
 *
 * `stored` is one of test/data/directories/; `base` is `view` (no snapshot is as it was) or `snapshot` (no view is there).
 * Appends a line to `lines` when all is laid out and synced, and when a fact is safe.
 */
import { closeSync, fsyncSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { chooseEngines } from '../../../dist/engine/choose.js'
import { openRoot } from '../../../dist/root/root.js'
import { openStore } from '../../../dist/store/store.js'
import { layOut } from './directories.mjs'

const [root, lines, stored, base] = process.argv.slice(2)
const tell = (text) => {
  const file = openSync(lines, 'a')
  writeSync(file, `${JSON.stringify(text)}\n`)
  closeSync(file)
}
const sync = (path) => {
  const descriptor = openSync(path, 'r')
  fsyncSync(descriptor)
  closeSync(descriptor)
}
const folders = new Set([root])
layOut(stored, root, (path) => {
  if (base === 'view' && path.includes('/snapshots/')) truncateSync(path, 100)
  sync(path)
  for (let above = dirname(path); above !== root; above = dirname(above)) folders.add(above)
})
if (base === 'snapshot') rmSync(join(root, 'data/sealtrail.sqlite'))
for (const folder of folders) sync(folder)
tell('laid out')
const path = join(root, 'root-key')
const rootKey = await openRoot({ kind: 'file', path }, chooseEngines('node').small)
const store = await openStore({ dataDir: join(root, 'data'), scribe: false })
await store.seal(rootKey.markKey)
const row = { name: 'later', value: Buffer.alloc(8) }
await store.commit({ changes: [{ put: 'meta', row }] })
tell('later')
await store.close()
