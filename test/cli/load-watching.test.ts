/** A run as somebody watches it at a terminal: keys make more and less of it, stop it for a while, and end it. */
import { PassThrough, Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { watch } from '../../src/cli/load/watching.js'
import { Terminal } from '../../src/cli/terminal/terminal.js'
import { checkedScenario } from '../../src/load/scenario/read.js'

function watched(shape: object) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined })
  let shown = ''
  const screen = () =>
    Object.assign(
      new Writable({
        write(piece, _, done) {
          shown += piece
          done()
        },
      }),
      { isTTY: true, columns: 100 },
    )
  const terminal = new Terminal([], { env: {}, stdin, stdout: screen(), stderr: screen() })
  const work = [{ kind: 'kms.Decrypt' }]
  const scenario = checkedScenario({ target: { kind: 'embedded' }, work, shape }, 'the test')
  const heard: Array<number | 'end'> = []
  const watching = watch(terminal, scenario, () => heard.push('end'))
  watching.onBegin((factor) => heard.push(factor))
  const press = async (keys: string) => {
    stdin.write(keys)
    await new Promise(setImmediate)
  }
  return { heard, press, watching, shown: () => shown }
}

describe('a run that is watched', () => {
  it('is made more, less, paused and ended by keys', async () => {
    const { heard, press, watching, shown } = watched({ kind: 'constant', rate: 10 })
    await press('+')
    await press('p')
    await press('p')
    await press('-')
    await press('\u0003')
    watching.close()
    expect(heard.map((one) => (one === 'end' ? one : one.toFixed(2)))).toEqual([
      ...['1.10', '0.00', '1.10', '1.00', 'end'],
    ])
    expect(shown()).toContain('paused')
  })

  it('is a hundred times its plan at most, however long a key is held down', async () => {
    const { heard, press, watching } = watched({ kind: 'constant', rate: 10 })
    await press('+'.repeat(500))
    const most = heard.at(-1)
    await press('-'.repeat(500))
    watching.close()
    expect([most, heard.at(-1)]).toEqual([100, 0.01])
  })

  it('has no rate to change in a closed loop', async () => {
    const { heard, press, watching } = watched({ kind: 'closed', users: 2 })
    await press('+')
    await press('p')
    await press('\u0003')
    watching.close()
    expect(heard).toEqual(['end'])
  })
})
