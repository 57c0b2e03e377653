/**
 * `npm start` as a service manager has it: one process to stop.
 *
 * Run on a copy of the scripts whose set-up has nothing to do: a test neither installs nor builds.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('cli-start')
const at = (name: string) => `${folder.path}/${name}`
beforeAll(() => {
  mkdirSync(at('scripts'))
  for (const name of ['package.json', 'scripts/start.mjs']) copyFileSync(name, at(name))
  writeFileSync(at('scripts/setup.mjs'), '')
  symlinkSync(resolve('dist'), at('dist'))
})
afterAll(() => folder.remove())

describe('npm start', () => {
  it('ends with its server on SIGTERM', async () => {
    const options = ['--data-dir', at('data'), '--port', '0']
    const npm = spawn('npm', ['start', '--', ...options], {
      cwd: folder.path,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const said: Buffer[] = []
    npm.stderr.on('data', (piece: Buffer) => said.push(piece))
    let url = ''
    for await (const line of createInterface(npm.stdout)) {
      url = /http:\/\/\S+:\d+/.exec(line)?.[0] ?? ''
      if (url !== '') break
    }
    npm.stdout.resume()
    const live = `${url}/_sealtrail/health/live`
    expect((await fetch(live)).status).toBe(200)
    npm.kill('SIGTERM')
    // Its streams close when the last process that holds them has ended.
    expect(await once(npm, 'close')).toEqual([0, null])
    expect(Buffer.concat(said).toString()).toContain('sealtrail: stopping: SIGTERM\n')
    await expect(fetch(live)).rejects.toThrow()
  })
})
