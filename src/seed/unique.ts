/**
 * What no schema says of a seed: that each thing in it is there once.
 *
 * @module
 */
import { isMultiRegion } from '../kms/keys/key.js'
import type { Seed } from './schema.js'

/** A thing by its name among its like, and where it stands. */
type Named = readonly [name: string, place: string]

/** One sentence about the first thing that is there twice, or undefined. */
export function repetitionIn({ accounts = [], keys = [] }: Seed): string | undefined {
  const names = [
    ...accounts.flatMap(({ account, policies = [], users = [], roles = [] }, index): Named[] => {
      const at = `accounts[${index}]`
      // AWS's names are told apart by more than their case.
      const of = (kind: string, list: ReadonlyArray<{ readonly name: string }>) =>
        list.map(({ name }, i): Named => {
          return [`${account} ${kind} ${name.toLowerCase()}`, `${at}.${kind}[${i}].name`]
        })
      const accessKeys = users.flatMap(({ accessKeys = [] }, i) =>
        accessKeys.map(({ accessKeyId }, j): Named => {
          return [`access key ${accessKeyId}`, `${at}.users[${i}].accessKeys[${j}].accessKeyId`]
        }),
      )
      return [
        [account, `${at}.account`],
        ...of('policies', policies),
        ...of('users', users),
        ...of('roles', roles),
        ...accessKeys,
      ]
    }),
    ...keys.flatMap(({ account, region, keyId, aliases = [], grants = [] }, index): Named[] => {
      const [at, place] = [`keys[${index}]`, `${account} ${region}`]
      return [
        // A multi-Region key stands for itself: what is in other regions are replicas of it.
        [`${isMultiRegion(keyId) ? account : place} ${keyId}`, `${at}.keyId`],
        ...aliases.map((name, i): Named => [`${place} ${name}`, `${at}.aliases[${i}]`]),
        ...grants.map(({ name }, i): Named => {
          return [`${place} ${keyId} ${name}`, `${at}.grants[${i}].name`]
        }),
      ]
    }),
  ]
  const places = new Map<string, string>()
  for (const [name, place] of names) {
    const first = places.get(name)
    if (first !== undefined) return `${place} is that of ${first} again`
    places.set(name, place)
  }
  return undefined
}
