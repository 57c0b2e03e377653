/**
 * Killed without warning, ten times: nothing that was answered is missing.
 *
 * The child (kill-child.mjs) creates keys, moves aliases and encrypts, and says what it was told is done. What
 * it was about to do when it died may be there or not.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startScript } from '../support/child.js'
import { openTestKms, type TestKms } from '../support/kms.js'

const CHILD = fileURLToPath(new URL('./kill-child.mjs', import.meta.url))
const KILLS = 10

type Line =
  | { kind: 'open' }
  | { kind: 'key' | 'disabled'; KeyId: string }
  | { kind: 'moving' | 'moved'; alias: string; to: string }
  | { kind: 'blob'; blob: string; context: Record<string, string>; text: string }
  | { kind: 'answered'; requestId: string }

/** What must be there, and what may be. */
class Oracle {
  opened = 0
  readonly keys = new Set<string>()
  readonly disabled = new Set<string>()
  readonly blobs: Array<Extract<Line, { kind: 'blob' }>> = []
  readonly requests = new Set<string>()
  /** The last answered target of each alias, and the one that was asked for after it. */
  readonly aliases = new Map<string, { answered?: string; asked?: string }>()

  hear(line: Line): void {
    if (line.kind === 'open') this.opened++
    if (line.kind === 'key') this.keys.add(line.KeyId)
    if (line.kind === 'disabled') this.disabled.add(line.KeyId)
    if (line.kind === 'blob') this.blobs.push(line)
    if (line.kind === 'answered') this.requests.add(line.requestId)
    if (line.kind === 'moving') {
      this.aliases.set(line.alias, { ...this.aliases.get(line.alias), asked: line.to })
    }
    if (line.kind === 'moved') this.aliases.set(line.alias, { answered: line.to })
  }
}

describe('a killed key service', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sealtrail-kill-'))
  const oracle = new Oracle()
  let house: TestKms
  beforeAll(async () => {
    for (let run = 0; run < KILLS; run++) {
      // A different moment each time, from the first key on.
      await runAndKill(run, 20 + 14 * run)
    }
    house = await openTestKms({ folder })
  })
  afterAll(async () => {
    await house.close()
    rmSync(folder, { recursive: true })
  })

  it(`has opened again after each of ${KILLS} kills`, () => {
    expect(oracle.opened).toBe(KILLS)
    expect(oracle.keys.size).toBeGreaterThan(KILLS)
  })

  it('has every key that was answered', async () => {
    const ids = new Set<string>()
    for await (const { KeyId } of house.kms.everyKey()) ids.add(KeyId)
    expect([...oracle.keys].filter((KeyId) => !ids.has(KeyId))).toEqual([])
    for (const KeyId of oracle.disabled) {
      expect((await house.kms.describeKey({ KeyId })).KeyMetadata.KeyState).toBe('Disabled')
    }
  })

  it('has every alias where it was last answered to be', async () => {
    const found = new Map<string, string>()
    for await (const { AliasName, TargetKeyId } of house.kms.everyAlias()) {
      found.set(AliasName, TargetKeyId)
    }
    for (const [alias, { answered, asked }] of oracle.aliases) {
      const target = found.get(alias)
      if (answered !== undefined && asked === undefined) expect(target).toBe(answered)
      else expect([answered, asked]).toContain(target)
    }
  })

  it('opens every blob that was answered', async () => {
    expect(oracle.blobs.length).toBeGreaterThan(KILLS)
    for (const { blob, context, text } of oracle.blobs) {
      const CiphertextBlob = Buffer.from(blob, 'base64')
      const input = { CiphertextBlob, EncryptionContext: context }
      const { Plaintext } = await house.kms.decrypt(input).catch(async (error) => {
        expect(error).toMatchObject({ code: 'DisabledException' })
        const [KeyId] = /[0-9a-f-]{36}|mrk-[0-9a-f]{32}/.exec(error.message)!
        await house.kms.enableKey({ KeyId })
        const opened = await house.kms.decrypt(input)
        await house.kms.disableKey({ KeyId })
        return opened
      })
      expect(Buffer.from(Plaintext).toString()).toBe(text)
    }
  })

  it('has a record of every call that was answered', async () => {
    const recorded = new Set((await house.records()).map(({ requestID }) => requestID))
    expect([...oracle.requests].filter((id) => !recorded.has(id))).toEqual([])
  })

  async function runAndKill(run: number, afterLines: number): Promise<void> {
    const child = startScript(CHILD, [folder, 'node', String(run)])
    let lines = 0
    for await (const text of createInterface({ input: child.stdout! })) {
      // The last line may have been cut by the kill; it is complete when it parses.
      const line = parse(text)
      if (line !== undefined) oracle.hear(line)
      if (++lines === afterLines) child.kill('SIGKILL')
    }
    expect(lines).toBeGreaterThanOrEqual(afterLines)
  }
})

function parse(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line
  } catch {
    return undefined
  }
}
