/**
 * The story's middle: log files are delivered, and somebody reads one.
 *
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { objectArn } from '../../s3/buckets/bucket.js'
import type { Sealtrail } from '../../sealtrail.js'
import { BUCKET, type Event, type Scene, SLOT_SECONDS, showRecord, USE } from './scene.js'

const WAIT_MS = 30_000
const LOOK_MS = 250
const LOG_BYTES_MAX = 64 << 20

interface LogFile {
  readonly key: string
  /** Milliseconds since the epoch. */
  readonly putAt: number
}

interface Got {
  readonly Body: Uint8Array | Readable
}

interface Listed {
  readonly Contents?: ReadonlyArray<{ readonly Key: string; readonly LastModified: Date }>
}

/** Log files as they come; the first that may tell of somebody's use of the key is behind its slot. */
export async function deliver(scene: Scene): Promise<LogFile[]> {
  const { house, teller } = scene
  const [use] = await house.records({ eventName: USE, limit: 1 })
  const { eventTime } = JSON.parse(use!.record) as Event
  const slotEnd = Date.parse(eventTime) + SLOT_SECONDS * 1000
  const later = async () => (await logFiles(house)).filter(({ putAt }) => putAt >= slotEnd)
  const found = await untilThere(async () => {
    const files = await later()
    return files.length < 2 ? undefined : files
  })
  await teller.type({
    says: 'A moment later there are log files:',
    command: ['aws', 's3', 'ls', `s3://${BUCKET}/${logsPrefix(house)}`, '--recursive'],
    without: async () => (await logFiles(house)).map(({ key }) => key).join('\n'),
  })
  return found
}

/** Reads the log file that tells of the use: the first, unless this machine was slow. */
export async function read(scene: Scene, files: readonly LogFile[]): Promise<void> {
  const { house, teller, folder } = scene
  for (const { key } of files) {
    await teller.type({
      says: 'Whoever may use the key reads one:',
      command: ['aws', 's3', 'cp', `s3://${BUCKET}/${key}`, 'log.json.gz', '--no-progress'],
      without: async () => {
        const { Body } = (await house.s3.getObject({ Bucket: BUCKET, Key: key })) as Got
        await writeFile(join(folder, 'log.json.gz'), Body)
      },
    })
    const events = await eventsIn(join(folder, 'log.json.gz'))
    await teller.say(
      'What is in it:',
      events.map(({ eventTime, eventName }) => `${eventTime}  ${eventName}`).join('\n'),
    )
    if (events.some(({ eventName }) => eventName === USE)) return await showUses(scene, key)
  }
  throw new Error('no log file tells of the use of the key')
}

async function showUses(scene: Scene, key: string): Promise<void> {
  const object = objectArn({ name: BUCKET, region: scene.house.caller.region }, key)
  const isOfFile = ({ requestParameters }: Event) =>
    requestParameters?.encryptionContext?.['aws:s3:arn'] === object
  await showRecord(scene, {
    says: 'Record 2. For that log file, S3 had asked for a data key in the name of CloudTrail; trail, object and key stand in it:',
    eventName: 'GenerateDataKey',
    isSought: isOfFile,
  })
  await showRecord(scene, {
    says: 'Record 3. S3 had that data key decrypted for the reader, whose name stands in it; no key id was asked for:',
    eventName: 'Decrypt',
    isSought: isOfFile,
  })
}

const logsPrefix = (house: Sealtrail) => `AWSLogs/${house.caller.account}/CloudTrail/`

/** In the order in which they were put. */
async function logFiles(house: Sealtrail): Promise<LogFile[]> {
  return (await filesBelow(house, logsPrefix(house))).sort((a, b) => a.putAt - b.putAt)
}

export async function filesBelow(house: Sealtrail, Prefix: string): Promise<LogFile[]> {
  const { Contents = [] } = (await house.s3.listObjectsV2({ Bucket: BUCKET, Prefix })) as Listed
  return Contents.map(({ Key, LastModified }) => ({ key: Key, putAt: LastModified.getTime() }))
}

async function eventsIn(file: string): Promise<Event[]> {
  const text = gunzipSync(await readFile(file), { maxOutputLength: LOG_BYTES_MAX })
  return (JSON.parse(text.toString()) as { Records: Event[] }).Records
}

/** @throws Error when it does not come. */
export async function untilThere<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let waited = 0; waited < WAIT_MS; waited += LOOK_MS) {
    const found = await look()
    if (found !== undefined) return found
    await sleep(LOOK_MS)
  }
  throw new Error('the trail delivers nothing')
}
