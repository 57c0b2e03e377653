/**
 * The house behind a port: its doors for AWS SDKs and CLIs, with the access keys of the data directory.
 *
 * @module
 */
import type { Clock } from './clock.js'
import { type Config, readConfig } from './config.js'
import type { Engine } from './engine/engine.js'
import { givenMembers, isObject, reading, unlike } from './given.js'
import type { Door } from './http/doors/door.js'
import { type RunningServer, startServer } from './http/front/server.js'
import { type Logger, silentLogger } from './http/log.js'
import type { Measured } from './http/metrics.js'
import { loadCredentials } from './iam/credentials-file.js'
import type { Credential, FindCredential } from './sigv4/credential.js'
import type { FactsListener, Store } from './store/store.js'

/** Their defaults and bounds stand in config.ts. */
export const LISTEN_SETTINGS = [
  ...([
    'host',
    'port',
    'auth',
    'front',
    'bodyBytesMax',
    'headerBytesMax',
    'headersTimeoutMs',
  ] as const),
  ...(['bodyBytesPerSecondMin', 'connectionsPerPeerMax', 'queueMsMax', 'accessLog'] as const),
  ...(['requestTimeoutMs', 'connectionsMax', 'inflightMax', 'queueMax', 'stopTimeoutMs'] as const),
  ...(['tlsCert', 'tlsKey'] as const),
]

export type ListenOptions = Partial<Pick<Config, (typeof LISTEN_SETTINGS)[number]>> & {
  /** Told of what fails in here, and with `accessLog` of every request; nobody is unless given. */
  readonly logger?: Logger | undefined
  /** Who may call beside the users of IAM; the access keys of the data directory unless given. */
  readonly find?: FindCredential | undefined
}

export interface Listening extends RunningServer {
  /** The access key that a first start made, to be shown once. */
  readonly created: Credential | undefined
}

export interface Served {
  readonly doors: readonly Door[]
  /** Where the KMS keys are. */
  readonly engine: Engine
  readonly store: Pick<Store, 'scribe' | 'onFacts'>
  readonly measured?: Measured
  readonly config: Config
  readonly clock: Clock
  /** Whether a call that repeats another may be answered as that one was, unseen. */
  readonly isRepeating: boolean
  /** The users of IAM, and who has temporary credentials. */
  readonly findUser: FindCredential
}

/**
 * Makes the access keys of the data directory when there are none, and listens when resolved.
 * @throws SealtrailError `ConfigInvalid`
 */
export async function listen(
  { doors, engine, store, measured, config, clock, isRepeating, findUser }: Served,
  given: ListenOptions,
): Promise<Listening> {
  const { logger = silentLogger, find, ...settings } = givenMembers(given, 'the options')
  checkLogger(logger)
  if (find !== undefined && typeof find !== 'function') throw unlike('find', 'a function', find)
  const { dataDir, rootKeyFile, account } = config
  const options = readConfig({ ...settings, dataDir, rootKeyFile, account })
  const credentials = find === undefined ? await loadCredentials(dataDir, account) : { find }
  const findAny: FindCredential = (id, token) => credentials.find(id) ?? findUser(id, token)
  const isRepeatable = find === undefined && engine.name === 'native' && isRepeating
  const repeats = {
    ...{ engine, scribe: store.scribe },
    onFacts: (listener: FactsListener) => store.onFacts(listener),
  }
  const parts = {
    ...{ doors, find: findAny, engine, config: options, logger, clock },
    ...(measured === undefined ? {} : { measured }),
    ...(isRepeatable ? { repeats } : {}),
  }
  const server = await startServer(parts)
  return { ...server, created: 'created' in credentials ? credentials.created : undefined }
}

function checkLogger(given: Logger): void {
  const isLogger = reading('a logger', () => {
    if (!isObject(given)) return false
    return [given.info, given.debug, given.error].every((write) => typeof write === 'function')
  })
  if (!isLogger) throw unlike('a logger', 'an object with info, debug and error', given)
}
