/**
 * A client of load as somebody watches it: where it waits, who came, what it sent.
 *
 * @module
 */
import { systemClock } from '../../clock.js'
import { SealtrailError } from '../../errors.js'
import { makeSecret, readSecret, SECRET_FILE } from '../../load/coordination/secret.js'
import { type Happened, waitForCoordinators } from '../../load/coordination/waiting.js'
import { PLACE_PATTERN, type Place, placeOf } from '../../load/scenario/place.js'
import type { Terminal } from '../terminal/terminal.js'
import { untilSignal } from '../terminal/through.js'
import { refuseSettings } from './settings.js'

const LISTEN = '127.0.0.1:4610'

interface Given {
  readonly listen?: string
  readonly secret?: string
}

export async function waitAsClient(terminal: Terminal, given: Given): Promise<void> {
  refuseSettings(given as Readonly<Record<string, unknown>>)
  const { listen = LISTEN, secret: file = SECRET_FILE } = given
  const place = placeGiven(listen)
  if (await makeSecret(file)) {
    terminal.note(
      `made the secret in ${file}: copy it, with mode 0600, to the machine of the coordinator and to those of other clients`,
    )
  }
  const { signal, forget } = untilSignal()
  const secret = await readSecret(file)
  const tell = (what: object, sentence: string) => {
    if (!terminal.isJson) return terminal.note(sentence)
    // Who reads our lines may go away: no reason to stop.
    terminal.printLine(JSON.stringify(what)).catch(() => undefined)
  }
  try {
    const waiting = await waitForCoordinators({
      ...{ place, secret, clock: systemClock },
      onHappened: (what) => tell(what, sentenceOf(what)),
    })
    const { port } = waiting
    tell({ kind: 'waiting', port }, `waits for a coordinator on ${place.host} port ${port}`)
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve())
    })
    await waiting.close()
  } finally {
    secret.fill(0)
    forget()
  }
}

/** @throws SealtrailError `ConfigInvalid` */
function placeGiven(text: string): Place {
  const place = new RegExp(PLACE_PATTERN, 'u').test(text) ? placeOf(text) : undefined
  if (place !== undefined) return place
  throw new SealtrailError('ConfigInvalid', 'listen must be host:port, such as 0.0.0.0:4610')
}

function sentenceOf(what: Happened): string {
  switch (what.kind) {
    case 'refused':
      return `${what.from} was refused: ${what.reason}`
    case 'begun': {
      const { from, name, index, of, target } = what
      const where = target.kind === 'server' ? target.url : target.kind
      return `${from} coordinates ${name}: this is client ${index + 1} of ${of}, against ${where}`
    }
    case 'sent': {
      const all = Object.values(what.sent.operations)
      const sum = (of: 'sent' | 'ok') => all.reduce((sum, counts) => sum + counts[of], 0)
      return `${what.from} was told: ${sum('sent')} sent, ${sum('ok')} answered well`
    }
    case 'ended':
      return `${what.from} is over: ${what.reason}; nothing is sent, and the next may come`
  }
}
