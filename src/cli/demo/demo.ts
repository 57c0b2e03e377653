/**
 * `sealtrail demo`: real CloudTrail log files, sealed as log objects, read back, and the records of it.
 *
 * What CloudTrail does with KMS, end to end: for each log file a data key under the trail's and the
 * object's names, gzip, seal, store; then read, unwrap, open, gunzip, compare. The writer is
 * cloudtrail.amazonaws.com, the reader the account's root. Source: the files in test/data/cloudtrail-real.
 *
 * @module
 */
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { arnOf, globalArn, type Place, partitionOf } from '../../aws/arn.js'
import { SealtrailError } from '../../errors.js'
import type { Sealtrail } from '../../sealtrail.js'
import { writeWholeFile } from '../../store/files/whole-file.js'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'
import { rate } from '../terminal/through.js'
import { storyCommand } from './story.js'

const LOGS = fileURLToPath(new URL('../../../test/data/cloudtrail-real', import.meta.url))
const CLOUDTRAIL = 'cloudtrail.amazonaws.com'
const BUCKET = 'sealtrail-demo-logs'
const GZIP_LEVEL = 6
const LOG_BYTES_MAX = 64 << 20

interface LogFile {
  readonly objectKey: string
  readonly text: Uint8Array
  readonly encryptionContext: Record<string, string>
}

export function demoCommand(terminal: Terminal): Command {
  return new Command('demo')
    .description('seal real CloudTrail log files, read them back, show the records')
    .option('--keep <dir>', 'keep keys and objects in this directory')
    .addCommand(storyCommand(terminal))
    .action(async function demo(this: Command) {
      const { keep } = this.opts()
      const folder = keep ?? (await mkdtemp(join(tmpdir(), 'sealtrail-demo-')))
      const dataDir = join(folder, 'data')
      const config = {
        ...settings(terminal, this, ['keep']),
        dataDir,
        rootKeyFile: `${dataDir}.root-key`,
      }
      try {
        await mkdir(folder, { recursive: true })
        await withSealtrail(config, async (sealtrail) => {
          const result = await runDemo(sealtrail, join(folder, 'objects'))
          await terminal.print(result, story(result))
        })
      } finally {
        if (keep === undefined) await rm(folder, { recursive: true, force: true })
      }
    })
}

async function runDemo(sealtrail: Sealtrail, objects: string) {
  const { account, region } = sealtrail.caller
  const { small, bulk } = sealtrail.engines
  const trailArn = arnOf('cloudtrail', { account, region }, 'trail/demo')
  const logs = await readLogs(trailArn, region)
  const { KeyMetadata } = await sealtrail.kms.createKey({
    Description: 'sealtrail demo',
    Policy: keyPolicy(trailArn, { account, region }),
  })
  await sealtrail.kms.createAlias({
    AliasName: `alias/demo-${KeyMetadata.KeyId.slice(0, 8)}`,
    TargetKeyId: KeyMetadata.KeyId,
  })
  const cloudtrail = sealtrail.as({
    account,
    region,
    identity: { type: 'AWSService', invokedBy: CLOUDTRAIL },
    sourceArn: trailArn,
  })

  const writeBegun = performance.now()
  const sealedSizes = await Promise.all(
    logs.map(async ({ objectKey, text, encryptionContext }) => {
      const options = { keyId: KeyMetadata.Arn, encryptionContext, gzip: GZIP_LEVEL }
      const sealed = await cloudtrail.seal(text, options)
      const path = join(objects, objectKey)
      await mkdir(dirname(path), { recursive: true })
      return writeWholeFile(path, [sealed])
    }),
  )
  const readBegun = performance.now()
  await Promise.all(
    logs.map(async ({ objectKey, text, encryptionContext }) => {
      const sealed = await readFile(join(objects, objectKey))
      const options = { encryptionContext, gunzip: { bytesMax: LOG_BYTES_MAX } }
      const opened = await sealtrail.open(sealed, options)
      if (Buffer.compare(opened, text) === 0) return
      throw new SealtrailError('ObjectDamaged', `${objectKey} came back different`)
    }),
  )
  const done = performance.now()

  const plainBytes = logs.reduce((sum, { text }) => sum + text.length, 0)
  const records = await Promise.all(
    ['GenerateDataKey', 'Decrypt'].map((eventName) => sealtrail.records({ eventName, limit: 1 })),
  )
  return {
    engines: { small: small.name, bulk: bulk.name },
    keyArn: KeyMetadata.Arn,
    files: logs.length,
    verified: logs.length,
    plainBytes,
    sealedBytes: sealedSizes.reduce((sum, size) => sum + size, 0),
    writeSeconds: (readBegun - writeBegun) / 1000,
    readSeconds: (done - readBegun) / 1000,
    kmsCalls: { GenerateDataKey: logs.length, Decrypt: logs.length },
    records: records.flat().map(({ record }) => JSON.parse(record)),
  }
}

/** As CloudTrail's user guide has it: the trail gets data keys for its own log files; who reads them is the account's. */
function keyPolicy(trailArn: string, place: Place): string {
  const Condition = {
    StringEquals: {
      'aws:SourceArn': trailArn,
      'kms:EncryptionContext:aws:cloudtrail:arn': trailArn,
    },
  }
  const rows = [
    { Principal: { AWS: globalArn('iam', place, 'root') }, Action: 'kms:*' },
    { Principal: { Service: CLOUDTRAIL }, Action: 'kms:GenerateDataKey*', Condition },
  ]
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: rows.map((row) => ({ Effect: 'Allow', Resource: '*', ...row })),
  })
}

function story(result: Awaited<ReturnType<typeof runDemo>>): string[] {
  const { plainBytes, sealedBytes, files, engines, records } = result
  return [
    `engines   ${engines.small} for keys, ${engines.bulk} for objects`,
    `key       ${result.keyArn}`,
    `written   ${files} log files, ${plainBytes} → ${sealedBytes} bytes (ratio ${(plainBytes / sealedBytes).toFixed(2)}), ${rate(plainBytes, result.writeSeconds)}`,
    `read      ${result.verified} of ${files} verified byte for byte, ${rate(plainBytes, result.readSeconds)}`,
    `KMS       ${files} GenerateDataKey, ${files} Decrypt; one audit record each, two of them:`,
    ...records.map((record) => JSON.stringify(record, null, 2)),
  ]
}

async function readLogs(trailArn: string, region: string): Promise<LogFile[]> {
  const files = await readdir(LOGS).catch((cause: unknown) => {
    const says =
      'the demo seals the log files of the test data, which only a clone of the sources has'
    throw new SealtrailError('InputInvalid', says, {}, { cause })
  })
  const names = files.filter((name) => name.endsWith('.json')).sort()
  return Promise.all(
    names.map(async (name) => {
      const objectKey = objectKeyOf(name)
      const encryptionContext = {
        'aws:cloudtrail:arn': trailArn,
        'aws:s3:arn': `arn:${partitionOf(region)}:s3:::${BUCKET}/${objectKey}`,
      }
      return { objectKey, encryptionContext, text: await readFile(join(LOGS, name)) }
    }),
  )
}

/** AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/NAME.gz, from the parts of CloudTrail's file name. */
function objectKeyOf(name: string): string {
  const [account, , region, time = ''] = name.split('_')
  const day = `${time.slice(0, 4)}/${time.slice(4, 6)}/${time.slice(6, 8)}`
  return `AWSLogs/${account}/CloudTrail/${region}/${day}/${name}.gz`
}
