/**
 * Names that are drawn: unique ids, access key ids and secrets, in AWS's forms.
 *
 * Source: IAM user guide, "IAM identifiers".
 *
 * @module
 */
import { randomText } from '../bytes/random.js'

/** Base32, and what AWS draws secrets from. */
const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const SECRET_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

const ID_PREFIXES = { user: 'AIDA', role: 'AROA', group: 'AGPA', policy: 'ANPA' }

/** Of a user, role, group or managed policy; never used again. */
export function newUniqueId(kind: keyof typeof ID_PREFIXES): string {
  return ID_PREFIXES[kind] + randomText(ID_ALPHABET, 17)
}

export function newAccessKeyId(): string {
  return `AKIA${randomText(ID_ALPHABET, 16)}`
}

/** Of temporary credentials. */
export function newSessionKeyId(): string {
  return `ASIA${randomText(ID_ALPHABET, 16)}`
}

/** 40 characters. */
export function newSecretAccessKey(): string {
  return randomText(SECRET_ALPHABET, 40)
}
