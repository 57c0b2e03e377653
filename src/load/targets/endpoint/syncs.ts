/**
 * How often a sealtrail server of this machine has waited for the disk, as its metrics say.
 *
 * Nobody else can be asked: the system counts no syncs of a process. Who is no sealtrail server does not say, nor does one
 * behind a proxy, or on another machine.
 *
 * @module
 */
import { type Request, Sender } from '../../../wire/sender.js'

const COUNT = /^sealtrail_store_syncs_total (\d+)$/m
const REQUEST: Request = {
  ...({ method: 'GET', target: '/_sealtrail/metrics', headers: {}, body: null } as const),
  answerBytesMax: 4 << 20,
}

export interface SyncsAsked {
  /** Since it began; undefined when it does not say. */
  syncs(): Promise<number | undefined>
  close(): Promise<void>
}

export function syncsAt(origin: string): SyncsAsked {
  const wire = new Sender(origin, 1)
  return {
    syncs: () =>
      new Promise((resolve) =>
        wire.send(REQUEST, (_, answer) => {
          const told = answer?.status === 200 ? COUNT.exec(answer.body.toString()) : null
          resolve(told === null ? undefined : Number(told[1]))
        }),
      ),
    close: () => wire.close(),
  }
}
