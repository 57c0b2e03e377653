/**
 * Log files for benches: events of CloudTrail that follow from a seed.
 *
 * @module
 */
import { eventsOf } from '../load/data/events.js'

/** `bytes` bytes, or an event less; another one for each seed. */
export function logFile(seed: number, bytes: number): Buffer {
  const room = Buffer.alloc(bytes)
  return room.subarray(0, eventsOf({ seed }).document(room))
}
