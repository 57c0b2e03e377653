/**
 * All that one account has, in memory; changed by principals.ts, after the commit.
 *
 * @module
 */
import { Names } from './names.js'
import type { AccessKey, Group, ManagedPolicy, Role, Thing, User } from './things.js'

export class Account {
  readonly users = new Names<User>()
  readonly roles = new Names<Role>()
  readonly groups = new Names<Group>()
  readonly policies = new Names<ManagedPolicy>()
  readonly #keys = new Map<string, AccessKey[]>()

  get isEmpty(): boolean {
    const { users, roles, groups, policies } = this
    return users.size + roles.size + groups.size + policies.size === 0
  }

  /** Oldest first. */
  keysOf({ id }: Pick<User, 'id'>): readonly AccessKey[] {
    return this.#keys.get(id) ?? []
  }

  /** By name. */
  membersOf({ id }: Pick<Group, 'id'>): User[] {
    return this.users.below().filter(({ groups }) => groups.includes(id))
  }

  /** In the order in which he was added. */
  groupsOf({ groups }: Pick<User, 'groups'>): Group[] {
    return groups.map((id) => this.groups.byId(id)!)
  }

  put(thing: Thing): void {
    if (thing.kind === 'user') this.users.put(thing)
    else if (thing.kind === 'role') this.roles.put(thing)
    else if (thing.kind === 'group') this.groups.put(thing)
    else if (thing.kind === 'policy') this.policies.put(thing)
    else {
      const others = this.#othersThan(thing)
      const keys = [...others, thing].sort((a, b) => a.createdAt - b.createdAt)
      this.#keys.set(thing.userId, keys)
    }
  }

  drop(thing: Thing): void {
    if (thing.kind === 'user') {
      this.users.drop(thing.id)
      this.#keys.delete(thing.id)
    } else if (thing.kind === 'role') this.roles.drop(thing.id)
    else if (thing.kind === 'group') this.groups.drop(thing.id)
    else if (thing.kind === 'policy') this.policies.drop(thing.id)
    else this.#keys.set(thing.userId, this.#othersThan(thing))
  }

  #othersThan({ userId, accessKeyId }: AccessKey): AccessKey[] {
    return this.keysOf({ id: userId }).filter((key) => key.accessKeyId !== accessKeyId)
  }
}
