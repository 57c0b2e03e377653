/**
 * The form of a log file that is made here, which is CloudTrail's: `{"Records":[…]}`, compressed; and its name.
 *
 * @module
 */
const [LINE_END, COMMA] = [0x0a, 0x2c]
const [HEAD, TAIL] = [Buffer.from('{"Records":['), Buffer.from(']}')]

/** Of lines of JSON, of which the last may have its line end or not. */
export function logFileOf(lines: Uint8Array): Buffer {
  const end = lines.at(-1) === LINE_END ? lines.length - 1 : lines.length
  const file = Buffer.allocUnsafe(HEAD.length + end + TAIL.length)
  file.set(HEAD)
  const body = file.subarray(HEAD.length, HEAD.length + end)
  body.set(lines.subarray(0, end))
  // No line of JSON has one inside.
  for (let at = body.indexOf(LINE_END); at !== -1; at = body.indexOf(LINE_END, at + 1)) {
    body[at] = COMMA
  }
  file.set(TAIL, HEAD.length + end)
  return file
}

/** Below the prefix of the run; in the order of their numbers. */
export function logName(number: number): string {
  return `logs/${String(number).padStart(12, '0')}.json.gz`
}
