/**
 * What lies in memory: a `serve` and a program with sealtrail inside, looked through by memory-scan.mjs.
 *
 * Needs Linux's /proc and the native engine: of the others nothing is promised (SECURITY.md).
 */
import { describe, expect, it } from 'vitest'
import { addonAbsence, loadAddon } from '../../src/engine/native/addon.js'
import { runScript } from '../support/child.js'

interface Scan {
  readonly what: string
  /** How many of each kind were looked for. */
  readonly secrets: Readonly<Record<string, number>>
  readonly arena: Hits
  readonly outside: Hits
}
type Hits = Readonly<Record<string, Readonly<Record<string, number>>>>

const script = new URL('./memory-scan.mjs', import.meta.url).pathname
/** Its base64 was in the request's JSON. */
const SENT_AS_TEXT = 'text of Encrypt'

async function scan(...options: string[]): Promise<Scan[]> {
  return JSON.parse(await runScript(script, options)).scans
}

if (process.platform !== 'linux') process.stderr.write('not tested: memory, for want of /proc\n')
else if (loadAddon() === undefined) process.stderr.write(`not tested: ${addonAbsence()}\n`)
else describe('memory', memory)

function memory() {
  it('shows keys in the arena only, whatever was done with them, and nowhere after close', async () => {
    const scans = await scan()
    expect(scans.map(({ what }) => what)).toEqual([
      'serve, idle',
      'serve, worked',
      'program, worked',
      'program, closed',
    ])
    const [idle, worked, program, closed] = scans as [Scan, Scan, Scan, Scan]
    expect(idle.outside).toEqual({})
    expect(Object.keys(idle.arena)).toEqual(['root key'])
    const { [SENT_AS_TEXT]: text, ...others } = worked.outside
    expect(others).toEqual({})
    expect(Object.keys(text ?? {}).filter((form) => !form.startsWith('base64'))).toEqual([])
    expect(worked.secrets).toMatchObject({ 'imported material': 2, 'deleted material': 2 })
    expect(Object.keys(worked.arena).sort()).toEqual([
      ...['imported material', 'key material', 'root key'],
    ])
    expect(program.outside).toEqual({})
    expect(program.arena).toMatchObject({ 'key of a raw keyring': { raw: expect.any(Number) } })
    expect([closed.outside, closed.arena]).toEqual([{}, {}])
  })

  it('shows what somebody leaves in it: the control', async () => {
    for (const { what, outside } of await scan('--plant')) {
      const forms = Object.keys(outside.planted ?? {})
      const texts = ['hex', 'base64'].flatMap((form) => [form, `${form}, UTF-16`])
      expect(forms, what).toEqual(expect.arrayContaining(['raw', 'raw, end', ...texts]))
    }
  })
}
