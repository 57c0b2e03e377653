/**
 * Opens a house, looks at everything in it by its API, and compares that with an oracle (oracle.mjs).
 */
import { openSealtrail } from '../../../dist/index.js'
import { digestOf } from './clients.mjs'

const LIMIT = 1000
/** Nothing here takes seconds; what takes this long hangs. */
const TIMEOUT_MS = 30_000
/** How a Decrypt is refused by the state of its key. */
const REFUSED = { Disabled: 'DisabledException', PendingDeletion: 'KMSInvalidStateException' }

/** Where a house lies below `root`: its data directory, and its root key beside it. */
export function houseIn(root) {
  return { dataDir: `${root}/data`, rootKeyFile: `${root}/root-key`, threads: 1 }
}

/**
 * Opens what lies in `root` and looks.
 *
 * @returns { result, findings: array of text }: `right`, or `wrong` with what is; `refused` when it does not open and
 * says which file is why, `unnamed` when it does not say; `failed` when it opened and a call of the look was refused that
 * should not be; `hangs`.
 */
export async function lookInto(root, oracle, more) {
  let timer
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve({ result: 'hangs', findings: ['no answer'] }), TIMEOUT_MS)
  })
  try {
    return await Promise.race([looked(root, oracle, more), late])
  } finally {
    clearTimeout(timer)
  }
}

async function looked(root, oracle, more) {
  let house
  try {
    house = await openSealtrail(houseIn(root))
  } catch (error) {
    const says = `${error.code ?? error.name}: ${error.message}`
    // Of the proof itself, which has let go of nothing.
    if (error.code === 'StoreInUse') throw error
    return { result: namesFile(says, root) ? 'refused' : 'unnamed', findings: [says] }
  }
  const answer = await findingsIn(house, oracle, more).then(
    (findings) => ({ result: findings.length === 0 ? 'right' : 'wrong', findings }),
    (error) => ({ result: 'failed', findings: [`${error.code ?? error.name}: ${error.message}`] }),
  )
  try {
    await house.close()
    return answer
  } catch (error) {
    if (answer.result !== 'right') return answer
    return { result: 'failed', findings: [`it does not close: ${error.message}`] }
  }
}

/** A file, not only the directory that it is in. */
function namesFile(says, root) {
  return /(sqlite|\.seal|\/lock|mark|shreds|snapshot|root-key)/.test(says.replaceAll(root, ''))
}

/**
 * Everything in an open house that is not as `oracle` was told.
 *
 * @param more policy: what all keys have; records: digest of all that was recorded, byte for byte. Looked at when given.
 * @param found what {@link lookAround} has given just now
 */
export async function findingsIn(house, oracle, more = {}, found = undefined) {
  const { kms } = house
  const [{ keys, aliases, records }, opened] = await Promise.all([
    found ?? lookAround(house),
    openedBlobs(kms, oracle),
  ])
  const states = new Map([...keys.values()].map(({ id, state }) => [id, state]))
  const findings = oracle.findings({ keys, aliases, records })
  for (const { keyId, answer, digest } of opened) {
    const wanted = REFUSED[states.get(keyId)] ?? digest
    if (answer !== wanted) findings.push(`a blob of ${keyId} gives ${answer} and should ${wanted}`)
  }
  if (more.records !== undefined) {
    if (more.records !== digestOfRecords(records)) {
      findings.push('the records are not those that were written')
    }
    findings.push(...(await filterFindings(house, records)))
  }
  if (more.policy !== undefined) {
    const policies = await Promise.all(
      [...keys.values()].map(({ id }) => kms.getKeyPolicy({ KeyId: id })),
    )
    if (policies.some(({ Policy }) => Policy !== more.policy)) findings.push('a policy is another')
  }
  return findings
}

/** Keys, aliases and records, as the oracle compares them. */
export async function lookAround(house) {
  const { kms } = house
  const { Keys } = await kms.listKeys({ Limit: LIMIT })
  const [described, aliases, records] = await Promise.all([
    Promise.all(Keys.map(({ KeyId }) => describe(kms, KeyId))),
    everyAlias(kms),
    everyRecord(house),
  ])
  const keys = new Map()
  for (const key of described) {
    const [mark] = key.description.split(' ')
    keys.set(keys.has(mark) ? `${mark}, a second time` : mark, key)
  }
  return {
    keys,
    aliases: new Map(aliases.map(({ AliasName, TargetKeyId }) => [AliasName, TargetKeyId])),
    records,
  }
}

/** What {@link findingsIn} can be told to look for as well, from a house in which all is well. */
export async function moreOf(house) {
  const { Keys } = await house.kms.listKeys({ Limit: 1 })
  const { Policy } = await house.kms.getKeyPolicy({ KeyId: Keys[0].KeyId })
  return { policy: Policy, records: digestOfRecords(await everyRecord(house)) }
}

/** Records that are asked for by their operation are those that tell of it. */
async function filterFindings(house, records) {
  const names = [...new Set(records.map(({ operation }) => operation))]
  const marks = (list) => list.map(({ mark }) => mark).join()
  const differ = await Promise.all(
    names.map(async (eventName) => {
      const wanted = records.filter(({ operation }) => operation === eventName)
      return marks(await everyRecord(house, { eventName })) === marks(wanted) ? [] : [eventName]
    }),
  )
  return differ.flat().map((name) => `records of ${name} are not found by its name`)
}

function digestOfRecords(records) {
  return digestOf(records.map(({ text }) => text).join('\n'))
}

async function describe(kms, KeyId) {
  const [{ KeyMetadata }, { Tags }] = await Promise.all([
    kms.describeKey({ KeyId }),
    kms.listResourceTags({ KeyId }),
  ])
  return {
    id: KeyId,
    state: KeyMetadata.KeyState,
    deletionDate: KeyMetadata.DeletionDate?.getTime() ?? null,
    description: KeyMetadata.Description,
    tags: Object.fromEntries(Tags.map(({ TagKey, TagValue }) => [TagKey, TagValue])),
  }
}

async function everyAlias(kms) {
  const aliases = []
  for await (const alias of kms.everyAlias()) {
    if (!alias.AliasName.startsWith('alias/aws/')) aliases.push(alias)
  }
  return aliases
}

/** Those of marked calls, in order. */
async function everyRecord(house, filter = {}) {
  const records = []
  for (let afterSeq = 0; ; ) {
    const page = await house.records({ ...filter, afterSeq, limit: LIMIT })
    for (const { record } of page) {
      const mark = /"userAgent":"(proof-[^"]+)"/.exec(record)?.[1]
      if (mark === undefined) continue
      // The whole of it must still be one.
      const { eventName, errorCode } = JSON.parse(record)
      records.push({ mark, operation: eventName, code: errorCode, text: record })
    }
    if (page.length < LIMIT) return records
    afterSeq = page.at(-1).seq
  }
}

async function openedBlobs(kms, oracle) {
  return await Promise.all(
    [...oracle.blobs()].map(async ([keyId, { blob, digest }]) => {
      const given = { KeyId: keyId, CiphertextBlob: Buffer.from(blob, 'base64') }
      const answer = await kms.decrypt(given).then(
        ({ Plaintext }) => digestOf(Plaintext),
        ({ code }) => code,
      )
      return { keyId, answer, digest }
    }),
  )
}
