/**
 * Wall and monotonic time, as a thing that can be passed in.
 *
 * Everything that reads a time takes a `Clock`, so that a test can stand at any moment.
 *
 * @module
 */

export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number
  /** Milliseconds since some fixed moment; never runs backwards. */
  elapsed(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
}

/** Runs `factor` times as fast as `clock`, from now on. */
export function scaledClock(clock: Clock, factor: number): Clock {
  const [start, begun] = [clock.now(), clock.elapsed()]
  return {
    now: () => Math.floor(start + (clock.elapsed() - begun) * factor),
    elapsed: () => begun + (clock.elapsed() - begun) * factor,
  }
}
