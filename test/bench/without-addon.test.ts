/** Where no addon loads, benches are asked of what there is, and say what is missing. */
import { describe, expect, it, vi } from 'vitest'
import { engineNames, usableEngines } from '../../src/bench/engines.js'
import { contests } from '../../src/bench/questions/served.js'
import { temporaryFolder } from '../support/serve.js'

// Before the first call asks for the addon.
vi.hoisted(() => Object.defineProperty(process, 'arch', { value: 'none' }))

describe('where no addon loads, benches', () => {
  it('have two engines of ours, and say why the third is missing', () => {
    const notes: string[] = []
    const engines = usableEngines({ engine: 'auto', note: (sentence) => void notes.push(sentence) })
    expect(engines.map(({ name }) => name)).toEqual(['wasm', 'node'])
    expect(engineNames('auto')).toEqual(['wasm', 'node'])
    expect(notes).toEqual([
      expect.stringMatching(/^the native engine does not take part: .*no addon for this platform/),
    ])
  })

  it('refuse that engine where it is asked for by name', () => {
    const asked = { engine: 'native' as const, note: () => undefined }
    expect(() => usableEngines(asked)).toThrow(
      expect.objectContaining({ code: 'EngineUnavailable' }),
    )
  })

  it('ask a server on node:http alone, and say why there is no other front', async () => {
    const folder = temporaryFolder('bench-served')
    const closers: Array<() => unknown> = []
    const notes: string[] = []
    const note = (sentence: string) => void notes.push(sentence)
    const needs = { folder: folder.path, closers, note, engine: 'auto', isQuick: true } as const
    try {
      const { value } = await contests(needs).next()
      expect(value.contenders.map(({ name }: { name: string }) => name)).toEqual([
        ...['sealtrail, node front', 'a plain server', 'node:http alone'],
      ])
    } finally {
      for (const close of closers.reverse()) await close()
      folder.remove()
    }
    expect(notes).toContainEqual(
      expect.stringMatching(/^the native front does not take part: no addon for this platform/),
    )
  })
})
