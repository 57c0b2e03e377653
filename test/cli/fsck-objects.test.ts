/** `sealtrail fsck` of a directory with objects: everything is opened, and what is wrong has a name. */
import { createHash, randomBytes } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { customerKey } from '../s3/encryption/house.js'
import { LifecycleHouse } from '../s3/lifecycle/lifecycle-house.js'
import { sealtrail } from '../support/command.js'
import { openTestKms } from '../support/kms.js'
import { temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('fsck-objects')
afterAll(() => folder.remove())
const rootKey = `${folder.path}/made/root-key`
const made = `${folder.path}/made/data`
const MIB = 1024 * 1024
const MULTIPART = [5 * MIB, 300_000]
let crashed = ''
let copies = 0

/** Objects of every kind, by all who can open them, and by who cannot. */
beforeAll(async () => {
  mkdirSync(`${folder.path}/made`)
  const house = await LifecycleHouse.open(await openTestKms({ folder: `${folder.path}/made` }))
  const { s3, kms } = house
  const Bucket = await house.bucket('all-kinds')
  await s3.putBucketEncryption({
    Bucket,
    ServerSideEncryptionConfiguration: {
      Rules: [{ BlockedEncryptionTypes: { EncryptionType: ['NONE'] } }],
    },
  } as never)
  const [kept, gone] = await Promise.all([kms.kms.createKey({}), kms.kms.createKey({})])
  const underKms = (key: typeof kept, BucketKeyEnabled = false) => ({
    ...{ ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: key.KeyMetadata.KeyId },
    BucketKeyEnabled,
  })
  const put = (Key: string, bytes: number, members: object = {}) =>
    s3.putObject({ Bucket, Key, Body: randomBytes(bytes), ...members })
  await put('empty', 0)
  await put('small', 1000)
  await put('large', MIB)
  await put('kms', MIB, underKms(kept))
  await put('bucket-key', 1000, underKms(kept, true))
  const pairs = Buffer.from('{"tenant":"acme"}').toString('base64')
  await put('context', 1000, { ...underKms(kept), SSEKMSEncryptionContext: pairs })
  await put('deleted-key', 1000, underKms(gone))
  await put('customer', MIB, customerKey(7))
  await put('moved', 1000)
  const ObjectEncryption = { SSEKMS: { KMSKeyArn: kept.KeyMetadata.Arn } }
  await s3.updateObjectEncryption({ Bucket, Key: 'moved', ObjectEncryption })
  for (const [Key, members] of [
    ['in-parts', {}],
    ['in-parts-kms', underKms(kept, true)],
    ['open', {}],
  ] as const) {
    const target = { Bucket, Key }
    const begun = await s3.createMultipartUpload({ ...target, ...members })
    const { UploadId } = begun as { UploadId: string }
    const Parts = []
    for (const [i, bytes] of MULTIPART.entries()) {
      const part = { ...target, UploadId, PartNumber: i + 1, Body: randomBytes(bytes) }
      const { ETag } = (await s3.uploadPart(part)) as { ETag: string }
      Parts.push({ PartNumber: i + 1, ETag })
    }
    if (Key === 'open') continue
    await s3.completeMultipartUpload({ ...target, UploadId, MultipartUpload: { Parts } })
  }
  await kms.kms.scheduleKeyDeletion({ KeyId: gone.KeyMetadata.KeyId, PendingWindowInDays: 7 })
  kms.clock.addDays(8)
  await kms.service.confirmClock()
  // As a process leaves it that is killed.
  crashed = `${folder.path}/crashed`
  cpSync(made, crashed, { recursive: true })
  await house.close()
  await kms.close()
})

/** A copy that may be harmed. */
function copy(): string {
  const dataDir = `${folder.path}/copy-${copies++}`
  cpSync(made, dataDir, { recursive: true })
  return dataDir
}

async function fsck(dataDir: string, ...options: string[]) {
  const where = ['--data-dir', dataDir, '--root-key-file', rootKey]
  const { code, out, said } = await sealtrail(['fsck', ...where, ...options])
  return { code, text: out.toString(), said }
}

async function report(dataDir: string) {
  const { code, text } = await fsck(dataDir, '--json')
  return { code, ...JSON.parse(text) }
}

/** The files of larger objects that have this many bytes, sealed. */
function filesOf(dataDir: string, above: number, below: number): string[] {
  return readdirSync(join(dataDir, 'objects/files'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const { length } = readFileSync(path)
      return length > above && length < below
    })
}

function hashes(dataDir: string): Map<string, string> {
  const entries = readdirSync(dataDir, { recursive: true, withFileTypes: true })
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path, createHash('sha256').update(readFileSync(path)).digest('hex')]),
  )
}

function flip(path: string, offset: number): void {
  const bytes = readFileSync(path)
  bytes[offset]! ^= 1
  writeFileSync(path, bytes)
}

describe('fsck of objects', () => {
  it('opens every one of them, says which it cannot, and changes nothing', async () => {
    const before = hashes(made)
    const { code, text } = await fsck(made)
    expect(text).toMatch(/^objects: 12 read, and every tag of the \d+ bytes that open$/m)
    expect(text).toContain("1 of them not openable without the customer's key, structure checked")
    expect(text).toContain('1 of them under KMS keys that were deleted, structure checked')
    expect(text).toMatch(/\nsound\n$/)
    expect(code).toBe(0)
    expect(hashes(made)).toEqual(before)
  })

  it('counts the bytes that it opened', async () => {
    const { sealed } = await report(made)
    const whole = 0 + 1000 + MIB + MIB + 1000 + 1000 + 1000
    const inParts = 3 * (5 * MIB + 300_000)
    expect(sealed).toMatchObject({ bytes: whole + inParts, damage: [] })
  })

  it('opens those that a killed process left', async () => {
    const { code, text } = await fsck(crashed)
    expect(text).toMatch(/^objects: 12 read/m)
    expect(code).toBe(0)
  })

  it('names bucket, key, frame, file and place of a byte that is another', async () => {
    const dataDir = copy()
    for (const path of filesOf(dataDir, MIB, MIB + 10_000)) flip(path, 200_000)
    const { code, sealed } = await report(dataDir)
    expect(code).toBe(3)
    expect(sealed.damage).toHaveLength(2)
    for (const one of sealed.damage) {
      expect(one).toMatchObject({
        ...{ bucket: 'all-kinds', key: expect.stringMatching(/^(large|kms)$/), version: 'null' },
        ...{ frame: 4, reason: 'frame 4 is not what was sealed' },
      })
      expect(existsSync(one.file)).toBe(true)
      expect(200_000 - one.offset).toBeLessThan(64 * 1024 + 32)
      expect(200_000 - one.offset).toBeGreaterThan(0)
    }
    const { text } = await fsck(dataDir)
    expect(text).toMatch(
      /^DAMAGED: s3:\/\/all-kinds\/large, frame 4: frame 4 is not .* at byte \d+\)$/m,
    )
    expect(text).toMatch(/\nput damaged objects back from a copy\n$/)
  })

  it('names the part of an object, and of an upload', async () => {
    const dataDir = copy()
    for (const path of filesOf(dataDir, 300_000, 310_000)) flip(path, 1000)
    const { sealed } = await report(dataDir)
    const named = sealed.damage.map(({ key, part }: { key: string; part: number }) => [key, part])
    expect(named.sort()).toEqual([
      ['in-parts', 2],
      ['in-parts-kms', 2],
      ['open', 2],
    ])
  })

  it('finds a header that is another, and bytes that were put where others were', async () => {
    const dataDir = copy()
    const [one, other, ...more] = filesOf(dataDir, 5 * MIB, 6 * MIB)
    renameSync(one!, `${one}.away`)
    renameSync(other!, one!)
    renameSync(`${one}.away`, other!)
    flip(more[0]!, 40)
    const { code, sealed } = await report(dataDir)
    expect(code).toBe(3)
    expect(sealed.damage).toHaveLength(3)
    expect(new Set(sealed.damage.map(({ part }: { part: number }) => part))).toEqual(new Set([1]))
  })

  it('names what is not there', async () => {
    const dataDir = copy()
    for (const path of filesOf(dataDir, MIB, MIB + 10_000)) rmSync(path)
    const { code, sealed } = await report(dataDir)
    expect(code).toBe(3)
    const keys = sealed.damage.map(({ key, reason }: { key: string; reason: string }) => [
      key,
      /the file is missing/.test(reason),
    ])
    expect(keys.sort()).toEqual([
      ['customer', true],
      ['kms', true],
      ['large', true],
    ])
  })

  it('opens none without the root key file, makes none, and says so', async () => {
    const dataDir = copy()
    const none = `${folder.path}/no-root-key`
    const args = ['fsck', '--data-dir', dataDir, '--root-key-file', none]
    const { code, out } = await sealtrail(args)
    expect(out.toString()).toContain('objects: none was opened, as the root key file is not there')
    expect([code, existsSync(none)]).toEqual([0, false])
  })

  it('refuses another root key', async () => {
    const other = `${folder.path}/other`
    await sealtrail(['keys', 'list', '--data-dir', other])
    const key = `${other}.root-key`
    const args = ['fsck', '--data-dir', made, '--root-key-file', key]
    const { code, said } = await sealtrail(args)
    expect(code).toBeGreaterThan(0)
    expect(said).toContain('(RootKeyUnusable)')
  })

  it('makes rows that were lost again for itself, from the journal', async () => {
    const dataDir = copy()
    for (const suffix of ['', '-wal', '-shm']) {
      rmSync(join(dataDir, `objects.sqlite${suffix}`), { force: true })
    }
    const { code, text } = await fsck(dataDir)
    expect(text).toMatch(/^the next start mends: .*objects\.sqlite/m)
    expect(text).toMatch(/^objects: 12 read/m)
    expect(code).toBe(0)
    expect(existsSync(join(dataDir, 'objects.sqlite'))).toBe(false)
  })
})
