/**
 * What coordinator and client say to each other, version 1.
 *
 *     coordinator   hello   clock…   start     clock…   go                stop, change
 *     client        hello   clock…   … ready   clock…   window, window …           … sent
 *
 * A client that does not want, or cannot, says `refused` or `failed` and why. Both say `alive` (line.ts). What comes is held
 * against its form, with bounds, before anybody works with it (message-schema.ts). Source: docs/FORMAT.md §15.3.
 *
 * @module
 */
import { complaintOf } from '../../seed/check.js'
import type { CountsData } from '../recording/counts.js'
import { Latencies } from '../recording/latencies.js'
import type { WindowData } from '../recording/recorder.js'
import type { Environment } from '../report/run.js'
import type { Sent } from '../running/sender.js'
import type { TargetAddress } from '../targets/address.js'
import { FROM_CLIENT_SCHEMA, HELLO_SCHEMA, TO_CLIENT_SCHEMA } from './message-schema.js'

export const VERSION = 1
/** Of what comes from who has not said hello. */
export const HELLO_BYTES_MAX = 64 * 1024
/** Of all else: a scenario file has 1 MiB at most; histograms of 20 kinds of work have less than this. */
export const MESSAGE_BYTES_MAX = 16 * 1024 * 1024

export type ToClient =
  | { readonly kind: 'hello'; readonly version: number }
  | { readonly kind: 'clock' }
  | {
      readonly kind: 'start'
      /** As its file and flags say it. */
      readonly scenario: object
      readonly index: number
      readonly address: TargetAddress
    }
  /** By the client's clock. */
  | { readonly kind: 'go'; readonly at: number }
  | { readonly kind: 'stop'; readonly why: 'enough' | 'interrupted' }
  | { readonly kind: 'change'; readonly factor: number }

export type FromClient =
  | { readonly kind: 'hello'; readonly version: number; readonly machine: Environment }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'clock'; readonly at: number }
  | { readonly kind: 'ready' }
  | { readonly kind: 'window'; readonly window: WindowData }
  | { readonly kind: 'sent'; readonly sent: Sent; readonly stealMs: number | null }
  | { readonly kind: 'failed'; readonly reason: string }

/** @throws Error saying what does not fit */
export function toClient(value: unknown): ToClient {
  return fitting(TO_CLIENT_SCHEMA, value) as ToClient
}

/** @throws Error saying what does not fit */
export function fromClient(value: unknown): FromClient {
  const message = fitting(FROM_CLIENT_SCHEMA, value) as FromClient
  if (message.kind === 'window') checkHistograms(message.window)
  if (message.kind === 'sent') {
    const { warmup, operations } = message.sent
    for (const counts of [warmup, ...Object.values(operations)]) checkHistograms(counts)
  }
  return message
}

function fitting(schema: typeof TO_CLIENT_SCHEMA, value: unknown): unknown {
  const { kind, version } = (value ?? {}) as { readonly kind?: unknown; readonly version?: unknown }
  // Whatever else another version says in it.
  const isOther = kind === 'hello' && version !== VERSION
  const complaint = complaintOf(isOther ? HELLO_SCHEMA : schema, value)
  if (complaint !== undefined) throw new Error(complaint)
  return value
}

function checkHistograms({ ok, corrected, raw }: CountsData): void {
  for (const text of [corrected, raw]) {
    if (Latencies.decode(text).count !== ok) throw new Error('latencies of more or fewer than ok')
  }
}
