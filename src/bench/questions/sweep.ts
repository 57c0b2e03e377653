/**
 * From what size on do threads pay, with each engine?
 *
 * Sizes × engines × threads: text of 64 bytes to 1 MiB sealed in place, on one worker thread and on as many as there are
 * cores. Beside them node:crypto on as many threads, each with a cipher of its own.
 *
 * @module
 */
import { availableParallelism } from 'node:os'
import { usableEngines } from '../engines.js'
import type { Held, Needs } from '../question.js'
import { Crew, crewName } from '../sealing/crew.js'
import { OPENSSL } from '../sealing/sealers.js'

const KIB = 1024
const SIZES = [64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, 1024 * KIB]
const QUICK_SIZES = [64, 4 * KIB, 64 * KIB, 1024 * KIB]

export async function* contests(needs: Needs): AsyncGenerator<Held> {
  const names = [...usableEngines(needs).map(({ name }) => name), OPENSSL] as const
  const counts = [...new Set([1, availableParallelism()])]
  const crews = counts.map((threads) => new Crew(threads))
  needs.closers.push(() => Promise.all(crews.map((crew) => crew.close())))
  const baselines = counts.map((threads) => crewName(OPENSSL, threads))
  for (const bytesPerOp of needs.isQuick ? QUICK_SIZES : SIZES) {
    yield {
      ...{ title: `seal ${bytesPerOp} bytes on threads`, baselines, bytesPerOp },
      sweep: { of: 'seal on threads', at: bytesPerOp, unit: 'bytes' },
      contenders: names.flatMap((name) => crews.map((crew) => crew.contender(name, bytesPerOp))),
    }
  }
}
