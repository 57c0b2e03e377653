import { afterAll, beforeAll } from 'vitest'
import { openUpstream } from '../../src/upstream/open-upstream.js'
import { blobsSuite } from '../store/blobs/suite.js'
import { temporaryDirs } from '../store/temporary.js'
import { BUCKET, keysOf, serveUpstream, upstreamParts } from './served.js'

const newDir = temporaryDirs('upstream')
/** JSON: a bucket of another gateway to try, as scripts/proofs/upstream-versitygw.mjs does. */
const GIVEN = process.env.BLOBS_UPSTREAM
let place: { url: string; accessKeyId: string; secretAccessKey: string }
let close = async () => {}
let sites = 0

beforeAll(async () => {
  if (GIVEN === undefined) {
    const { url, access, ...served } = await serveUpstream(newDir())
    place = { url: `${url}/${BUCKET}`, ...access }
    close = served.close
  } else place = JSON.parse(GIVEN)
})
afterAll(() => close())

const PART_BYTES = 8 * 1024 * 1024
const FOOT_BYTES = 16

blobsSuite({
  async newSite() {
    const parts = upstreamParts(`${place.url}/site/${sites++}`, place)
    const named = async (start: string) =>
      (await keysOf(parts)).filter((key) => key.startsWith(start))
    return {
      open: () => openUpstream(parts),
      packs: () => named('packs/'),
      files: () => named('files/'),
    }
  },
  ...{ small: 'up', large: 'uf', runs: 12 },
  // Where one request ends and parts begin: with the foot.
  edges: [PART_BYTES - FOOT_BYTES, PART_BYTES, 2 * PART_BYTES + 17],
  strangers: [
    ...['', 'u', 'up-1-aaaaaa-1s-1', 'uf-../../owner-1', 'uf-00-1', 'f-1', 'p-1-aaaaaa-1s-1'],
    ...[`up-${'0'.repeat(32)}-2s-1s-1`, `uf-${'0'.repeat(32)}-1`],
  ],
})
