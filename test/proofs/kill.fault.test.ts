/** A process that signs and is killed: what it has shown, the next one keeps to. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { openSealtrail, verifyConsistency } from '../../src/index.js'
import { temporaryFolder } from '../support/serve.js'

const CHILD = fileURLToPath(new URL('./killed-child.mjs', import.meta.url))
const folder = temporaryFolder('log-kill')
const places = { dataDir: join(folder.path, 'data'), rootKeyFile: join(folder.path, 'root-key') }
afterAll(() => folder.remove())

/** The checkpoints that a process showed before it was killed, somewhere behind the first `shown`. */
async function killed(shown: number, delayMs: number): Promise<string[]> {
  const child = spawn(process.execPath, [CHILD, places.dataDir, places.rootKeyFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const checkpoints: string[] = []
  createInterface(child.stdout).on('line', (line) => {
    checkpoints.push(JSON.parse(line))
    if (checkpoints.length === shown) setTimeout(() => child.kill('SIGKILL'), delayMs)
  })
  await new Promise((resolve) => child.once('close', resolve))
  return checkpoints
}

describe('a log whose process is killed', () => {
  it('goes on from every checkpoint that was shown', async () => {
    const shown: string[] = []
    for (const [at, delayMs] of [3, 7, 13, 29].entries()) {
      shown.push(...(await killed(2 + at, delayMs)))
      const house = await openSealtrail(places)
      try {
        const key = await house.proofs.key()
        for (const checkpoint of shown) {
          const proof = await house.proofs.consistency(checkpoint)
          verifyConsistency(proof, checkpoint, key)
        }
        expect(await house.proofs.check(shown.at(-1))).not.toHaveProperty('problem')
      } finally {
        await house.close()
      }
    }
    expect(shown.length).toBeGreaterThan(10)
  })
})
