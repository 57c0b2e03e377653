/**
 * What rclone, AWS's SDKs for Go and for JavaScript, and the AWS CLI do with a served store of objects.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, createReadStream, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Upload } from '@aws-sdk/lib-storage'
import { clientsOf, startServe } from './served.mjs'

const run = promisify(execFile)
const TIMEOUT_MS = 900_000
const GO_MODULES = ['config', 'feature/s3/manager', 'service/s3']
/** What names a program's version. */
const PROGRAMS = { rclone: ['version'], aws: ['--version'], go: ['version'] }

/** @returns { states: walks; versions, done: lines of text; findings } */
export async function walkClients({ folder, megabytes, goWalk, onState }) {
  const report = { states: 0, versions: [], done: [], findings: [] }
  for (const [program, args] of Object.entries(PROGRAMS)) {
    const { stdout } = await run(program, args).catch(() => ({ stdout: '' }))
    if (stdout === '') report.findings.push({ program, says: 'it is not on the PATH' })
    else report.versions.push(stdout.split('\n')[0])
  }
  const go = await buildGo(join(folder, 'go'), goWalk)
  const file = join(folder, 'large')
  const bytes = createHash('shake256', { outputLength: megabytes * 1e6 })
    .update('large')
    .digest()
  writeFileSync(file, bytes)
  for (const front of ['native', 'node']) {
    const place = join(folder, front)
    mkdirSync(place)
    const dataDir = join(place, 'data')
    const { child, url, gone } = startServe(dataDir, { front })
    const at = await url
    const { s3, kms, credentials, destroy } = clientsOf(at, dataDir)
    const { KeyMetadata } = await kms.createKey({})
    const house = {
      s3,
      at,
      credentials,
      place,
      file,
      keyArn: KeyMetadata.Arn,
      go,
      size: bytes.length,
    }
    for (const [name, walk] of Object.entries({ sdk, cli, rclone, golang })) {
      const begun = performance.now()
      try {
        const did = await walk(house)
        const seconds = ((performance.now() - begun) / 1000).toFixed(1)
        report.done.push(`${front} front, ${name}: ${did.join(', ')} (${seconds} s)`)
      } catch (error) {
        const says = `${error.message} ${error.stderr ?? ''}`.slice(0, 1000)
        report.findings.push({ front, name, says })
      }
      report.states++
      onState?.(report, 8)
    }
    destroy()
    child.kill('SIGTERM')
    await gone
  }
  return report
}

async function buildGo(place, goWalk) {
  mkdirSync(place)
  copyFileSync(goWalk, join(place, 'main.go'))
  const options = { cwd: place, timeout: TIMEOUT_MS }
  await run('go', ['mod', 'init', 'walk'], options)
  await run(
    'go',
    ['get', ...GO_MODULES.map((name) => `github.com/aws/aws-sdk-go-v2/${name}`)],
    options,
  )
  await run('go', ['mod', 'tidy'], options)
  await run('go', ['build', '-o', 'walk', '.'], options)
  return join(place, 'walk')
}

function environment({ at, credentials }) {
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL: at,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  }
}

async function sdk({ s3, file, keyArn }) {
  const Bucket = 'by-sdk'
  await s3.createBucket({ Bucket })
  const sse = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyArn, BucketKeyEnabled: true }
  const params = { Bucket, Key: 'large', Body: createReadStream(file), ...sse }
  await new Upload({ client: s3, params, partSize: 16 * 1024 * 1024 }).done()
  const { Body } = await s3.getObject({ Bucket, Key: 'large' })
  same(await hashOf(Body), await hashOf(createReadStream(file)))
  await s3.deleteObject({ Bucket, Key: 'large' })
  return ['uploaded in parts', 'got', 'deleted']
}

async function cli(house) {
  const { file, keyArn, place } = house
  const aws = (...args) =>
    run('aws', ['s3', ...args], { env: environment(house), timeout: TIMEOUT_MS })
  const back = join(place, 'cli-back')
  await aws('mb', 's3://by-cli')
  await aws('cp', '--sse', 'aws:kms', '--sse-kms-key-id', keyArn, file, 's3://by-cli/large')
  await aws('cp', '--sse', 'AES256', 's3://by-cli/large', 's3://by-cli/copied')
  await aws('cp', 's3://by-cli/copied', back)
  same(await hashOf(createReadStream(back)), await hashOf(createReadStream(file)))
  await aws('rb', '--force', 's3://by-cli')
  return ['uploaded in parts', 'copied in parts', 'got', 'removed']
}

async function rclone(house) {
  const { file, keyArn, place } = house
  const settings = ['provider=Other', 'env_auth=true', 'region=us-east-1', 'force_path_style=true']
  const remote = `:s3,${settings.join(',')},endpoint="${house.at}"`
  const sse = [`--s3-server-side-encryption=aws:kms`, `--s3-sse-kms-key-id=${keyArn}`]
  const rclone = (...args) =>
    run('rclone', ['--config', '/dev/null', ...args], {
      env: environment(house),
      timeout: TIMEOUT_MS,
    })
  const tree = join(place, 'tree')
  mkdirSync(join(tree, 'below'), { recursive: true })
  copyFileSync(file, join(tree, 'below/large'))
  writeFileSync(join(tree, 'small'), 'small')
  writeFileSync(join(tree, 'empty'), '')
  await rclone('mkdir', `${remote}:by-rclone`)
  await rclone(
    'sync',
    ...sse,
    '--s3-chunk-size=16M',
    '--s3-upload-cutoff=16M',
    tree,
    `${remote}:by-rclone/tree`,
  )
  // Reads everything back, and compares.
  await rclone('check', '--download', tree, `${remote}:by-rclone/tree`)
  await rclone('copyto', ...sse, `${remote}:by-rclone/tree/small`, `${remote}:by-rclone/copied`)
  const { stdout } = await rclone('lsf', `${remote}:by-rclone`)
  same(stdout, 'copied\ntree/\n')
  const { stdout: slice } = await rclone(
    'cat',
    '--offset',
    '1',
    '--count',
    '3',
    `${remote}:by-rclone/copied`,
  )
  same(slice, 'mal')
  await rclone('purge', `${remote}:by-rclone`)
  return ['synced in parts', 'read back and compared', 'copied', 'listed', 'ranged', 'purged']
}

async function golang(house) {
  const { at, keyArn, go, size } = house
  const args = [at, 'by-go', keyArn, String(size)]
  const { stdout } = await run(go, args, { env: environment(house), timeout: TIMEOUT_MS })
  return stdout.trim().split('\n')
}

async function hashOf(stream) {
  const digest = createHash('sha256')
  for await (const piece of stream) digest.update(piece)
  return digest.digest('hex')
}

function same(is, should) {
  if (is !== should) throw new Error(`it is ${is}, and should be ${should}`)
}
