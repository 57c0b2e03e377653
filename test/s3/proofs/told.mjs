/**
 * What the clients of kills.mjs were told, in a file each, of which every line is synced before its client goes on.
 *
 *     { call, asks, bucket, key, … } → the call → { call, isAnswer, isDone, versionId }
 *
 * A client has keys of its own and makes one call at a time, so at most its last call is in doubt: it took place, or it
 * did not.
 */
import { existsSync, readFileSync, truncateSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'

/** The last one uploads in parts. */
export const CLIENTS = 9
export const BUCKETS = { kept: 'kill-versions', overwritten: 'kill-overwrites' }

/** A lone call that nobody made, as a control. */
export const INVENTED = [
  { call: 1, asks: 'put', bucket: BUCKETS.kept, key: 'invented', size: 1, sha256: '' },
  { call: 1, isAnswer: true, isDone: true, versionId: 'invented' },
]

export class Told {
  #versions = new Map()
  calls = 0
  /** Calls that took place. */
  answers = 0
  /** The call without an answer, as it was asked. */
  doubt
  /** That is neither complete nor aborted: { bucket, key, uploadId, parts }. */
  upload

  take(line) {
    this.calls = line.call
    if (line.upload !== undefined) this.upload = line.upload ?? undefined
    else if (!line.isAnswer) this.doubt = line
    else {
      if (line.isDone) this.#done(this.doubt, line.versionId)
      this.doubt = undefined
      if (line.isDone) this.answers++
    }
  }

  /** `bucket/key` with its versions. */
  all() {
    return [...this.#versions]
  }

  /** Newest first: { versionId, size, sha256 }, or a marker's { versionId, isMarker }. */
  versions({ bucket, key }) {
    return this.#versions.get(`${bucket}/${key}`) ?? []
  }

  #done({ asks, bucket, key, size, sha256, removes, uploadId }, versionId) {
    const before = this.versions({ bucket, key })
    const isKept = bucket === BUCKETS.kept
    const older = isKept ? before : []
    const after =
      removes !== undefined
        ? before.filter((one) => one.versionId !== removes)
        : asks === 'put'
          ? [{ versionId, size, sha256 }, ...older]
          : isKept
            ? [{ versionId, isMarker: true }, ...older]
            : []
    this.#versions.set(`${bucket}/${key}`, after)
    if (uploadId !== undefined) this.upload = undefined
  }
}

/** A line that was cut short was told to nobody, and goes. */
export function readTold(place, client) {
  const told = new Told()
  const path = linesOf(place, client)
  if (!existsSync(path)) return told
  const bytes = readFileSync(path)
  const end = bytes.lastIndexOf('\n') + 1
  if (end < bytes.length) truncateSync(path, end)
  for (const line of bytes.toString('utf8', 0, end).split('\n').filter(Boolean)) {
    told.take(JSON.parse(line))
  }
  return told
}

/** @returns { tell: takes a line, and resolves when it is synced; close } */
export async function openLines(place, client, told) {
  const file = await open(linesOf(place, client), 'a')
  return {
    async tell(line) {
      await file.write(`${JSON.stringify(line)}\n`)
      await file.datasync()
      told.take(line)
    },
    close: () => file.close(),
  }
}

export function linesOf(place, client) {
  return join(place, `client-${client}`)
}
