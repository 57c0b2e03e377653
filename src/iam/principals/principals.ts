/**
 * Who is who, in all accounts: kept whole in memory, so that whoever signs and whoever decides need not wait.
 *
 *     change   holds the account; save commits, and only then memory changes
 *     find     the credential of an access key that is active, at once
 *
 * So what is found is what was last acknowledged. What there may be of it all is bounded (quotas.ts). At a start every
 * row is read and checked; what a row names must be there, or somebody has taken it away.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { Directory } from '../../policy/grammar/identified.js'
import type { Root } from '../../root/root.js'
import type { Call } from '../../service/calls/call.js'
import type { PrincipalPolicies } from '../../service/policies.js'
import { Credential } from '../../sigv4/credential.js'
import { Locks } from '../../store/keep/locks.js'
import type { Store } from '../../store/store.js'
import { Account } from './account.js'
import { loadThings } from './load.js'
import { checkWeight, weightOf } from './quotas.js'
import { dropThing, putThing } from './rows.js'
import { unwrapSecret } from './secret.js'
import { type AccessKey, arnOfNamed, defaultDocument, type Entity, type Thing } from './things.js'

export type Edit = { readonly put: Thing } | { readonly drop: Thing }

const PRINCIPAL =
  /^arn:[a-z-]+:(?:iam|sts)::(\d{12}):(user|role|assumed-role)(\/(?:[^:]*\/)?)([^:/]+)$/

interface KeptPolicies {
  readonly epoch: number
  readonly value: PrincipalPolicies
}

export class Principals implements Directory {
  readonly #root: Root
  readonly #locks = new Locks()
  readonly #accounts = new Map<string, Account>()
  readonly #keys = new Map<string, AccessKey>()
  /** Of keys that have been used, as their users are now. */
  readonly #credentials = new Map<string, Credential>()
  readonly #policies = new WeakMap<Entity, KeptPolicies>()
  /** Grows when any managed policy or group changes. */
  #epoch = 0
  #weight = 0

  private constructor(root: Root) {
    this.#root = root
  }

  /** @throws SealtrailError `StoreDamaged` when a row, or what it names, is not as it was put there. */
  static async open(store: Store, root: Root): Promise<Principals> {
    const principals = new Principals(root)
    for await (const thing of loadThings(store, root)) {
      principals.#checkNamed(thing)
      principals.#put(thing)
    }
    return principals
  }

  /** An empty one when nothing is kept of it. */
  account(account: string): Account {
    return this.#accounts.get(account) ?? new Account()
  }

  /** For signatures (FindCredential): undefined when there is no such key, or it is not active. */
  find(accessKeyId: string): Credential | undefined {
    const kept = this.#credentials.get(accessKeyId)
    if (kept !== undefined) return kept
    const key = this.#keys.get(accessKeyId)
    if (key?.status !== 'Active') return undefined
    const credential = this.#credentialOf(key)
    this.#credentials.set(accessKeyId, credential)
    return credential
  }

  key(accessKeyId: string): AccessKey | undefined {
    return this.#keys.get(accessKeyId)
  }

  /**
   * Whether there is the user or role with this ARN, or the role of a session. Accounts, and whom an account of which
   * nothing is kept may have, are taken to be there.
   */
  isThere(arn: string): boolean {
    const [, accountId = '', kind, path = '', name = ''] = PRINCIPAL.exec(arn) ?? []
    const account = this.#accounts.get(accountId)
    if (account === undefined || kind === undefined) return true
    if (kind === 'assumed-role') return account.roles.find(path.split('/')[1] ?? '') !== undefined
    const entity = kind === 'user' ? account.users.find(name) : account.roles.find(name)
    return entity?.path === path
  }

  idOf(arn: string): string | undefined {
    const [, accountId = '', kind, path = '', name = ''] = PRINCIPAL.exec(arn) ?? []
    const { users, roles } = this.account(accountId)
    const entity =
      kind === 'user' ? users.find(name) : kind === 'role' ? roles.find(name) : undefined
    return entity?.path === path ? entity.id : undefined
  }

  nameOf(id: string, arn: string): string {
    const { users, roles } = this.account(arn.split(':')[4]!)
    const entity = users.byId(id) ?? roles.byId(id)
    if (entity === undefined) return id
    const start = arn.split(':').slice(0, 5).join(':')
    return `${start}:${entity.kind}${entity.path}${entity.name}`
  }

  /** The policies that bind a user or role; undefined when it is there no more. */
  policiesOf(accountId: string, id: string): PrincipalPolicies | undefined {
    const account = this.account(accountId)
    const entity = account.users.byId(id) ?? account.roles.byId(id)
    if (entity === undefined) return undefined
    const kept = this.#policies.get(entity)
    if (kept?.epoch === this.#epoch) return kept.value
    const documentOf = (policyId: string) => defaultDocument(account.policies.byId(policyId)!)
    const { tags, boundary } = entity
    const groups = entity.kind === 'user' ? account.groupsOf(entity) : []
    const documentsOf = ({ inline, attached }: Entity) => [...inline, ...attached.map(documentOf)]
    const value = {
      tags,
      identityPolicies: [entity, ...groups].flatMap(documentsOf),
      boundary: boundary === undefined ? undefined : documentOf(boundary),
    }
    this.#policies.set(entity, { epoch: this.#epoch, value })
    return value
  }

  /** Runs `work` while nobody else changes the account. */
  change<Answer>(account: string, work: (account: Account) => Promise<Answer>): Promise<Answer> {
    return this.#locks.run([account], () => work(this.account(account)))
  }

  /** Makes edits of the account that is held durable, with the call's record of success. */
  async save(call: Call, edits: readonly Edit[], output?: object): Promise<void> {
    const puts = edits.flatMap((edit) => ('put' in edit ? [edit.put] : []))
    checkWeight(puts.reduce((sum, thing) => sum + weightOf(thing), this.#weight))
    const changes = edits.map((edit) =>
      'put' in edit ? putThing(this.#root, edit.put) : dropThing(edit.drop),
    )
    await call.succeed(changes, output)
    for (const edit of edits) {
      if ('put' in edit) this.#put(edit.put)
      else this.#drop(edit.drop)
    }
  }

  #put(thing: Thing): void {
    const before = this.#stored(thing)
    this.#weight += weightOf(thing) - (before === undefined ? 0 : weightOf(before))
    this.#forget(thing, before)
    const account = this.account(thing.account)
    this.#accounts.set(thing.account, account)
    account.put(thing)
    if (thing.kind === 'key') this.#keys.set(thing.accessKeyId, thing)
  }

  #drop(thing: Thing): void {
    this.#weight -= weightOf(thing)
    this.#forget(thing, undefined)
    const account = this.account(thing.account)
    account.drop(thing)
    if (account.isEmpty) this.#accounts.delete(thing.account)
    if (thing.kind === 'key') this.#keys.delete(thing.accessKeyId)
  }

  /** What was made of a thing that is about to be another. */
  #forget(thing: Thing, before: Thing | undefined): void {
    if (thing.kind === 'policy' || thing.kind === 'group') this.#epoch++
    if (thing.kind === 'key') this.#credentials.delete(thing.accessKeyId)
    if (thing.kind !== 'user' || before?.kind !== 'user') return
    if (thing.name === before.name && thing.path === before.path) return
    for (const { accessKeyId } of this.account(thing.account).keysOf(thing)) {
      this.#credentials.delete(accessKeyId)
    }
  }

  #stored(thing: Thing): Thing | undefined {
    const { users, roles, groups, policies } = this.account(thing.account)
    switch (thing.kind) {
      case 'user':
        return users.byId(thing.id)
      case 'role':
        return roles.byId(thing.id)
      case 'group':
        return groups.byId(thing.id)
      case 'policy':
        return policies.byId(thing.id)
      case 'key':
        return this.#keys.get(thing.accessKeyId)
    }
  }

  #credentialOf(key: AccessKey): Credential {
    const { accessKeyId, account, userId } = key
    const user = this.account(account).users.byId(userId)!
    return new Credential({
      accessKeyId,
      account,
      secretAccessKey: () => unwrapSecret(this.#root, key),
      identity: (region) => ({
        type: 'IAMUser',
        principalId: userId,
        arn: arnOfNamed(user, region),
        accountId: account,
        accessKeyId,
        userName: user.name,
      }),
      policies: () => this.policiesOf(account, userId),
    })
  }

  /** Policies are loaded first, then groups, then users. */
  #checkNamed(thing: Thing): void {
    if (thing.kind === 'policy') return
    const { groups, policies, users } = this.account(thing.account)
    if (thing.kind === 'key') {
      if (users.byId(thing.userId) === undefined) throw missing(thing.userId, thing.accessKeyId)
      return
    }
    for (const id of [...thing.attached, ...(thing.boundary ? [thing.boundary] : [])]) {
      if (policies.byId(id) === undefined) throw missing(id, thing.id)
    }
    for (const id of thing.kind === 'user' ? thing.groups : []) {
      if (groups.byId(id) === undefined) throw missing(id, thing.id)
    }
  }
}

function missing(id: string, namedBy: string): SealtrailError {
  const message = `${id}, which ${namedBy} names, is not there: stop, and start on the journal`
  return new SealtrailError('StoreDamaged', message, { id })
}
