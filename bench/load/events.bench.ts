/**
 * How fast are events of CloudTrail made of a seed, on one core?
 *
 * A buffer of 1 MiB is filled again and again, with lines and with a document; beside it the same bytes are copied, which is as
 * fast as anything can be. Told by the CPU time of the process, not by the clock: others may use the machine.
 */
import { eventsOf } from '../../src/load/data/events.js'
import { showMachine, stayOnOneCore } from '../support/machine.js'
import { table } from '../support/report.js'

const IS_SHORT = process.env.SEALTRAIL_BENCH_SHORT !== undefined
const ROUNDS = IS_SHORT ? 5 : 15
const FILLS = 300
const BUFFER_BYTES = 1024 * 1024

stayOnOneCore()
showMachine()
const target = Buffer.alloc(BUFFER_BYTES)
const events = eventsOf({ seed: 1 })
const source = Buffer.from(target.subarray(0, events.next(target)))
const contenders: Readonly<Record<string, () => number>> = {
  lines: () => events.next(target),
  'a document': () => events.document(target),
  'the same bytes, copied': () => source.copy(target),
}

const rates = new Map(Object.keys(contenders).map((name) => [name, [] as number[]]))
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, fill] of Object.entries(contenders)) {
    const before = process.cpuUsage()
    let bytes = 0
    for (let i = 0; i < FILLS; i++) bytes += fill()
    const { user, system } = process.cpuUsage(before)
    rates.get(name)!.push(bytes / (user + system))
  }
}
const rows = [...rates].map(([name, all]) => {
  const sorted = all.toSorted((a, b) => a - b)
  return [name, ...[0.1, 0.5, 0.9].map((q) => sorted[Math.floor(q * ROUNDS)]!.toFixed(0))]
})
console.log(table([['MB/s of CPU', 'p10', 'median', 'p90'], ...rows]))
