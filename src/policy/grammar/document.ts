/**
 * The JSON of a policy document: bounded before it is parsed, and with nothing in it that reads two ways.
 *
 * Refused besides what is not JSON: text that is too long, nests deeper than a policy can, or has a member twice.
 * A scan of the text bounds its depth and counts its members; JSON.parse does the parsing; a walk counts the members
 * of the value, where one that was there twice is missing once. Which elements a policy has is in grammar.ts.
 * Sources: IAM user guide, "Grammar of the IAM JSON policy language" and "IAM and AWS STS quotas"; AWS KMS developer
 * guide, "Key policies in AWS KMS" (32 KB); Amazon S3 user guide, "Bucket policies" (20 KB).
 *
 * @module
 */

export type Json = string | number | boolean | null | readonly Json[] | JsonObject
/** Read own members only: `__proto__` may be one. */
export type JsonObject = { readonly [name: string]: Json }

/** What a policy is attached to. */
export type PolicyKind = 'identity' | 'boundary' | 'session' | 'key' | 'bucket' | 'trust'

/** { Statement [ { Condition { operator { key [ */
const DEPTH_MAX = 6
/** IAM's policyDocumentType, whose white space does not count towards the quotas. */
const TEXT_MAX = 131_072
/** UTF-8 bytes of all the text. */
const BYTES_MAX = { key: 32_768, bucket: 20_480 } as const
/** Characters that are not white space. Of identities the largest quota, a role's; which is whose is asked in IAM. */
const CHARACTERS_MAX = { identity: 10_240, boundary: 6_144, session: 2_048, trust: 4_096 } as const

/** Whether `text` is longer than a policy of this kind may be. */
export function isTooLong(text: string, kind: PolicyKind): boolean {
  if (text.length > TEXT_MAX) return true
  if (kind === 'key' || kind === 'bucket') return Buffer.byteLength(text) > BYTES_MAX[kind]
  return text.replace(/\s+/g, '').length > CHARACTERS_MAX[kind]
}

/** Undefined for what is no JSON, or no JSON that a policy may be. */
export function readDocument(text: string): Json | undefined {
  const members = membersOfText(text)
  if (members === undefined || !text.isWellFormed()) return undefined
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch {
    return undefined
  }
  return membersOf(value) === members ? value : undefined
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Colons outside of strings; undefined for text that nests too deep. */
function membersOfText(text: string): number | undefined {
  let members = 0
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    switch (text[i]) {
      case '"':
        i++
        while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1
        break
      case ':':
        members++
        break
      case '{':
      case '[':
        if (++depth > DEPTH_MAX) return undefined
        break
      case '}':
      case ']':
        depth--
    }
  }
  return members
}

function membersOf(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0
  const items: readonly Json[] = Object.values(value)
  const own = Array.isArray(value) ? 0 : items.length
  return items.reduce<number>((sum, item) => sum + membersOf(item), own)
}
