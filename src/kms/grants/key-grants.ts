/**
 * All grants on one key, in memory: by id, and by whom they mean.
 *
 * Never changed in place, as everything that is kept (store/keep/kept.ts). The index is made when it is first asked.
 *
 * @module
 */
import { type Pairs, pairsOf } from './constraints.js'
import type { Grant } from './grant.js'

/** A grant as it is asked, on every call of its grantee. */
export interface Permit {
  readonly grant: Grant
  readonly operations: ReadonlySet<string>
  readonly sourceArn: string | undefined
  readonly equals: Pairs | undefined
  readonly subset: Pairs | undefined
}

const NOBODY: readonly Permit[] = []

export class KeyGrants {
  /** In the order of their ids. */
  readonly all: readonly Grant[]
  #byGrantee: Map<string, Permit[]> | undefined

  constructor(all: readonly Grant[]) {
    this.all = all
  }

  get size(): number {
    return this.all.length
  }

  find(grantId: string): Grant | undefined {
    return this.all.find((grant) => grant.grantId === grantId)
  }

  /** What is granted to `grantee`. */
  of(grantee: string): readonly Permit[] {
    this.#byGrantee ??= indexOf(this.all)
    return this.#byGrantee.get(grantee) ?? NOBODY
  }

  with(grant: Grant): KeyGrants {
    const after = this.all.findIndex(({ grantId }) => grantId > grant.grantId)
    return new KeyGrants(this.all.toSpliced(after < 0 ? this.size : after, 0, grant))
  }

  without({ grantId }: Grant): KeyGrants {
    return new KeyGrants(this.all.filter((grant) => grant.grantId !== grantId))
  }
}

export const NO_GRANTS = new KeyGrants([])

function indexOf(grants: readonly Grant[]): Map<string, Permit[]> {
  const index = new Map<string, Permit[]>()
  for (const grant of grants) {
    const permits = index.get(grant.grantee)
    if (permits === undefined) index.set(grant.grantee, [permitOf(grant)])
    else permits.push(permitOf(grant))
  }
  return index
}

function permitOf(grant: Grant): Permit {
  const { SourceArn, EncryptionContextEquals, EncryptionContextSubset } = grant.constraints ?? {}
  return {
    grant,
    operations: new Set(grant.operations),
    sourceArn: SourceArn,
    equals: EncryptionContextEquals && pairsOf(EncryptionContextEquals),
    subset: EncryptionContextSubset && pairsOf(EncryptionContextSubset),
  }
}
