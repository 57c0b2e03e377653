/**
 * The rooms import one way, and each outside thing has one door.
 *
 * The table is the architecture: changing it means changing ARCHITECTURE.md in the same commit.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOMS = [
  ['errors', 'invariant', 'clock', 'config', 'given'],
  ['bytes'],
  ['engine'],
  ['gzip'],
  ['message'],
  ['pool'],
  ['store'],
  ['root'],
  ['audit'],
  ['iam'],
  ['kms'],
  ['http'],
  ['sealed-objects', 'sealtrail', 'index'],
  ['cli'],
]

const DOORS: ReadonlyArray<{ thing: string; pattern: RegExp; only: RegExp }> = [
  {
    thing: 'the environment',
    pattern: /process\.env|process\.argv/,
    only: /^(config|cli\/.*)\.ts$/,
  },
  { thing: 'standard output', pattern: /process\.std(out|err)|console\./, only: /^cli\// },
  { thing: 'the wall clock', pattern: /Date\.now\(|new Date\(\)/, only: /^clock\.ts$/ },
  {
    thing: 'randomness',
    pattern: /\b(randomBytes|randomFillSync|randomInt|randomUUID|getRandomValues|Math\.random)\b/,
    only: /^(engine|bytes)\//,
  },
  { thing: 'the network', pattern: /from 'node:(http|https|net|tls)'/, only: /^http\/server\.ts$/ },
  { thing: 'threads', pattern: /from '(node:worker_threads|piscina)'/, only: /^pool\// },
  { thing: 'the database', pattern: /from '@photostructure\/sqlite'/, only: /^store\// },
]

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(join('src', file), 'utf8') }))

function roomOf(file: string): number {
  const room = file.includes('/') ? file.split('/')[0]! : file.replace(/\.ts$/, '')
  return ROOMS.findIndex((rooms) => rooms.includes(room))
}

function importsOf(file: string, text: string): string[] {
  const folder = file.split('/').slice(0, -1)
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, source]) => {
    const path = [...folder]
    for (const step of source!.split('/')) {
      if (step === '..') path.pop()
      else if (step !== '.') path.push(step)
    }
    return path.join('/').replace(/\.js$/, '.ts')
  })
}

describe('a room', () => {
  it.each(files.map(({ file }) => file))('is known: %s', (file) => {
    expect(roomOf(file)).toBeGreaterThanOrEqual(0)
  })

  it.each(files)('of $file imports itself and rooms to its left only', ({ file, text }) => {
    const toTheRight = importsOf(file, text).filter((source) => roomOf(source) > roomOf(file))
    expect(toTheRight).toEqual([])
  })
})

describe('a door', () => {
  it.each(DOORS)('is the only way to $thing', ({ pattern, only }) => {
    const intruders = files.filter(({ file, text }) => pattern.test(text) && !only.test(file))
    expect(intruders.map(({ file }) => file)).toEqual([])
  })
})
