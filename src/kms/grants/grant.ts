/**
 * A grant as facts: who may use which key for what.
 *
 * Never changed: a grant is made, and retired or revoked. Who is meant is asked in principals.ts, what it allows in
 * decide.ts, rows are in rows.ts. Source: AWS KMS developer guide, "Grants in AWS KMS".
 *
 * @module
 */
import type { Place } from '../../aws/arn.js'
import { SealtrailError } from '../../errors.js'
import { excerpt } from '../../excerpt.js'
import type { ShapeValue } from '../model/kms.js'

export type GrantOperation = ShapeValue<'GrantOperation'>
export type Constraints = ShapeValue<'GrantConstraints'>

/** What a grant allows. */
export interface GrantTerms {
  readonly operations: readonly GrantOperation[]
  readonly constraints: Constraints | undefined
}

export interface Grant extends Place, GrantTerms {
  readonly keyId: string
  /** 64 hex digits. */
  readonly grantId: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly name: string | undefined
  /** The ARN of a principal, or the name of an AWS service. */
  readonly grantee: string
  /** Who may retire it, in the same forms. */
  readonly retirer: string | undefined
  /** The account that made it. */
  readonly issuer: string
}

/** AWS's quota for one key. */
export const GRANTS_MAX = 50_000

const GRANT_ID = /^[0-9a-f]{64}$/

/** @throws SealtrailError `InvalidGrantIdException` for what no grant can be called. */
export function checkGrantId(grantId: string): void {
  if (GRANT_ID.test(grantId)) return
  throw new SealtrailError('InvalidGrantIdException', `Invalid grant ID: ${excerpt(grantId)}`)
}

export function noSuchGrant(grantId: string): SealtrailError {
  return new SealtrailError('NotFoundException', `Grant ID ${grantId} not found`)
}
