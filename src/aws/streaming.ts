/**
 * Bytes that come little by little, as a service sees them: whoever sends them, and however they were framed.
 *
 * @module
 */

export interface StreamingBody {
  /** Of what comes out of `pieces`; undefined when only the end tells. */
  readonly bytes: number | undefined
  /** All of it, where it is here in one piece already. */
  readonly whole: Uint8Array | undefined
  /**
   * To be read once. A piece is the reader's until he asks for the next one. Ends in an error when the sender did not
   * send what he said, or not what was signed: then nothing of it counts.
   */
  readonly pieces: AsyncIterable<Uint8Array>
  /** Names of what is said behind the bytes, in lower case, where the head has told them. */
  readonly announced?: readonly string[]
  /** What was said behind the bytes, after their end: names in lower case. */
  trailers(): ReadonlyMap<string, string>
}
