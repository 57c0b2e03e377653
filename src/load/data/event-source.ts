/**
 * Where the events of log files come from, one after the other: made of a seed, or those of a log that is replayed.
 *
 * @module
 */
export interface EventSource {
  /** No event is longer, its line's end counted. */
  readonly eventBytesMax: number
  /** Resolves when the first events are there. */
  open(): Promise<void>
  /** False while the next event is being read, and at the end. */
  readonly isReady: boolean
  /** The next event, as a line, into `target`, which has room for it. @returns its bytes */
  next(target: Uint8Array): number
  /** Nothing more is asked for. @throws SealtrailError when not all could be read */
  close(): void
}
