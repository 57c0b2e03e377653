/**
 * A seed file, read: a private file of YAML, or JSON, which YAML includes.
 *
 * It holds secrets, so that only its owner may read it (store/files/private-file.ts), and what is wrong is said by its place,
 * never by what stands there. Its bytes are wiped; the texts that the parser made of them are strings, which live
 * until they are collected.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { readPrivateFile } from '../store/files/private-file.js'
import { complaintOf } from './check.js'
import { SEED_SCHEMA, type Seed } from './schema.js'
import { repetitionIn } from './unique.js'
import { parseYaml } from './yaml.js'

const FILE_BYTES_MAX = 8 << 20

/** @throws SealtrailError `ConfigInvalid`, naming the place. */
export async function readSeedFile(path: string): Promise<Seed> {
  const unusable = (reason: string, cause?: unknown) => unusableSeed(path, reason, cause)
  const bytes = await readPrivateFile({ path, bytesMax: FILE_BYTES_MAX, unusable })
  if (bytes === undefined) throw unusable('is not there')
  try {
    return parseSeed(bytes, path)
  } finally {
    bytes.fill(0)
  }
}

export function unusableSeed(path: string, reason: string, cause?: unknown): SealtrailError {
  return new SealtrailError('ConfigInvalid', `seed file ${path} ${reason}`, {}, { cause })
}

function parseSeed(bytes: Uint8Array, path: string): Seed {
  const given = parseYaml(bytes, (reason) => unusableSeed(path, reason))
  const complaint = complaintOf(SEED_SCHEMA, given) ?? repetitionIn(given as Seed)
  if (complaint !== undefined) throw unusableSeed(path, `is no seed: ${complaint}`)
  return given as Seed
}
