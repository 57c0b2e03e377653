/**
 * A client that puts or gets objects as fast as answers come, in a process of its own.
 *
 *     node load-client.js <file of a plan>      prints one line of JSON (Outcome)
 *
 * Requests are signed before the clock starts, each put for another key; their bytes go out of one buffer. Answers are counted,
 * not looked at, but for their status and length.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { bytesOf, keyOf, signedHead, type Target } from './calls.js'

export interface Plan {
  readonly target: Target
  readonly method: 'GET' | 'PUT'
  readonly bucket: string
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: number
  /** Different keys, in turns. */
  readonly keys: number
  readonly connections: number
  readonly seconds: number
}

export interface Outcome {
  readonly seconds: number
  /** Answered with 200. */
  readonly good: number
  readonly bad: number
  /** Milliseconds, of the good ones. */
  readonly p50: number
  readonly p99: number
}

interface Line {
  readonly socket: Socket
  begun: number
  /** Of the answer: its head, while it is not whole; then how many bytes are still to come. */
  head: string
  left: number | undefined
  status: string
}

const plan = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Plan
console.log(JSON.stringify(await load(plan)))
process.exit(0)

async function load({ target, method, bucket, headers, bytes, keys, ...how }: Plan) {
  const { connections, seconds } = how
  const body = method === 'PUT' ? bytesOf(bytes) : Buffer.alloc(0)
  const heads = Array.from({ length: keys }, (_, i) =>
    Buffer.from(signedHead(target, { method, path: `/${bucket}/${keyOf(i)}`, headers, body })),
  )
  const times: number[] = []
  let [good, bad, next, isOver] = [0, 0, 0, false]
  const send = (line: Line) => {
    line.begun = performance.now()
    line.socket.cork()
    line.socket.write(heads[next++ % heads.length]!)
    if (body.length > 0) line.socket.write(body)
    line.socket.uncork()
  }
  const answered = (line: Line) => {
    if (isOver) return
    if (line.status === '200') {
      good++
      times.push(performance.now() - line.begun)
    } else bad++
    send(line)
  }
  const port = Number(new URL(target.url).port)
  const lines = await Promise.all(
    Array.from({ length: connections }, () => open(port, answered, () => bad++)),
  )
  const start = performance.now()
  for (const line of lines) send(line)
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  isOver = true
  const lasted = (performance.now() - start) / 1000
  times.sort((a, b) => a - b)
  const part = (share: number) => times[Math.floor(times.length * share)] ?? 0
  return { seconds: lasted, good, bad, p50: part(0.5), p99: part(0.99) } satisfies Outcome
}

function open(port: number, answered: (line: Line) => void, broken: () => void): Promise<Line> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const line: Line = { socket, begun: 0, head: '', left: undefined, status: '' }
    socket.once('connect', () => resolve(line))
    socket.once('error', reject)
    socket.on('error', () => undefined)
    socket.on('close', broken)
    socket.on('data', (piece: Buffer) => {
      if (line.left === undefined) {
        line.head += piece.toString('latin1')
        const end = line.head.indexOf('\r\n\r\n')
        if (end === -1) return
        const length = /content-length: *(\d+)/i.exec(line.head.slice(0, end))?.[1]
        line.status = line.head.slice(9, 12)
        line.left = Number(length ?? 0) - (line.head.length - end - 4)
        line.head = ''
      } else line.left -= piece.length
      if (line.left > 0) return
      line.left = undefined
      answered(line)
    })
  })
}
