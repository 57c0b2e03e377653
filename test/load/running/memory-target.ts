/** A target in memory that does what it should, or less. */
import { hash, randomBytes } from 'node:crypto'
import { systemClock } from '../../../src/clock.js'
import { Sender, type Sent } from '../../../src/load/running/sender.js'
import { checkedScenario } from '../../../src/load/scenario/read.js'
import { logFileOf, logName } from '../../../src/load/targets/log-file.js'
import type { KmsInput, Target } from '../../../src/load/targets/target.js'

export interface Faults {
  /** Each so-and-so many acknowledged puts are not kept. */
  readonly losesEach?: number
  /** Each so-and-so many reads give the object that was put before. */
  readonly mixesEach?: number
  /** Contexts are not looked at. */
  readonly anyContext?: boolean
  /** Each so-and-so many events of a log file are another's. */
  readonly changesEvents?: boolean
  /** Each so-and-so many log files are kept as the one before them was. */
  readonly repeatsEach?: number
  /** Log files are read as if nothing stood in them, each so-and-so many times. */
  readonly emptiesEach?: number
  /** Each signature is said to be of each message. */
  readonly anySignature?: boolean
  /** The same data key for everybody. */
  readonly sameKey?: boolean
  /** What becomes of each so-and-so many events of PutAuditEvents, besides that it is acknowledged. */
  readonly events?: {
    readonly each: number
    readonly become: 'lost' | 'another' | 'renamed' | 'twice'
  }
}

export function memoryTarget(faults: Faults = {}): Target {
  const objects = new Map<string, Uint8Array>()
  const files = new Map<string, Uint8Array>()
  const blobs = new Map<string, { plaintext: Uint8Array; context: string }>()
  const dataKey = randomBytes(32)
  let [puts, gets, reads] = [0, 0, 0]
  const isEach = (number: number, each: number | undefined) =>
    each !== undefined && number % each === 0
  const fresh = () => (faults.sameKey ? dataKey : randomBytes(32))
  const page = (names: Iterable<string>, prefix: string, after: string) =>
    [...names].filter((name) => name.startsWith(prefix) && name > after).sort()
  return {
    ...{
      keyId: 'key',
      signingKeys: { ECC_NIST_P256: 'signs' },
      account: '111122223333',
      records: undefined,
    },
    kms: {
      request: (operation, input) => ({ operation, input }),
      send(request, done) {
        const { operation, input } = request as { operation: string; input: KmsInput }
        const context = JSON.stringify(input.EncryptionContext ?? {})
        if (operation === 'Decrypt') {
          const known = blobs.get(Buffer.from(input.CiphertextBlob!).toString('hex'))
          const fits = known !== undefined && (faults.anyContext || known.context === context)
          setImmediate(() =>
            fits
              ? done(undefined, { Plaintext: known.plaintext })
              : done('InvalidCiphertextException'),
          )
          return
        }
        if (operation === 'Sign' || operation === 'Verify') {
          const signature = hash('sha256', input.Message!, 'buffer')
          const isIt = operation === 'Sign' || faults.anySignature
          const isValid = isIt || Buffer.compare(signature, input.Signature!) === 0
          const answer = { Signature: signature, SignatureValid: true }
          setImmediate(() =>
            isValid ? done(undefined, answer) : done('KMSInvalidSignatureException'),
          )
          return
        }
        const [blob, plaintext] = [randomBytes(16), input.Plaintext ?? fresh()]
        blobs.set(blob.toString('hex'), { plaintext, context })
        setImmediate(() => done(undefined, { CiphertextBlob: blob, Plaintext: plaintext }))
      },
    },
    objects: {
      put(key, body, _, done) {
        if (!isEach(++puts, faults.losesEach)) objects.set(key, Uint8Array.from(body))
        setImmediate(() => done(undefined))
      },
      get(key, _, __, done) {
        const keys = [...objects.keys()]
        const other = keys[Math.max(0, keys.indexOf(key) - 1)]!
        const found = objects.get(isEach(++gets, faults.mixesEach) ? other : key)
        setImmediate(() => (found === undefined ? done('NoSuchKey') : done(undefined, found)))
      },
      list: (prefix, after, done) => done(undefined, page(objects.keys(), prefix, after)),
    },
    auditEvents: auditEventsIn(faults),
    logs: {
      write(number, lines, done) {
        const file = logFileOf(lines)
        if (faults.changesEvents) file.write('{"changed":1}', file.lastIndexOf('{"eventVersion'))
        const kept = isEach(++puts, faults.repeatsEach) ? [...files.values()].at(-1)! : file
        if (!isEach(puts, faults.losesEach)) files.set(logName(number), kept)
        setImmediate(() => done(undefined, file.length))
      },
      list: (after, done) => done(undefined, page(files.keys(), '', after)),
      read(name, done) {
        const isEmpty = isEach(++reads, faults.emptiesEach)
        done(undefined, isEmpty ? Buffer.from('{"Records":[]}') : files.get(name)!)
      },
    },
    close: async () => undefined,
  }
}

/** Log files with as many events as came in a call. */
function auditEventsIn({ events: fault }: Faults): Target['auditEvents'] {
  const files: string[][] = []
  let count = 0
  const recordOf = ({ id, text }: { id: string; text: string }): string[] => {
    const isIt = fault !== undefined && ++count % fault.each === 0
    const become = isIt ? fault.become : 'itself'
    if (become === 'lost') return []
    const eventID = become === 'renamed' ? 'event-of-somebody' : `event-${id}`
    const eventData = become === 'another' ? text.replace('Login', 'Logout') : text
    const record = `{"eventID":"${eventID}","eventData":${eventData}}`
    return become === 'twice' ? [record, record] : [record]
  }
  return {
    put(events, done) {
      files.push(events.flatMap(recordOf))
      setImmediate(() => done(undefined, new Map(events.map(({ id }) => [id, `event-${id}`]))))
    },
    logsOf: (day) => ({
      list(after, done) {
        const names = files.flatMap((records, i) =>
          records.some((record) => record.includes(day)) ? [String(i).padStart(6, '0')] : [],
        )
        done(
          undefined,
          names.filter((name) => name > after),
        )
      },
      read: (name, done) =>
        done(undefined, Buffer.from(`{"Records":[${files[Number(name)]!.join(',')}]}`)),
    }),
  }
}

/** What one sender sends to `target`, as much as `operations` of one kind of work. */
export async function sendTo(
  target: Target,
  work: object,
  operations: number,
  more: object = {},
  onBegin: (sender: Sender) => void = () => undefined,
): Promise<Sent> {
  const scenario = checkedScenario(
    {
      ...{ target: { kind: 'server' }, work: [work], check: 1, duration: '60s' },
      ...{ shape: { kind: 'closed', users: 8 }, stop: { operations }, ...more },
    },
    'the test',
  )
  const client = { index: 0, of: 1 }
  const onWindow = () => undefined
  const options = { scenario, target, client, clock: systemClock, rawPath: undefined, onWindow }
  const sender = new Sender(options)
  await sender.prepare()
  onBegin(sender)
  return await sender.run()
}
