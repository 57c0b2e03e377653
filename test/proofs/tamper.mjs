/**
 * Proofs with one thing in them changed: a bit of a hash, a record, a signature; a number; a line that is gone, twice there or
 * elsewhere. Each is well-formed, so that what refuses it is what it says.
 *
 * @param random gives whole numbers below what it is given
 */
export function tampered(text, random) {
  const [head, ...checkpoint] = text.split('\n\n')
  const lines = head.split('\n')
  const ways = [
    () => joined(changedLine(lines, random), checkpoint),
    () => joined(withoutOne(lines, random), checkpoint),
    () => joined(withTwice(lines, random), checkpoint),
    () => joined(swapped(lines, random), checkpoint),
    () => joined(lines, changedCheckpoint(checkpoint, random)),
    () => joined(lines, changedCheckpoint(checkpoint, random)),
  ]
  for (;;) {
    const changed = ways[random(ways.length)]()
    if (changed !== text) return changed
  }
}

/** One bit of `bytes`, which stay as they are. */
export function withOtherBit(bytes, random) {
  const changed = Buffer.from(bytes)
  changed[random(changed.length)] ^= 1 << random(8)
  return changed
}

function joined(lines, checkpoint) {
  return [lines.join('\n'), ...checkpoint].join('\n\n')
}

function changedLine(lines, random) {
  const at = random(lines.length)
  const [word, value] = lines[at].includes(' ') ? lines[at].split(' ') : ['', lines[at]]
  if (value.startsWith('c2sp.org')) return lines
  const other = /^\d+$/.test(value) ? otherNumber(value, random) : otherBase64(value, random)
  return lines.with(at, word === '' ? other : `${word} ${other}`)
}

function otherNumber(value, random) {
  const shift = [-1, 1, 256, 65_536][random(4)]
  return String(Math.abs(Number(value) + shift))
}

function otherBase64(value, random) {
  return withOtherBit(Buffer.from(value, 'base64'), random).toString('base64')
}

function withoutOne(lines, random) {
  return lines.toSpliced(random(lines.length), 1)
}

function withTwice(lines, random) {
  const at = random(lines.length)
  return lines.toSpliced(at, 0, lines[at])
}

function swapped(lines, random) {
  const [one, other] = [random(lines.length), random(lines.length)]
  return lines.with(one, lines[other]).with(other, lines[one])
}

/** Its two parts: the text without its last line feed, and the signatures. */
function changedCheckpoint([text, signatures], random) {
  const lines = text.split('\n')
  const [mark, name, signature] = signatures.trimEnd().split(' ')
  const signed = (by) => `${mark} ${name} ${by}\n`
  const ways = [
    () => [lines.with(0, `${lines[0]}0`).join('\n'), signatures],
    () => [lines.with(1, otherNumber(lines[1], random)).join('\n'), signatures],
    () => [lines.with(2, otherBase64(lines[2], random)).join('\n'), signatures],
    () => [text, signed(otherBase64(signature, random))],
    () => [text, signed(Buffer.from(signature, 'base64').subarray(0, 67).toString('base64'))],
  ]
  return ways[random(ways.length)]()
}
