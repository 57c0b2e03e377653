/**
 * Users and roles that a policy names, and who they were when it was saved.
 *
 *     arn:aws:iam::111122223333:user/anna   AIDACKCEVSQ6C2EXAMPLE
 *
 * A name can be given to another, a unique id cannot: whoever was there when the policy was saved is meant by his id from
 * then on, also under another name, and whoever is made again under his name is not meant. Where nobody was there, the
 * name counts. Source: IAM user guide, "AWS JSON policy elements: Principal".
 *
 * @module
 */
import { isObject, type Json, readDocument } from './document.js'

export type PrincipalIds = ReadonlyArray<readonly [arn: string, id: string]>

/** Whoever knows users and roles. */
export interface Directory {
  /** Whether there is the user or role with an ARN, as far as it can be known. */
  isThere(arn: string): boolean
  /** The unique id of the user or role with an ARN; undefined for others. */
  idOf(arn: string): string | undefined
  /** The ARN by which `id` goes now, who had this one; the id of whom is there no more. */
  nameOf(id: string, arn: string): string
}

/** Of those whom a policy names. */
export function principalIdsIn(
  { principals }: { readonly principals: ReadonlySet<string> },
  directory: Directory,
): PrincipalIds {
  return [...principals].flatMap((arn) => {
    const id = directory.idOf(arn)
    return id === undefined ? [] : [[arn, id] as const]
  })
}

/** The policy as AWS shows it: as it was given, with those who have another name now, or none. */
export function shownText(text: string, ids: PrincipalIds, directory: Directory): string {
  const names = new Map(ids.map(([arn, id]) => [arn, directory.nameOf(id, arn)]))
  if (ids.every(([arn]) => names.get(arn) === arn)) return text
  const renamed = (name: Json): Json =>
    typeof name === 'string' ? (names.get(name) ?? name) : name
  return JSON.stringify(readDocument(text), (member, value: Json) => {
    if (!/^(Not)?Principal$/.test(member) || !isObject(value)) return value
    const AWS = value.AWS!
    return { ...value, AWS: Array.isArray(AWS) ? AWS.map(renamed) : renamed(AWS) }
  })
}
