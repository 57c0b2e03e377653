/** Load from several machines: two clients and a coordinator as processes of their own, and each of them going away. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeSecret, readSecret } from '../../../src/load/coordination/secret.js'
import { dial } from '../../../src/load/coordination/tls.js'
import { Latencies } from '../../../src/load/recording/latencies.js'
import type { RunReport } from '../../../src/load/report/run.js'
import { placeOf } from '../../../src/load/scenario/place.js'
import { JournalFollower } from '../../../src/store/journal/follower.js'
import { sealtrail } from '../../support/command.js'
import { type ServerProcess, startServer, temporaryFolder } from '../../support/serve.js'
import { type ClientProcess, startClient } from './clients.js'

const folder = temporaryFolder('load-coordination')
const secret = `${folder.path}/secret`
const AHEAD_MS = 90_000
const AHEAD = new URL('../../support/clock-ahead.mjs', import.meta.url).href

let server: ServerProcess
let one: ClientProcess
let ahead: ClientProcess
let mortal: ClientProcess | undefined

beforeAll(async () => {
  server = await startServer(`${folder.path}/house`)
  // The first makes the secret.
  one = await startClient(secret)
  ahead = await startClient(secret, { NODE_OPTIONS: `--import=${AHEAD}` })
})

beforeEach(() => {
  for (const client of [one, ahead]) client.forget()
})

afterAll(async () => {
  await Promise.all([one, ahead, mortal].map((client) => client?.stop()))
  await server?.stop()
  folder.remove()
})

const env = () => ({
  AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
})
const flags = (clients: readonly string[], more: readonly string[] = []) => [
  ...['load', '--json', '--target', server.url, '--work', 'kms.GenerateDataKey', '--check', '0'],
  ...['--rate', '100', '--duration', '1s', '--clients', clients.join(), '--secret', secret],
  ...more,
]
const load = async (clients: readonly string[], ...more: string[]) => {
  const { code, out, said } = await sealtrail(flags(clients, more), undefined, env())
  return { code, said: `${said}${out}`, report: JSON.parse(out.toString()) as RunReport }
}
const coordinate = (clients: readonly string[], ...more: string[]) =>
  spawn(process.execPath, ['dist/cli/main.js', ...flags(clients, more)], {
    ...{ stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, ...env() } },
  })

/** How many data keys the server has records of. */
const recorded = async (): Promise<number> => {
  const journal = new JournalFollower(`${folder.path}/house`)
  let [count, query] = [0, { holding: ['"eventName":"GenerateDataKey"'] } as object | undefined]
  while (query !== undefined) {
    const page: Awaited<ReturnType<typeof journal.records>> = await journal.records(query as never)
    count += page.records.length
    query = page.next
  }
  journal.close()
  return count
}
const moreThan = async (count: number) => {
  while ((await recorded()) <= count) await wait(50)
}
/** How many there are when no more come. */
const settled = async (): Promise<number> => {
  for (let before = -1; ; ) {
    const now = await recorded()
    if (now === before) return now
    before = now
    await wait(500)
  }
}
/** A line to `client` as a coordinator has it. */
const lineTo = async (client: ClientProcess) => {
  const key = await readSecret(secret)
  const { signal } = new AbortController()
  const socket = await dial(placeOf(client.place)!, key, client.place, signal)
  socket.on('error', () => undefined)
  return socket.resume()
}
const frame = (value: unknown) => {
  const text = JSON.stringify(value)
  const head = Buffer.alloc(4)
  head.writeUInt32BE(text.length)
  return Buffer.concat([head, Buffer.from(text)])
}

describe('a run over two clients and a coordinator', () => {
  it('has the histogram that is the sum of theirs, and as many records at the target', async () => {
    const before = await recorded()
    const { code, report } = await load([one.place, ahead.place])
    const told = [(await one.next('sent')).sent, (await ahead.next('sent')).sent]
    expect([code, report.ended]).toEqual([0, 'complete'])

    for (const of of ['corrected', 'raw'] as const) {
      const sum = new Latencies()
      for (const { operations } of told) {
        sum.add(Latencies.decode(operations['kms.GenerateDataKey']![of]))
      }
      expect(report.totals[of].hdr).toBe(sum.encode())
      expect(report.totals[of].count).toBe(report.totals.ok)
    }
    expect(told.map(({ operations }) => operations['kms.GenerateDataKey']?.planned)).toEqual([
      50, 50,
    ])
    const { planned, sent, ok, dropped, errors } = report.totals
    expect({ planned, sent, ok, dropped, errors }).toEqual({
      ...{ planned: 100, sent: 100, ok: 100, dropped: 0, errors: {} },
    })
    expect((await recorded()) - before).toBe(100)
    expect(report.windows.reduce((sum, window) => sum + window.ok, 0)).toBe(100)
    await Promise.all([one.next('ended'), ahead.next('ended')])
  })

  it('tells of each client its machine, how late it was, and how far its clock is from ours', async () => {
    const { report } = await load([one.place, ahead.place])
    const [first, second] = report.clients!
    expect([first!.address, second!.address]).toEqual([one.place, ahead.place])
    for (const { totals, lateness, begunLateMs, lost, environment } of report.clients!) {
      expect([totals?.ok, lost, environment.node]).toEqual([50, null, process.version])
      expect(begunLateMs).toBeGreaterThanOrEqual(0)
      expect(lateness!.count).toBeGreaterThan(0)
    }
    // What it may be wrong by is said; it is not more.
    const off = (clock: typeof first) => [clock!.clock!.offsetMs, clock!.clock!.uncertaintyMs]
    const [[offset, within], [offsetAhead, withinAhead]] = [off(first), off(second)] as const
    expect(Math.abs(offset!)).toBeLessThanOrEqual(within!)
    expect(Math.abs(offsetAhead! - AHEAD_MS)).toBeLessThanOrEqual(withinAhead!)
    await Promise.all([one.next('ended'), ahead.next('ended')])
  })

  it('goes by the machines of its scenario, too', async () => {
    const path = `${folder.path}/scenario.json`
    const target = { kind: 'server', url: server.url }
    const plan = { shape: { kind: 'closed', users: 4 }, stop: { operations: 40 } }
    const work = [{ kind: 'kms.Encrypt' }]
    writeFileSync(path, JSON.stringify({ target, work, ...plan, machines: [one.place] }))
    const run = await sealtrail(['load', path, '--secret', secret], undefined, env())
    expect([run.code, run.out.toString()]).toEqual([0, expect.stringContaining(one.place)])
    expect((await one.next('begun')).of).toBe(1)
    await one.next('ended')
  })

  it('leaves nothing of the access key in what a client says, and tells of the secret', async () => {
    const said = `${one.said()}${ahead.said()}`
    expect(said).not.toContain(server.credentials.secretAccessKey)
    expect(one.said()).toContain('made the secret in')
    expect(statSync(secret).mode & 0o777).toBe(0o600)
  })
})

describe('a client', () => {
  it('has one coordinator at a time, stops when that one is killed, and takes the next', async () => {
    const first = coordinate([one.place], '--duration', '60s')
    await one.next('begun')
    const second = await sealtrail(flags([one.place, ahead.place]), undefined, env())
    expect([second.code, second.out.toString()]).toEqual([
      ...[1, expect.stringContaining(`client ${one.place} is busy with another coordinator`)],
    ])
    expect((await one.next('refused')).reason).toContain('busy with another')
    await moreThan(await recorded())
    first.kill('SIGKILL')
    await one.next('ended')
    const sent = await settled()
    await ahead.next('ended')
    const { code, report } = await load([one.place])
    expect([code, report.totals.ok, (await recorded()) - sent]).toEqual([0, 100, 100])
    await one.next('ended')
  })

  it('that is killed ends the run, of which there is a report', async () => {
    mortal = await startClient(secret)
    const running = coordinate([one.place, mortal.place], '--duration', '60s', '--rate', '50')
    const pieces: Buffer[] = []
    running.stdout.on('data', (piece) => pieces.push(piece))
    await mortal.next('begun')
    await moreThan((await recorded()) + 20)
    await mortal.stop('SIGKILL')
    const [code] = await once(running, 'close')
    const report = JSON.parse(Buffer.concat(pieces).toString()) as RunReport
    expect([code, report.ended]).toEqual([1, 'aborted'])
    const [well, lost] = report.clients!
    expect([well!.lost, lost!.totals]).toEqual([null, null])
    expect(lost!.lost).toMatch(/^(ended|lost) the connection/)
    expect(well!.totals!.ok).toBe(report.totals.ok)
    expect(report.totals.ok).toBeGreaterThan(0)
    await one.next('ended')
  })

  it('ends a run that is stopped, and waits for the next', async () => {
    const running = coordinate([one.place], '--duration', '60s')
    const pieces: Buffer[] = []
    running.stdout.on('data', (piece) => pieces.push(piece))
    await one.next('begun')
    await moreThan((await recorded()) + 20)
    running.kill('SIGINT')
    const [code] = await once(running, 'close')
    const report = JSON.parse(Buffer.concat(pieces).toString()) as RunReport
    expect([code, report.ended, report.clients?.[0]?.lost]).toEqual([1, 'interrupted', null])
    await one.next('ended')
  })

  it('turns away who has another secret, and each says so', async () => {
    const other = `${folder.path}/other`
    await makeSecret(other)
    const refused = await sealtrail([...flags([one.place]), '--secret', other], undefined, env())
    expect([refused.code, refused.out.toString()]).toEqual([
      ...[1, expect.stringContaining(`client ${one.place} has another secret`)],
    ])
    expect((await one.next('refused')).reason).toBe('does not have the secret')
  })

  it('turns away what is no handshake, and goes on', async () => {
    const socket = connect({ ...placeOf(one.place)!, noDelay: true })
    socket.on('error', () => undefined)
    socket.write('GET / HTTP/1.1\r\nHost: here\r\n\r\n')
    expect((await one.next('refused')).reason).toContain('made no handshake')
    socket.destroy()
  })

  it.each<readonly [string, Buffer[], string]>([
    ['of 4 GiB', [Buffer.alloc(4, 0xff)], 'a message of 4294967295 bytes, more than 65536'],
    ['that is no JSON', [Buffer.from([0, 0, 0, 1, 0x7b])], 'a message that is not JSON'],
    ['that is nothing', [frame(null)], 'the whole must be an object'],
    ['of no kind', [frame({ kind: 'run', command: 'ls' })], 'kind must be one of hello, clock'],
    ['before hello', [frame({ kind: 'go', at: 5 })], 'go before hello'],
    ['of another version', [frame({ kind: 'hello', version: 2 })], 'speaks version 1, not 2'],
    [
      'out of turn',
      [frame({ kind: 'hello', version: 1 }), frame({ kind: 'go', at: 5 })],
      'running, out of turn',
    ],
  ])('hangs up on a message %s, and goes on', async (_, messages, reason) => {
    const socket = await lineTo(one)
    socket.write(messages[0]!)
    for (const next of messages.slice(1)) {
      await once(socket, 'data')
      socket.write(next)
    }
    const kind = reason.includes('out of turn') ? 'ended' : 'refused'
    expect((await one.next(kind)).reason).toContain(reason)
    socket.destroy()
  })

  it.each<readonly [string, object, string]>([
    ['is no scenario', { work: [] }, 'is no scenario: the whole must have target'],
    [
      'is not for other machines',
      {
        ...{ target: { kind: 'embedded', dataDir: 'here' }, work: [{ kind: 'kms.Encrypt' }] },
        shape: { kind: 'constant', rate: 1 },
      },
      'was sent a scenario that names no machines',
    ],
  ])('does not run what %s', async (_, scenario, reason) => {
    const address = {
      ...{ kms: 'a', s3: 'a', cloudtrail: 'a', cloudtrailData: 'a', region: 'a', prefix: 'a/' },
      ...{ account: 'a', keyId: 'a', bucket: 'a', channelArn: 'a', signingKeys: {} },
      access: { accessKeyId: 'a', secretAccessKey: 'b' },
    }
    const socket = await lineTo(one)
    let answer = ''
    socket.on('data', (piece: Buffer) => {
      answer += piece.toString('latin1')
    })
    socket.write(frame({ kind: 'hello', version: 1 }))
    socket.write(frame({ kind: 'start', scenario, index: 0, address }))
    while (!answer.includes('failed')) await once(socket, 'data')
    expect(answer).toContain(reason)
    socket.destroy()
    await one.next('ended')
    expect((await load([one.place])).code).toBe(0)
  })

  it('takes the next coordinator as soon as the one before is gone', async () => {
    for (let i = 0; i < 3; i++) {
      const { code, report } = await load([one.place], '--duration', '100ms')
      expect([code, report.ended]).toEqual([0, 'complete'])
    }
  })
})

describe('the secret', () => {
  it('is used only when it is whole, and its owner’s alone', async () => {
    const wide = `${folder.path}/wide`
    copyFileSync(secret, wide)
    chmodSync(wide, 0o644)
    const none = `${folder.path}/none`
    const told = async (file: string) => {
      const { code, said } = await sealtrail(
        [...flags([one.place]), '--secret', file].filter((flag) => flag !== '--json'),
        undefined,
        env(),
      )
      return `${code} ${said}`
    }
    expect(await told(wide)).toMatch(/^2 .*has mode 0644, and others could use it/)
    expect(await told(none)).toMatch(/^2 .*is not there: the first `sealtrail load client` makes/)
    const house = `${folder.path}/house.root-key`
    expect(await told(house)).toMatch(/^2 .*is not a whole secret file of load/)
    expect(readFileSync(secret).subarray(0, 8).toString()).toBe('sealload')
  })
})
