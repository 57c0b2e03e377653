/**
 * What a bench asks, and what it needs for it.
 *
 * @module
 */
import type { EngineName } from '../engine/engine.js'
import type { Contender, Contest } from './contest.js'

export interface Needs {
  /** An empty directory, on the disk that is asked about. */
  readonly folder: string
  /** The only one of ours that takes part; `auto`: all of them, or the one that would be chosen. */
  readonly engine: EngineName | 'auto'
  /** Less of everything that takes long. */
  readonly isQuick: boolean
  /** To be run when the question is over, the last one first. */
  readonly closers: Array<() => unknown>
  /** Something that people should know: a peer that is not installed, say. */
  note(sentence: string): void
}

export type Held = Contest & { readonly contenders: Contender[] }

export interface Asked {
  /** One after the other, as they are made ready. */
  contests(needs: Needs): AsyncGenerator<Held>
}

export interface Question {
  /** Such as `engine/seal`. */
  readonly name: string
  readonly asks: string
  /** Of one core, or of the machine. */
  readonly cores: 'one' | 'all'
  /** Whoever asks pays for what it needs, and nobody else. */
  load(): Promise<Asked>
}
