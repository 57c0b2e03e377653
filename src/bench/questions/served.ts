/**
 * How many signed calls a second does a server answer, each recorded on the disk before?
 *
 * KMS over HTTP, in a process of its own, through each front that is there: the calls of an IAM user whom a policy allows,
 * signatures verified, records durable before the answers. Beside it a server as one would write it in an afternoon, which
 * verifies signatures and keeps no record, and node:http alone, which answers with what it was sent. One connection tells
 * how long a call takes, many tell how many there can be.
 *
 * Client and server share this machine: the client's time is in every figure, so that ratios are smaller than those of the
 * servers alone (`npm run bench -- peers` keeps them on cores of their own).
 *
 * @module
 */
import { join } from 'node:path'
import { addonAbsence } from '../../engine/native/addon.js'
import { writeWholeFile } from '../../store/files/whole-file.js'
import type { Contender } from '../contest.js'
import { noteOnDisk } from '../disk.js'
import type { Held, Needs } from '../question.js'
import { Connection, type PlainAnswer } from '../served/connection.js'
import { CONTEXT, checked, portOf, type Ready, ready } from '../served/ready.js'
import { requestText } from '../served/requests.js'
import type { ServerWanted } from '../served/servers.js'
import { type AccessKey, newAccessKey, seedWith } from '../user.js'

const ALONE = 'node:http alone'
const PLAIN = 'a plain server'
const OPERATIONS = ['Decrypt', 'GenerateDataKey'] as const
const CONNECTIONS = [1, 64]
/** In a run of each connection, so that their last ones are not what is measured. */
const CALLS_EACH = 16

export async function* contests(needs: Needs): AsyncGenerator<Held> {
  needs.note('client and server share this machine: the client is in every figure')
  noteOnDisk(needs)
  const accessKey = newAccessKey()
  const servers: Ready[] = []
  for (const [name, wanted] of await wantedServers(needs, accessKey)) {
    servers.push(await ready(name, wanted, accessKey, needs.closers))
  }
  for (const operation of OPERATIONS) {
    for (const connections of CONNECTIONS) {
      yield {
        title: `${operation} over HTTP, ${connections} ${connections === 1 ? 'connection' : 'connections'}`,
        baselines: [PLAIN, ALONE],
        contenders: await Promise.all(
          servers.map((server) => contender(server, operation, connections, needs)),
        ),
      }
    }
  }
}

async function wantedServers(
  { folder, engine, note }: Needs,
  accessKey: AccessKey,
): Promise<Array<readonly [string, ServerWanted]>> {
  const seed = join(folder, 'seed.json')
  await writeWholeFile(seed, [Buffer.from(JSON.stringify(seedWith(accessKey)))])
  const house = (front: 'native' | 'node') =>
    [
      `sealtrail, ${front} front`,
      { kind: 'sealtrail', dataDir: join(folder, front), seed, front, engine },
    ] as const
  return [
    ...(isNative(note) ? [house('native')] : []),
    house('node'),
    [PLAIN, { kind: 'plain', accessKey }],
    [ALONE, { kind: 'echo' }],
  ]
}

/** The native front is in the addon. */
function isNative(note: Needs['note']): boolean {
  const absence = addonAbsence()
  if (absence !== undefined) note(`the native front does not take part: ${absence}`)
  return absence === undefined
}

async function contender(
  server: Ready,
  operation: (typeof OPERATIONS)[number],
  count: number,
  { closers }: Needs,
): Promise<Contender> {
  const { name, addressee } = server
  const lines = await Promise.all(
    Array.from({ length: count }, () => Connection.open(portOf(addressee))),
  )
  closers.push(() => {
    for (const line of lines) line.close()
  })
  const requests = inputsOf(server, operation).map((input) =>
    Buffer.from(requestText(addressee, operation, input), 'latin1'),
  )
  let next = 0
  const send = async (line: Connection) => {
    for (let i = 0; i < CALLS_EACH; i++) {
      mustBeGood(await line.ask(requests[next++ % requests.length]!))
    }
  }
  return {
    name,
    answer: () => checked(server),
    run: () => Promise.all(lines.map(send)),
    opsPerRun: count * CALLS_EACH,
  }
}

function inputsOf({ keyId, blobs }: Ready, operation: string): object[] {
  return blobs.map((CiphertextBlob) => {
    const input =
      operation === 'Decrypt' ? { CiphertextBlob } : { KeyId: keyId, KeySpec: 'AES_256' }
    return { ...input, EncryptionContext: CONTEXT }
  })
}

function mustBeGood({ status, body }: PlainAnswer): void {
  if (status !== '200') throw new Error(`a call is answered with ${status}: ${body}`)
}
