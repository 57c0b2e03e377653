/**
 * One port for every AWS service of ours: who may be served, and by which front.
 *
 * What all fronts share is put together here, once; what a request means is in serve.ts, and how bytes get in and
 * out is a front's business (native.ts, node.ts).
 *
 * @module
 */
import { type Clock, systemClock } from '../../clock.js'
import type { Config } from '../../config.js'
import type { Engine } from '../../engine/engine.js'
import { addonAbsence, loadAddon } from '../../engine/native/addon.js'
import { SealtrailError } from '../../errors.js'
import type { FindCredential } from '../../sigv4/credential.js'
import type { Store } from '../../store/store.js'
import { Admission } from '../admission.js'
import { createAuthenticator } from '../authenticate.js'
import { Bodies } from '../bodies/body.js'
import type { Door } from '../doors/door.js'
import { Health } from '../health.js'
import type { Logger } from '../log.js'
import { isLoopback } from '../loopback.js'
import { type Measured, Metrics } from '../metrics.js'
import { requestHandler } from '../serve.js'
import type { Front, FrontOptions, FrontParts } from './exchange.js'
import { Hold } from './hold.js'
import type { LaneParts } from './lane.js'
import { openNativeFront } from './native.js'
import { openNodeFront } from './node.js'

/** Requests that wait for their clients have no place; there are so many for each. */
const STREAMS_PER_PLACE = 2

/** Their defaults and bounds stand in config.ts. */
export type ServerOptions = FrontOptions &
  Pick<
    Config,
    | 'auth'
    | 'account'
    | 'bodyBytesPerSecondMin'
    | 'inflightMax'
    | 'queueMax'
    | 'queueMsMax'
    | 'accessLog'
    | 'front'
  >

export interface ServerParts {
  readonly doors: readonly Door[]
  readonly find: FindCredential
  /** Where the KMS keys are; health says whether they are safe there. */
  readonly engine: Pick<Engine, 'isLocked'>
  /** For calls that repeat others; undefined when `find` may change its mind by itself, or nothing is native. */
  readonly repeats?: Pick<LaneParts, 'engine' | 'onFacts'> & Pick<Store, 'scribe'>
  /** What is told of at the address of metrics; nothing is there without it. */
  readonly measured?: Measured
  readonly config: ServerOptions
  readonly logger: Logger
  readonly clock: Clock
}

export interface RunningServer {
  /** Such as `http://127.0.0.1:4599`, or `https://…`. */
  readonly url: string
  /**
   * Reads certificate and key again, for connections that come from now on. Nothing is done without TLS.
   * @throws SealtrailError `ConfigInvalid` when they cannot be used; those from before stay.
   */
  renewCertificate(): Promise<void>
  /**
   * Takes no new connections, answers what is in flight, and breaks off what is not done after
   * `stopTimeoutMs`. The parts given stay open. Twice is fine.
   */
  close(): Promise<void>
}

/**
 * Listens when resolved.
 * @throws SealtrailError `ConfigInvalid` when `trust` is asked for beyond loopback, the front or the address cannot
 * be had, or the certificate cannot be used.
 */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { config, clock, logger } = parts
  const openFront = chooseFront(config)
  const health = new Health(clock, parts.engine)
  const authenticator = createAuthenticator(config, parts.find, clock)
  // Room for as much as all who are worked on at once may need.
  const roomBytes = config.inflightMax * config.bodyBytesMax
  const streamsMax = STREAMS_PER_PLACE * config.inflightMax
  const bodies = new Bodies({ ...config, roomBytes, streamsMax, clock })
  const admission = new Admission(config, clock)
  const metrics = parts.measured && new Metrics(parts.measured, admission)
  const serve = requestHandler({
    ...{ doors: parts.doors, authenticator, bodies, health, metrics, logger, clock, admission },
    accessLog: config.accessLog,
  })
  const wipe = () => {
    bodies.close()
    authenticator.close()
  }
  let front: Front
  try {
    const lane = laneParts(parts)
    front = await openFront({ config, serve, health, hold: new Hold(), logger, clock, lane })
    if (config.auth === 'trust') await insistOnLoopback(front, config.host)
  } catch (error) {
    wipe()
    throw error
  }
  let closing: Promise<void> | undefined
  return {
    url: front.url,
    async renewCertificate() {
      await front.renewCertificate?.()
    },
    close() {
      health.stop()
      closing ??= front.stop().then(wipe)
      return closing
    },
  }
}

/** Undefined where calls cannot be repeated natively, or somebody must hear of each. */
function laneParts({ repeats, config, clock, logger }: ServerParts): LaneParts | undefined {
  if (repeats?.scribe === undefined || clock !== systemClock) return undefined
  // On Windows no journal is lent.
  if (config.accessLog || config.auth === 'trust' || process.platform === 'win32') return undefined
  const { scribe, engine } = repeats
  const { bodyBytesMax } = config
  const onFacts = repeats.onFacts
  return { scribe, bodyBytesMax, engine, onFacts, logger }
}

/** Of the address that was bound, whatever it was called; nobody has been served yet. */
async function insistOnLoopback(front: Front, host: string): Promise<void> {
  const { address } = front
  if (isLoopback(address)) return
  await front.stop()
  const is = address === host ? '' : `, which is ${address}`
  throw refused(
    `auth 'trust' checks no signature and is for loopback only: host cannot be '${host}'${is}`,
  )
}

/** @throws SealtrailError `ConfigInvalid` when the front that was asked for by name cannot be had. */
function chooseFront({
  front,
  tlsCert,
}: Pick<Config, 'front' | 'tlsCert'>): (parts: FrontParts) => Promise<Front> {
  if (tlsCert !== '') {
    if (front !== 'native') return openNodeFront
    throw refused('the native front speaks no TLS: front must be auto or node')
  }
  const addon = front === 'node' ? undefined : loadAddon()
  if (addon !== undefined) return (parts) => openNativeFront(parts, addon)
  if (front !== 'native') return openNodeFront
  throw refused(`the native front is not here: ${addonAbsence()}`)
}

function refused(message: string): SealtrailError {
  return new SealtrailError('ConfigInvalid', message)
}
