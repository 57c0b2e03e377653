/**
 * Makes the stored directories, with the build of a version that wrote them:
 *
 *     node make.mjs <clone, built> v<number>        writes v<number>-whole.json.gz and v<number>-trimmed.json.gz beside this file
 *
 * What makes a directory large is made small in that build first: segments of 16 KiB, a snapshot after 40 changes, and for
 * `recordDays` days of a millisecond. The formats are as they were. What they are, and how this was used: README.md.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'

const [clone, version] = process.argv.slice(2)
const build = resolve(clone)
const SMALL = [
  ['store/journal/segment.js', 'SEGMENT_BYTES = 64 * 1024 * 1024', 'SEGMENT_BYTES = 16 * 1024'],
  ['store/thread/snapshots.js', 'CHANGES_MAX = 50_000', 'CHANGES_MAX = 40'],
  ['store/store.js', 'DAY_MS = 24 * 60 * 60 * 1000', 'DAY_MS = 1'],
]
for (const [name, large, small] of SMALL) {
  const path = join(build, 'dist', name)
  const text = readFileSync(path, 'utf8')
  if (!text.includes(large) && !text.includes(small)) throw new Error(`${path} has no ${large}`)
  writeFileSync(path, text.replace(large, small))
}
const { openSealtrail } = await import(pathToFileURL(join(build, 'dist/index.js')))
const BUCKET = 'things'
const SEED = `
accounts:
  - account: "000000000000"
    users:
      - name: alice
        path: /staff/
        tags: { team: blue }
        inlinePolicies:
          use: { Version: "2012-10-17", Statement: { Effect: Allow, Action: "kms:*", Resource: "*" } }
    roles:
      - name: reader
        trustPolicy: { Version: "2012-10-17", Statement: { Effect: Allow, Action: "sts:AssumeRole", Principal: { AWS: "000000000000" } } }
`

/** Everything that its version knows and that leaves a row. */
async function make(name, recordDays) {
  const root = mkdtempSync(join(tmpdir(), 'sealtrail-directory-'))
  const seed = join(root, 'seed.yaml')
  writeFileSync(seed, SEED, { mode: 0o600 })
  const options = { dataDir: join(root, 'data'), rootKeyFile: join(root, 'root-key'), threads: 1 }
  const house = await openSealtrail({ ...options, seed, recordDays, region: 'us-east-1' })
  const { kms, s3, cloudtrail } = house
  const blobs = []
  const encrypt = async (KeyId, plaintext, context) => {
    const asked = { KeyId, Plaintext: Buffer.from(plaintext), EncryptionContext: context }
    const { CiphertextBlob } = await kms.encrypt(asked)
    blobs.push({ keyId: KeyId, plaintext, context, blob: Buffer.from(CiphertextBlob).toString('base64') })
  }
  const keyIds = []
  for (let i = 0; i < 6; i++) {
    const Tags = [{ TagKey: 'number', TagValue: String(i) }]
    const { KeyMetadata } = await kms.createKey({ Description: `Größe ${i}`, Tags })
    keyIds.push(KeyMetadata.KeyId)
    await kms.createAlias({ AliasName: `alias/k${i}`, TargetKeyId: KeyMetadata.KeyId })
    await encrypt(KeyMetadata.KeyId, `of key ${i}`, { number: String(i) })
  }
  const GranteePrincipal = 'arn:aws:iam::000000000000:user/staff/alice'
  const grant = { GranteePrincipal, Operations: ['Decrypt', 'Encrypt'], Name: 'for-alice' }
  const { GrantId } = await kms.createGrant({ KeyId: keyIds[0], ...grant })
  await kms.createGrant({ KeyId: keyIds[1], ...grant, Constraints: { EncryptionContextEquals: { number: '1' } } })
  await kms.revokeGrant({ KeyId: keyIds[0], GrantId })
  await kms.disableKey({ KeyId: keyIds[2] })
  await kms.scheduleKeyDeletion({ KeyId: keyIds[3], PendingWindowInDays: 30 })
  if (kms.rotateKeyOnDemand !== undefined) {
    await kms.rotateKeyOnDemand({ KeyId: keyIds[4] })
    await encrypt(keyIds[4], 'of key 4, rotated', {})
    await kms.enableKeyRotation({ KeyId: keyIds[5], RotationPeriodInDays: 365 })
  }
  await s3.createBucket({ Bucket: BUCKET })
  await s3.putBucketVersioning({ Bucket: BUCKET, VersioningConfiguration: { Status: 'Enabled' } })
  const objects = []
  const put = async (Key, body, more = {}) => {
    await s3.putObject({ Bucket: BUCKET, Key, Body: body, ...more })
    objects.push({ bucket: BUCKET, key: Key, body })
  }
  await put('plain', 'sealed under the root')
  await put('wrapped', 'sealed under a KMS key', { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyIds[0] })
  await s3.putObject({ Bucket: BUCKET, Key: 'gone', Body: 'not to be seen' })
  await s3.deleteObject({ Bucket: BUCKET, Key: 'gone' })
  await cloudtrail.createTrail({ Name: 'audit', S3BucketName: await policedBucket(s3) })
  // Two snapshots, and more behind them.
  for (let i = 0; i < 120; i++) {
    await kms.tagResource({ KeyId: keyIds[i % 2], Tags: [{ TagKey: 'turn', TagValue: String(i) }] })
  }
  await kms.createAlias({ AliasName: 'alias/last', TargetKeyId: keyIds[1] })
  await kms.deleteAlias({ AliasName: 'alias/k5' })
  await put('last', 'put at the end')
  await house.close()
  const aliases = { 'alias/last': keyIds[1], 'alias/k0': keyIds[0] }
  const expected = { keyIds, blobs, objects, aliases, gone: ['alias/k5'] }
  const stored = JSON.stringify({ expected, files: filesIn(root) })
  const target = fileURLToPath(new URL(`./${version}-${name}.json.gz`, import.meta.url))
  writeFileSync(target, gzipSync(stored, { level: 9 }))
  rmSync(root, { recursive: true })
}

async function policedBucket(s3) {
  const Bucket = 'trail-logs'
  await s3.createBucket({ Bucket })
  const Principal = { Service: 'cloudtrail.amazonaws.com' }
  const Resource = `arn:aws:s3:::${Bucket}`
  const Statement = [
    { Effect: 'Allow', Principal, Action: 's3:GetBucketAcl', Resource },
    { Effect: 'Allow', Principal, Action: 's3:PutObject', Resource: `${Resource}/AWSLogs/*` },
  ]
  await s3.putBucketPolicy({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) })
  return Bucket
}

/** Path → bytes in base64. */
function filesIn(root) {
  const names = readdirSync(root, { recursive: true }).filter((name) => name !== 'seed.yaml')
  const files = names.filter((name) => statSync(join(root, name)).isFile()).sort()
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(root, name), 'base64')]))
}

await make('whole', undefined)
await make('trimmed', 1)
