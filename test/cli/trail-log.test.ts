/** `sealtrail trail`: the log of all records, and proofs from it, as an operator and a stranger use them. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSealtrail } from '../../src/index.js'
import { forge } from '../proofs/forge.mjs'
import { sealtrail } from '../support/command.js'
import { temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('cli-trail-log')
const at = (name: string) => `${folder.path}/${name}`
const dataDir = at('data')
const run = async (...args: string[]) => {
  const { code, out, said } = await sealtrail(['trail', ...args, '--data-dir', dataDir])
  return { code, out: out.toString(), said }
}
/** Keeps what a command printed. */
const kept = async (name: string, ...args: string[]) => {
  const { code, out } = await run(...args)
  expect(code).toBe(0)
  writeFileSync(at(name), out)
  return out
}

let eventId: string
let record: string
beforeAll(async () => {
  const house = await openSealtrail({ dataDir })
  await house.kms.createKey({})
  const [newest] = await house.records({ limit: 1 })
  record = newest!.record
  eventId = JSON.parse(record).eventID
  await house.close()
})
afterAll(() => folder.remove())

describe('the log of a directory', () => {
  it('is not there before somebody asks', async () => {
    expect(await run('check-log')).toMatchObject({
      code: 2,
      said: expect.stringMatching(/no log was begun/),
    })
  })

  it('gives a stranger all that he needs to check a record, and nothing of the house', async () => {
    const key = (await kept('key', 'log-key')).trim()
    expect(key).toMatch(/^sealtrail\/[0-9a-f]{32}\+[0-9a-f]{8}\+\S{44}$/)
    await kept('proof', 'prove', eventId)
    const verified = await sealtrail(['trail', 'verify-proof', at('proof'), '--key', key])
    expect([verified.code, verified.out.toString()]).toEqual([0, `${record}\n`])
    writeFileSync(at('tampered'), readFileSync(at('proof'), 'utf8').replace('index ', 'index 1'))
    const refused = await sealtrail(['trail', 'verify-proof', at('tampered'), '--key', key])
    expect([refused.code, refused.said]).toEqual([3, expect.stringMatching(/this proves nothing/)])
  })

  it('shows that it only grew since a checkpoint that was kept', async () => {
    const key = readFileSync(at('key'), 'utf8').trim()
    await kept('older', 'checkpoint')
    const house = await openSealtrail({ dataDir })
    await house.kms.createKey({})
    await house.close()
    await kept('growth', 'checkpoint', '--since', at('older'))
    const since = ['--since', at('older'), '--key', key]
    const { code, out } = await sealtrail(['trail', 'verify-proof', at('growth'), ...since])
    expect([code, out.toString()]).toEqual([
      0,
      expect.stringMatching(/^the log grew from \d+ to \d+/),
    ])
    const other = ['--since', at('growth'), '--key', key]
    expect((await sealtrail(['trail', 'verify-proof', at('growth'), ...other])).code).toBe(3)
  })

  it('is written as static files', async () => {
    await kept('written', 'write-log', at('static'))
    const [, size] = readFileSync(at('static/checkpoint'), 'utf8').split('\n')
    expect(readFileSync(at(`static/tile/0/000.p/${size}`))).toHaveLength(32 * Number(size))
  })

  it('is held against the journal', async () => {
    const { code, out } = await run('check-log', '--checkpoint', at('older'))
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^\d+ sequence .*all as they were signed\n$/),
    ])
  })

  it('names the record that somebody with the root key has changed', async () => {
    const target = at('forged')
    const rootKeyFile = `${dataDir}.root-key`
    const house = await openSealtrail({ dataDir })
    const { seq } = (await house.records({ eventId }))[0]!
    await house.close()
    const changes = new Map([[seq, [record.replace('CreateKey', 'ListKeys')]]])
    await forge({ source: dataDir, target, rootKeyFile, changes })
    const places = ['--data-dir', target, '--root-key-file', rootKeyFile]
    const found = await sealtrail(['trail', 'check-log', ...places, '--json'])
    expect(found.code).toBe(3)
    expect(JSON.parse(found.out.toString())).toMatchObject({
      problem: { kind: 'record', sequence: seq, eventId },
    })
    rmSync(target, { recursive: true })
  })

  it.each([
    [['prove', 'nothing'], 2, /no record with the eventID nothing/],
    [['checkpoint', '--since', '/nowhere'], 2, /\/nowhere is not there/],
    [['verify-proof', '/nowhere', '--key', 'k'], 2, /\/nowhere is not there/],
    [['verify-proof', '/nowhere'], 2, /--key/],
  ])('says what is wrong with %j', async (args, code, says) => {
    const refused =
      args[0] === 'verify-proof' ? await sealtrail(['trail', ...args]) : await run(...args)
    expect([refused.code, refused.said]).toEqual([code, expect.stringMatching(says)])
  })
})
