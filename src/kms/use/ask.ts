/**
 * What an operation would ask of a key or an alias, without doing anything: for whoever explains decisions.
 *
 * The call is asked `may` as in the operation itself; what it makes of that is its own business.
 *
 * @module
 */
import { parseArn } from '../../aws/arn.js'
import { SealtrailError } from '../../errors.js'
import { excerpt } from '../../excerpt.js'
import type { EncryptionContext } from '../../message/encryption-context.js'
import type { Call } from '../../service/calls/call.js'
import type { GrantOperation } from '../grants/grant.js'
import type { KmsKey } from '../keys/key.js'
import { noSuchKey, parseKeyRef } from '../keys/ref.js'
import { KEY_STATE_TABLE } from '../keys/states.js'
import type { OperationName } from '../model/kms.js'
import type { Parts } from '../parts.js'
import { algorithmsOf } from '../specs/key-specs.js'
import { keyNamed } from './find-key.js'
import { mayNameAlias } from './may-alias.js'
import { mayInAccount, mayUse } from './may-use.js'

export interface KmsQuestion {
  /** The ARN of a key or an alias, or `*`. */
  readonly resource: string
  /** As policies name it, such as `ReEncryptFrom`. */
  readonly action: string
  readonly context: EncryptionContext | undefined
  /** Of a grant that is to be made. */
  readonly grantOperations: readonly string[] | undefined
}

const USES = /^(Encrypt|Decrypt|ReEncrypt(From|To)|GenerateDataKey\w*)$/

/** @throws SealtrailError `InputInvalid` for what is no resource of KMS, `NotFoundException` for one that is not there */
export async function askKms(parts: Parts, call: Call, question: KmsQuestion): Promise<void> {
  const { resource, action, context, grantOperations } = question
  const isOfAccount = !KEY_STATE_TABLE[call.operation as OperationName] || action === 'ListAliases'
  if (isOfAccount !== (resource === '*')) {
    const says = isOfAccount ? 'is about no resource but *' : 'needs a resource'
    throw new SealtrailError('InputInvalid', `kms:${action} ${says}`)
  }
  if (isOfAccount) return mayInAccount(call)
  const arn = parseArn(resource)
  if (arn?.service !== 'kms') {
    throw new SealtrailError('InputInvalid', `${excerpt(resource)} is no ARN of a key or an alias`)
  }
  if (arn.resource.startsWith('alias/') && /Alias$/.test(action)) {
    return mayNameAlias(call, { account: arn.account, region: arn.region, name: arn.resource })
  }
  const ref = parseKeyRef(resource, call.caller)
  const cached = await keyNamed(parts, call.caller, resource)
  if (cached === undefined) throw noSuchKey(ref)
  await mayUse(parts, call, { ref }, cached, {
    action,
    context,
    algorithm: USES.test(action) ? onlyAlgorithm(cached.key) : undefined,
    child: grantOperations && {
      operations: grantOperations as readonly GrantOperation[],
      constraints: undefined,
    },
  })
}

/** Undefined where a call would say which. */
function onlyAlgorithm(key: KmsKey): string | undefined {
  const [first, second] = algorithmsOf(key)
  return second === undefined ? first : undefined
}
