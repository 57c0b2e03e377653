/**
 * What clients of a house were told, and what must therefore be there when it is opened again.
 *
 * Each client works on keys and aliases of its own, one call after the other, and writes two lines for each call:
 *
 *     { client, call, operation, input }                          before it
 *     { client, call, output } or { client, call, code }          when it has been answered
 *
 * The user agent of a call's record is its mark, `proof-<client>-<call>`; a key is known by its description, an alias by
 * its name, both of which begin with the mark of the call that made them. So everything that is found has one call that
 * it comes from, and of each client at most one call may be there or not: the one that nobody answered.
 *
 * Pure: what is found is read in look.mjs.
 */

/** `proof-3-17`: call 17 of client 3. */
export function markOf(client, call) {
  return `proof-${client}-${call}`
}

/** Lines of clients, mixed as they come, each client's in order. */
export class Oracle {
  #clients = new Map()

  /** @param line an object as above */
  tell({ client, call, operation, input, output, code }) {
    if (!this.#clients.has(client)) this.#clients.set(client, [])
    const calls = this.#clients.get(client)
    if (operation !== undefined) calls.push({ client, call, operation, input })
    else Object.assign(calls.at(-1), code === undefined ? { output } : { code })
  }

  /** Calls that were answered with success. */
  get acknowledged() {
    return this.#calls().filter(({ output }) => output !== undefined)
  }

  #calls() {
    return [...this.#clients.values()].flat()
  }

  /** How many calls a client has made. */
  callsOf(client) {
    return this.#clients.get(client)?.length ?? 0
  }

  /**
   * What a client has, so that it can go on (clients.mjs): of a house in which all is well, with `found` as
   * {@link findings} has it.
   */
  possessionsOf(client, found) {
    const calls = this.#clients.get(client) ?? []
    const byMark = new Map(found.records.map((record) => [record.mark, record]))
    const { keys, aliases } = worldAfter(
      happenedOf(calls, byMark),
      (mark) => found.keys.get(mark)?.id,
    )
    const blobs = this.blobs()
    const mine = { keys: new Map(), aliases: new Map(Object.entries(aliases)) }
    for (const [mark, { id, state, tags }] of Object.entries(keys)) {
      mine.keys.set(mark, { mark, id, state, tags: Object.keys(tags), blob: blobs.get(id)?.blob })
    }
    return mine
  }

  /** key id → { blob, plaintext } that it must still open. */
  blobs() {
    const blobs = new Map()
    for (const { operation, output } of this.acknowledged) {
      if (operation === 'GenerateDataKey') blobs.set(output.keyId, output)
    }
    return blobs
  }

  /**
   * Everything that is not as it was told, in words; empty when all is well. A call that was refused, or that nobody
   * answered, may have had its effect with its record, or neither.
   *
   * @param found { keys: Map of mark → { id, state, deletionDate, description, tags }, aliases: Map of name → key id,
   * records: array of { mark, operation, code } in order }
   */
  findings(found) {
    const findings = []
    const byMark = new Map()
    for (const record of found.records) {
      if (byMark.has(record.mark)) findings.push(`two records of ${record.mark}`)
      byMark.set(record.mark, record)
    }
    const known = new Set()
    for (const calls of this.#clients.values()) {
      for (const { client, call } of calls) known.add(markOf(client, call))
      findings.push(...clientFindings(calls, found, byMark))
    }
    for (const mark of byMark.keys()) {
      if (!known.has(mark)) findings.push(`a record of ${mark}, which was never called`)
    }
    for (const mark of [...found.keys.keys(), ...[...found.aliases.keys()].map(markOfAlias)]) {
      if (!known.has(mark)) findings.push(`${mark} made something and was never called`)
    }
    findings.push(...orderFindings(found.records))
    return findings
  }
}

/** What calls have made of the keys and aliases of a client. */
function worldAfter(calls, idOf) {
  const world = { keys: {}, aliases: {} }
  for (const { client, call, operation, input, output } of calls) {
    const mark = markOf(client, call)
    const key = world.keys[input.key]
    if (operation === 'CreateKey') {
      const { description, tags } = input
      const id = output?.keyId ?? idOf(mark)
      world.keys[mark] = {
        id,
        state: 'Enabled',
        deletionDate: null,
        description,
        tags: { ...tags },
      }
    } else if (operation === 'EnableKey') key.state = 'Enabled'
    else if (operation === 'DisableKey') key.state = 'Disabled'
    else if (operation === 'UpdateKeyDescription') key.description = input.description
    else if (operation === 'TagResource') Object.assign(key.tags, input.tags)
    else if (operation === 'UntagResource') for (const name of input.tagKeys) delete key.tags[name]
    else if (operation === 'ScheduleKeyDeletion') {
      Object.assign(key, { state: 'PendingDeletion', deletionDate: output?.deletionDate ?? 'some' })
    } else if (operation === 'CancelKeyDeletion') {
      Object.assign(key, { state: 'Disabled', deletionDate: null })
    } else if (operation === 'CreateAlias' || operation === 'UpdateAlias') {
      world.aliases[input.alias] = key.id
    } else if (operation === 'DeleteAlias') delete world.aliases[input.alias]
  }
  return world
}

/** Calls that had their effect: of those that nobody was told of, the record says so. */
function happenedOf(calls, byMark) {
  return calls.filter(({ client, call, output }) => {
    const record = byMark.get(markOf(client, call))
    return output !== undefined || (record !== undefined && record.code === undefined)
  })
}

function clientFindings(calls, found, byMark) {
  const [{ client }] = calls
  const findings = []
  const is = (mark) => mark.startsWith(`proof-${client}-`)
  const actual = { keys: {}, aliases: {} }
  for (const [mark, key] of found.keys) if (is(mark)) actual.keys[mark] = key
  for (const [name, id] of found.aliases) if (is(markOfAlias(name))) actual.aliases[name] = id
  const idOf = (mark) => found.keys.get(mark)?.id

  for (const { client, call, operation, output } of calls) {
    if (output === undefined) continue
    const mark = markOf(client, call)
    const record = byMark.get(mark)
    if (record === undefined) findings.push(`no record of ${mark}, ${operation}`)
    else if (record.operation !== operation || record.code !== undefined) {
      findings.push(`the record of ${mark} tells of ${record.operation} ${record.code ?? ''}`)
    }
  }
  // Of what nobody was told, the record says whether it happened.
  const expected = worldAfter(happenedOf(calls, byMark), idOf)
  for (const what of ['keys', 'aliases']) {
    for (const name of new Set([...Object.keys(expected[what]), ...Object.keys(actual[what])])) {
      const [wanted, is] = [expected[what][name], actual[what][name]]
      if (text(wanted, is) !== text(is, wanted)) {
        findings.push(`${name} is ${JSON.stringify(is)} and should be ${JSON.stringify(wanted)}`)
      }
    }
  }
  return findings
}

/** Comparable; a date that nobody was told is any. */
function text(thing, other) {
  if (thing === undefined || typeof thing === 'string') return String(thing)
  const { id, state, description, deletionDate, tags } = thing
  const anyDate =
    deletionDate === 'some' || (other?.deletionDate === 'some' && deletionDate !== null)
  const sorted = Object.entries(tags).sort()
  return JSON.stringify([id, state, description, anyDate ? 'some' : deletionDate, sorted])
}

/** Calls of one client follow each other, and so do their records. */
function orderFindings(records) {
  const last = new Map()
  const findings = []
  for (const { mark } of records) {
    const [, client, call] = mark.split('-')
    if (last.get(client) >= Number(call)) findings.push(`the record of ${mark} is out of order`)
    last.set(client, Number(call))
  }
  return findings
}

/** `alias/proof-3-17` */
function markOfAlias(name) {
  return name.slice('alias/'.length)
}
