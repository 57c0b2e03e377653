/**
 * Another machine that sends, as whoever leads the run sees it; how it is reached is coordination/remote-client.ts.
 *
 * @module
 */
import type { WindowData } from '../recording/recorder.js'
import type { ClientClock, Environment } from '../report/run.js'
import type { TargetAddress } from '../targets/address.js'
import type { Client, ClientOptions } from './client.js'

export interface Machine {
  /** `host:port`. */
  readonly name: string
  readonly environment: Environment
  /** Against that of who leads; null before the client is prepared. */
  readonly clock: ClientClock | null
  client(
    options: ClientOptions,
    address: TargetAddress,
    onWindow: (window: WindowData) => void,
  ): Client
}
