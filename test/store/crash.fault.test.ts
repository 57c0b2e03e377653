/**
 * What a store promises to those it answered, when its process is killed or its disk refuses.
 *
 * A child process writes (writing-child.mjs) and tells through a pipe what was acknowledged.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { openStore } from '../../src/store/store.js'
import { seededChance } from '../support/seed.js'
import { fact, record, records, versions } from './suite.js'
import { temporaryDirs } from './temporary.js'

const newDir = temporaryDirs('crash')
const script = fileURLToPath(new URL('./writing-child.mjs', import.meta.url))
const chance = seededChance()
const NO_LIMIT = '1000000000'

interface Child {
  readonly lines: string[]
  readonly acknowledged: string[]
  readonly errors: string
}

/**
 * Runs the child until it ends; `afterMs` after its first acknowledgement, or after its start when
 * `fromStart`, it is killed.
 */
async function runChild(
  command: readonly string[],
  kill?: { afterMs: number; fromStart: boolean },
): Promise<Child> {
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  let timer: NodeJS.Timeout | undefined
  const killLater = () => {
    timer ??= setTimeout(() => child.kill('SIGKILL'), kill!.afterMs)
  }
  if (kill?.fromStart) killLater()
  const reader = createInterface(child.stdout)
  reader.on('line', (line) => {
    lines.push(line)
    if (kill !== undefined && line.startsWith('ack')) killLater()
  })
  await Promise.all([once(child, 'exit'), once(reader, 'close')])
  clearTimeout(timer)
  const acknowledged = lines.flatMap((line) => (line.startsWith('ack ') ? [line.slice(4)] : []))
  return { lines, acknowledged, errors }
}

/** Opens what the child left, and gives the keys, having checked that each group is whole. */
async function survivors(dataDir: string): Promise<Set<string>> {
  const store = await openStore({ dataDir })
  const keys = await store.read(
    store.query.selectFrom('kms_key').select(['key_id', 'shred_id']).compile(),
  )
  const materials = await store.read(
    store.query.selectFrom('kms_material').select(['key_id', 'wrapped']).compile(),
  )
  const objects = (await versions(store)).map(({ object_key }) => object_key)
  const told = await records(store)
  const shreds = await Promise.all(keys.map(({ shred_id }) => store.shred(shred_id)))
  await store.close()
  const ids = keys.map(({ key_id }) => key_id).sort()
  expect(materials.map(({ key_id }) => key_id).sort()).toEqual(ids)
  expect(objects.sort()).toEqual(ids)
  expect(told.map(({ record }) => record).sort()).toEqual(ids.map(record).sort())
  const spoiled = [
    ...materials.filter(({ key_id, wrapped }) => Buffer.alloc(128, key_id).compare(wrapped!) !== 0),
    ...keys.filter(({ key_id }, i) => Buffer.alloc(128, key_id).compare(shreds[i]!) !== 0),
  ]
  expect(spoiled).toEqual([])
  return new Set(ids)
}

describe('a store whose process is killed', () => {
  it('has everything that was acknowledged, and no half of a group, 15 times over', async () => {
    const acknowledged: string[] = []
    const dataDir = newDir()
    for (let round = 1; round <= 15; round++) {
      const command = [process.execPath, script, dataDir, `round ${round}`, NO_LIMIT]
      const child = await runChild(command, { afterMs: chance() * 40, fromStart: false })
      expect(child.lines).not.toContain('closed')
      acknowledged.push(...child.acknowledged)
      if (round % 5 !== 0) continue
      const found = await survivors(dataDir)
      expect(acknowledged.filter((id) => !found.has(id))).toEqual([])
    }
    expect(acknowledged.length).toBeGreaterThan(15)
  })

  it('opens again, at whatever moment of its first start that was', async () => {
    for (let round = 0; round < 8; round++) {
      const dataDir = newDir()
      const command = [process.execPath, script, dataDir, 'first', NO_LIMIT]
      // From before the directory is there until after the first commits.
      await runChild(command, { afterMs: 60 + round * 22, fromStart: true })
      const found = await survivors(dataDir)
      const store = await openStore({ dataDir })
      await store.commit({ changes: [fact('a')] })
      await store.close()
      expect(await survivors(dataDir)).toEqual(found)
    }
  })
})

describe('a store on a disk that refuses to grow', () => {
  // The write that crosses the limit fails with EFBIG, wherever it happens to be.
  const limitTo = (kibibytes: number) => [
    '/bin/sh',
    '-c',
    `ulimit -f ${kibibytes * 2}; exec "$0" "$@"`,
    process.execPath,
    script,
  ]

  it.each([450, 500, 1000])(
    'acknowledges only what is there, with files of %i KiB at most',
    async (kibibytes) => {
      const dataDir = newDir()
      const child = await runChild([...limitTo(kibibytes), dataDir, 'small', '2000'])
      expect(child.lines).toContain('no StoreFailed')
      expect(child.lines.at(-1)).toBe('closed')
      const found = await survivors(dataDir)
      expect(child.acknowledged.filter((id) => !found.has(id))).toEqual([])
      expect(child.acknowledged.length).toBeGreaterThan(0)
    },
  )

  it('says that it cannot be made, and can be made later', async () => {
    const dataDir = newDir()
    const child = await runChild([...limitTo(64), dataDir, 'small', '1'])
    expect(child.errors).toMatch(/sealtrail\.sqlite cannot be opened: disk I\/O error/)
    expect(await survivors(dataDir)).toEqual(new Set())
  })
})
