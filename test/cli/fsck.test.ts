/** `sealtrail fsck`, and `keys expire`: what an operator does by hand. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { openSealtrail } from '../../src/index.js'
import { sealtrail } from '../support/command.js'
import { temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('fsck')
afterAll(() => folder.remove())
let count = 0

/** A directory with two keys. */
async function newDir(): Promise<string> {
  const dataDir = `${folder.path}/${count++}`
  const house = await openSealtrail({ dataDir })
  for (const Description of ['first', 'second']) await house.kms.createKey({ Description })
  await house.close()
  return dataDir
}

async function fsck(dataDir: string, ...options: string[]) {
  const { code, out } = await sealtrail(['fsck', '--data-dir', dataDir, ...options])
  return { code, said: out.toString() }
}

async function repaired(dataDir: string, rootKeyFile: string): Promise<[number | null, string]> {
  const args = ['fsck', '--data-dir', dataDir, '--root-key-file', rootKeyFile]
  const { code, out, said } = await sealtrail([...args, '--repair', '--yes'])
  return [code, `${out}${said}`]
}

function harm(dataDir: string): void {
  const path = `${dataDir}/journal/000000000000001.seal`
  const bytes = readFileSync(path)
  bytes[bytes.indexOf('"second"')]! ^= 1
  writeFileSync(path, bytes)
}

describe('fsck', () => {
  it('says that a sound directory is sound', async () => {
    const { code, said } = await fsck(await newDir())
    expect(code).toBe(0)
    expect(said).toMatch(/^journal: 2 records, sequences 1 to \d+ as they were written\nsound\n$/)
  })

  it('makes no root key for a repair where the file of the old one is missing', async () => {
    const dataDir = await newDir()
    harm(dataDir)
    const path = `${folder.path}/root-key-away`
    const [code, said] = await repaired(dataDir, path)
    expect(code).toBe(1)
    expect(said).toMatch(
      /root-key-away is missing, and a repair is sealed with it: .* \(RootKeyUnusable\)/,
    )
    expect(existsSync(path)).toBe(false)
    expect((await fsck(dataDir, '--repair', '--yes')).code).toBe(0)
  })

  it('does not call a directory sound whose mark was written without the root key', async () => {
    const dataDir = await newDir()
    const path = `${dataDir}/journal/mark`
    const bytes = readFileSync(path)
    for (const at of [0, 512]) {
      if (bytes[at] === 0) continue
      bytes[at + 224]! ^= 1
      bytes.writeUInt32BE(crc32(bytes.subarray(at, at + 256)), at + 256)
    }
    writeFileSync(path, bytes)
    const { code, said } = await sealtrail(['fsck', '--data-dir', dataDir])
    expect(code).toBe(3)
    expect(said).toMatch(/journal\/mark: it is not sealed by this root key: .* \(StoreDamaged\)/)
  })

  it('tells the price, takes it when told to, and never before', async () => {
    const dataDir = await newDir()
    harm(dataDir)
    for (const options of [[], ['--repair'], ['--yes']]) {
      const { code, said } = await fsck(dataDir, ...options)
      expect(code).toBe(3)
      expect(said).toMatch(/DAMAGED: .*\.seal at byte \d+: a block is not as it was written/)
      expect(said).toMatch(/a repair gives up sequences \d+ to \d+, which were acknowledged/)
      expect(said).toContain('nothing was changed')
    }
    const { code, out } = await sealtrail(['keys', 'list', '--json', '--data-dir', dataDir])
    expect([code, JSON.parse(out.toString()).error.code]).toEqual([3, 'StoreDamaged'])
    const repaired = await fsck(dataDir, '--repair', '--yes')
    expect(repaired.code).toBe(0)
    expect(repaired.said).toMatch(
      /repaired; what was given up lies in journal\/lost-…[\s\S]*sound\n$/,
    )
    const house = await openSealtrail({ dataDir })
    expect((await house.kms.listKeys({})).Keys).toHaveLength(1)
    await house.close()
  })

  it('says whose key material is gone, before and after it lets the directory start without', async () => {
    const dataDir = await newDir()
    for (const name of ['shreds-a', 'shreds-b']) writeFileSync(`${dataDir}/${name}`, '')
    const before = await fsck(dataDir, '--repair')
    expect(before.code).toBe(3)
    expect(before.said).toMatch(/DAMAGED: .*shreds-b: both have lost the shred [0-9a-f]{32}, which/)
    expect(before.said.match(/a repair gives up the material of key /g)).toHaveLength(2)
    expect(before.said).toContain('a repair gives up no record that was acknowledged')
    const repaired = await fsck(dataDir, '--repair', '--yes')
    expect(repaired.code).toBe(0)
    expect(repaired.said).not.toContain('journal/lost-')
    expect(repaired.said).toMatch(/repaired\n[\s\S]*GONE: the material of key .*\nsound\n$/)
    const house = await openSealtrail({ dataDir })
    expect((await house.kms.listKeys({})).Keys).toHaveLength(2)
    await house.close()
  })

  it('says all of it as JSON too', async () => {
    const dataDir = await newDir()
    harm(dataDir)
    const { said } = await fsck(dataDir, '--json')
    expect(JSON.parse(said)).toMatchObject({
      damage: [{ reason: 'a block is not as it was written' }, { sequence: expect.any(Number) }],
      price: { from: expect.any(Number), to: expect.any(Number) },
      isRepaired: false,
    })
  })

  it('is for a directory that is there and not in use', async () => {
    expect((await fsck(`${folder.path}/none`)).code).toBe(1)
    const dataDir = await newDir()
    const house = await openSealtrail({ dataDir })
    expect((await fsck(dataDir)).code).toBe(1)
    await house.close()
  })
})

describe('keys expire', () => {
  it('deletes nothing that is not due', async () => {
    const dataDir = await newDir()
    const { code, out } = await sealtrail(['keys', 'expire', '--data-dir', dataDir])
    expect([code, out.toString()]).toEqual([0, 'deleted: 0\n'])
  })
})
