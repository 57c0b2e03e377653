/**
 * Key specs that sign messages, and by which algorithms; one that takes digests only is not among them.
 *
 * @module
 */
import { KEY_SPECS, type KeySpec, type SigningAlgorithm } from '../../kms/specs/key-specs.js'

const OF_DIGESTS = 'ED25519_PH_SHA_512'

/** None of a spec that does not sign. */
export function signingAlgorithms(spec: KeySpec): readonly SigningAlgorithm[] {
  const { SIGN_VERIFY = [] } = KEY_SPECS[spec] ?? {}
  return SIGN_VERIFY.filter((algorithm) => algorithm !== OF_DIGESTS)
}

export const SIGNING_SPECS = (Object.keys(KEY_SPECS) as KeySpec[]).filter(
  (spec) => signingAlgorithms(spec).length > 0,
)

export const SIGNING_ALGORITHMS = [...new Set(SIGNING_SPECS.flatMap(signingAlgorithms))]
