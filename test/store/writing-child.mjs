/**
 * Commits keys with their material and audit record, several at a time, and prints the id of each when
 * it is acknowledged, or the code with which it was refused, until it is killed or has done `limit`.
 *
 *     node writing-child.mjs <dataDir> <prefix> <limit>
 */
import { createHash } from 'node:crypto'
import { openStore } from '../../dist/store/store.js'

const [dataDir, prefix, limit] = process.argv.slice(2)
const WRITERS = 8
const PLACE = { account: '111122223333', region: 'us-west-2' }
let count = 0

const store = await openStore({ dataDir })
process.stdout.write('open\n')
await Promise.all(Array.from({ length: WRITERS }, write))
await store.close()
process.stdout.write('closed\n')

async function write() {
  while (count < Number(limit)) {
    const keyId = `${prefix}-${count++}`
    try {
      await store.commit(group(keyId))
      process.stdout.write(`ack ${keyId}\n`)
    } catch (error) {
      process.stdout.write(`no ${error.code}\n`)
    }
  }
}

/** A key, its material, its shred, an object and the record of it, which belong together. */
function group(keyId) {
  const shredId = createHash('md5').update(keyId).digest('hex')
  const key = {
    ...PLACE,
    key_id: keyId,
    created_at: 1,
    description: 'd'.repeat(count % 3000),
    key_state: 'Enabled',
    deletion_at: null,
    key_spec: 'SYMMETRIC_DEFAULT',
    key_usage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
    multi_region: 0,
    policy: '{}',
    tags: '[]',
    current_material: 1,
    shred_id: shredId,
    mac: Buffer.alloc(32, 1),
  }
  const material = {
    ...PLACE,
    key_id: keyId,
    version: 1,
    material_id: 'ab',
    wrapped: Buffer.alloc(128, keyId),
    created_at: 1,
  }
  const changes = [
    { put: 'kms_key', row: key },
    { put: 'kms_material', row: material },
    { put: 's3_version', row: versionOf(keyId) },
  ]
  const shreds = [{ keep: shredId, bytes: Buffer.alloc(128, keyId) }]
  return { changes, records: [`{"eventID":"${keyId}"}`], shreds }
}

function versionOf(keyId) {
  return {
    bucket_id: '0123456789abcdef',
    object_key: keyId,
    version_order: -1,
    version_id: 'null',
    is_latest: 1,
    is_marker: 0,
    bytes: 1,
    etag: 'e',
    modified_at: 1,
    blob: `blob ${keyId}`,
    upload_id: null,
    facts: JSON.stringify({ owner: 'o'.repeat(count % 2000) }),
    mac: Buffer.alloc(32, 1),
  }
}
