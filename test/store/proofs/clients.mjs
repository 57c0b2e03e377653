/**
 * Clients of a house that call, and tell an oracle what they were answered (oracle.mjs).
 */
import { createHash } from 'node:crypto'
import { markOf } from './oracle.mjs'

/** Of a client; more would only make each look longer. */
const KEYS_MAX = 6
const ALIASES_MAX = 4

/** Mulberry32, as in test/support/seed.ts: the same calls come again for the same seed. */
export function chanceOf(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function digestOf(bytes) {
  return createHash('sha256').update(bytes).digest('base64')
}

/** What to call, and what of the answer is kept, by operation. `key` stands for the mark of one. */
const CALLS = {
  CreateKey: {
    given: ({ description, tags }) => ({ Description: description, Tags: tagList(tags) }),
    kept: ({ KeyMetadata }) => ({ keyId: KeyMetadata.KeyId }),
  },
  GenerateDataKey: {
    given: (_, { id }) => ({ KeyId: id, KeySpec: 'AES_256' }),
    kept: ({ CiphertextBlob, Plaintext }, { id }) => ({
      keyId: id,
      blob: Buffer.from(CiphertextBlob).toString('base64'),
      digest: digestOf(Plaintext),
    }),
  },
  Decrypt: {
    given: (_, { id, blob }) => ({ KeyId: id, CiphertextBlob: Buffer.from(blob, 'base64') }),
    kept: ({ Plaintext }) => ({ digest: digestOf(Plaintext) }),
  },
  EnableKey: { given: (_, { id }) => ({ KeyId: id }) },
  DisableKey: { given: (_, { id }) => ({ KeyId: id }) },
  UpdateKeyDescription: {
    given: ({ description }, { id }) => ({ KeyId: id, Description: description }),
  },
  TagResource: { given: ({ tags }, { id }) => ({ KeyId: id, Tags: tagList(tags) }) },
  UntagResource: { given: ({ tagKeys }, { id }) => ({ KeyId: id, TagKeys: tagKeys }) },
  ScheduleKeyDeletion: {
    given: (_, { id }) => ({ KeyId: id, PendingWindowInDays: 7 }),
    kept: ({ DeletionDate }) => ({ deletionDate: DeletionDate.getTime() }),
  },
  CancelKeyDeletion: { given: (_, { id }) => ({ KeyId: id }) },
  CreateAlias: { given: ({ alias }, { id }) => ({ AliasName: alias, TargetKeyId: id }) },
  UpdateAlias: { given: ({ alias }, { id }) => ({ AliasName: alias, TargetKeyId: id }) },
  DeleteAlias: { given: ({ alias }) => ({ AliasName: alias }) },
}

/**
 * One client, that draws its calls by `chance` and makes them until `goOn` says no.
 *
 * @param tell takes a line for the oracle; the next thing is done when its promise has resolved.
 * @param mine keys and aliases that it has already, as the oracle knows them.
 * @param firstCall the number of its first call, which no call of its had before.
 */
export async function runClient({
  house,
  client,
  firstCall = 0,
  mine = { keys: new Map(), aliases: new Map() },
  chance,
  tell,
  goOn,
}) {
  for (let call = firstCall; goOn(call); call++) {
    const { operation, input } = draw(mine, markOf(client, call), chance)
    const { given, kept = () => ({}) } = CALLS[operation]
    await tell({ client, call, operation, input })
    const key = mine.keys.get(input.key)
    try {
      const output = kept(
        (await perform(house, client, call, operation, given(input, key))) ?? {},
        key,
      )
      await tell({ client, call, output })
      learn(mine, markOf(client, call), operation, input, output)
    } catch (error) {
      if (error.code === undefined) throw error
      await tell({ client, call, code: error.code })
      // It may have happened all the same: what it was about is left alone from now on.
      mine.keys.delete(input.key)
      mine.aliases.delete(input.alias)
    }
  }
}

function perform(house, client, call, operation, input) {
  const { account, region, identity } = house.caller
  const caller = { account, region, identity: { ...identity, invokedBy: markOf(client, call) } }
  return house.as(caller).kms[operation[0].toLowerCase() + operation.slice(1)](input)
}

function draw({ keys, aliases }, mark, chance) {
  const one = (things) => things[Math.floor(chance() * things.length)]
  const all = [...keys.values()]
  const fresh = all.find(({ blob, state }) => blob === undefined && state === 'Enabled')
  if (fresh !== undefined) return { operation: 'GenerateDataKey', input: { key: fresh.mark } }
  // Most that are to be deleted stay so, as long as there are others.
  const others = all.filter(({ state }) => state !== 'PendingDeletion')
  const key = one(chance() < 0.1 || others.length === 0 ? all : others)
  if (key === undefined || (all.length < KEYS_MAX && chance() < 0.2)) {
    const description = `${mark} ${'d'.repeat(Math.floor(chance() * 200))}`
    return { operation: 'CreateKey', input: { description, tags: { of: mark } } }
  }
  const input = { key: key.mark }
  if (key.state === 'PendingDeletion') return { operation: 'CancelKeyDeletion', input }
  if (chance() < 0.25) {
    const alias = one([...aliases.keys()])
    if (alias === undefined || (aliases.size < ALIASES_MAX && chance() < 0.4)) {
      return { operation: 'CreateAlias', input: { ...input, alias: `alias/${mark}` } }
    }
    if (chance() < 0.4) return { operation: 'DeleteAlias', input: { alias } }
    return { operation: 'UpdateAlias', input: { ...input, alias } }
  }
  const tag = one(key.tags)
  const kind = chance()
  if (kind < 0.1 && tag !== undefined)
    return { operation: 'UntagResource', input: { ...input, tagKeys: [tag] } }
  if (kind < 0.25)
    return { operation: 'TagResource', input: { ...input, tags: { [one(['a', 'b', 'c'])]: mark } } }
  if (kind < 0.35)
    return {
      operation: 'UpdateKeyDescription',
      input: { ...input, description: `${key.mark} by ${mark}` },
    }
  if (kind < 0.42) return { operation: 'ScheduleKeyDeletion', input }
  if (key.state === 'Disabled') return { operation: 'EnableKey', input }
  if (kind < 0.55) return { operation: 'DisableKey', input }
  return { operation: kind < 0.8 ? 'GenerateDataKey' : 'Decrypt', input }
}

function learn({ keys, aliases }, mark, operation, input, output) {
  const key = keys.get(input.key)
  if (operation === 'CreateKey') {
    keys.set(mark, { mark, id: output.keyId, state: 'Enabled', tags: ['of'] })
  } else if (operation === 'GenerateDataKey') key.blob = output.blob
  else if (operation === 'EnableKey') key.state = 'Enabled'
  else if (operation === 'DisableKey' || operation === 'CancelKeyDeletion') key.state = 'Disabled'
  else if (operation === 'ScheduleKeyDeletion') key.state = 'PendingDeletion'
  else if (operation === 'TagResource')
    key.tags = [...new Set([...key.tags, ...Object.keys(input.tags)])]
  else if (operation === 'UntagResource')
    key.tags = key.tags.filter((tag) => !input.tagKeys.includes(tag))
  else if (operation === 'DeleteAlias') aliases.delete(input.alias)
  else if (input.alias !== undefined) aliases.set(input.alias, key.mark)
}

function tagList(tags) {
  return Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }))
}
