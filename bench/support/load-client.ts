/**
 * A client for load, in a process of its own: it writes prepared requests and reads answers off plain sockets.
 *
 *     node load-client.js <file of a plan> ...  prints one line of JSON (Outcome)
 *
 * Closed: each connection sends its next request when its answer is there, as wrk does. Open: requests are due at a
 * rate whatever the answers do; one that finds no free connection is not sent, and counted. Idle: each connection sends
 * one request, and then is there.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { Connection, type PlainAnswer } from '../../src/bench/served/connection.js'

export interface Plan {
  readonly port: number
  readonly connections: number
  readonly seconds: number
  /** Whole requests, sent in turns. */
  readonly requests: readonly string[]
  /** Requests a second; without it as fast as answers come. */
  readonly rate?: number
  readonly isIdle?: boolean
}

export interface Outcome {
  readonly seconds: number
  /** Answered with 200. */
  readonly good: number
  /** Answered with 503. */
  readonly turnedAway: number
  /** Another answer, or a connection that broke. */
  readonly bad: number
  /** Due when no connection was free. */
  readonly unsent: number
  /** Milliseconds, of the good ones. */
  readonly p50: number
  readonly p99: number
  /** Good answers in each tenth of a second. */
  readonly tenths: readonly number[]
}

if (process.argv[1]?.endsWith('load-client.js')) {
  const plan = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Plan
  console.log(JSON.stringify(await load(plan)))
  process.exit(0)
}

async function load({
  port,
  connections,
  seconds,
  requests,
  rate,
  isIdle,
}: Plan): Promise<Outcome> {
  const bytes = requests.map((text) => Buffer.from(text, 'latin1'))
  const times: number[] = []
  const tenths: number[] = Array.from({ length: Math.ceil(seconds * 10) }, () => 0)
  const free: Connection[] = []
  let start = performance.now()
  let [good, turnedAway, bad, unsent, next, isOver] = [0, 0, 0, 0, 0, false]
  const send = (line: Connection, begun: number) => {
    // What breaks is counted where it closes.
    line.ask(bytes[next++ % bytes.length]!).then(
      (answer) => answered(line, begun, answer),
      () => undefined,
    )
  }
  const answered = (line: Connection, begun: number, { status }: PlainAnswer) => {
    if (isOver) return
    const now = performance.now()
    if (status === '200') {
      good++
      times.push(now - begun)
      const tenth = Math.floor((now - start) / 100)
      if (tenth < tenths.length) tenths[tenth]!++
    } else if (status === '503') turnedAway++
    else bad++
    if (isIdle) return
    if (rate === undefined) send(line, now)
    else free.push(line)
  }
  const lines: Connection[] = []
  // A few at a time: a listener takes in so many, and no more.
  while (lines.length < connections) {
    const some = Math.min(100, connections - lines.length)
    const opened = Array.from({ length: some }, () => Connection.open(port, () => bad++))
    const ready = await Promise.all(opened)
    lines.push(...ready)
    if (!isIdle) continue
    for (const line of ready) send(line, performance.now())
    while (good + turnedAway + bad < lines.length) await new Promise((go) => setTimeout(go, 5))
  }
  start = performance.now()
  if (isIdle) {
    // They have had their answers.
  } else if (rate === undefined) for (const line of lines) send(line, performance.now())
  else {
    free.push(...lines)
    let sent = 0
    const timer = setInterval(() => {
      const now = performance.now()
      for (; sent < ((now - start) / 1000) * rate; sent++) {
        const at = start + (sent / rate) * 1000
        const line = free.pop()
        if (line !== undefined) send(line, at)
        else unsent++
      }
    }, 1)
    setTimeout(() => clearInterval(timer), seconds * 1000)
  }
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  isOver = true
  const lasted = (performance.now() - start) / 1000
  for (const line of lines) line.close()
  times.sort((a, b) => a - b)
  const part = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN
  return { seconds: lasted, good, turnedAway, bad, unsent, p50: part(0.5), p99: part(0.99), tenths }
}
