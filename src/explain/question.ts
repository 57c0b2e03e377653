/**
 * A call that is only asked about: it keeps what it would be authorised for, and leaves no record.
 *
 * @module
 */
import type { Api } from '../aws/model.js'
import { randomId } from '../bytes/random.js'
import type { Clock } from '../clock.js'
import { SealtrailError } from '../errors.js'
import { excerpt } from '../excerpt.js'
import { IAM_API } from '../iam/model.js'
import { STS_API } from '../iam/sts/model.js'
import { KMS_API } from '../kms/model/kms.js'
import type { Caller } from '../service/caller.js'
import { Call } from '../service/calls/call.js'
import type { AccessRequest } from '../service/deciding/may.js'
import type { Store } from '../store/store.js'

const APIS: Readonly<Record<string, Api>> = { kms: KMS_API, iam: IAM_API, sts: STS_API }
/** Of operations that ask for more than one. */
const OPERATIONS: Readonly<Record<string, string>> = {
  ...{ ReEncryptFrom: 'ReEncrypt', ReEncryptTo: 'ReEncrypt' },
  ...{ TagSession: 'AssumeRole', SetSourceIdentity: 'AssumeRole' },
}
const SOURCE = { sourceIpAddress: '127.0.0.1', userAgent: 'sealtrail' }

export class Question extends Call {
  /** Such as `kms:ReEncryptFrom`. */
  readonly action: string
  /** What was asked. */
  request: AccessRequest | undefined

  /** @throws SealtrailError `InputInvalid` for an action that nobody can be asked about */
  constructor(
    action: string,
    caller: Caller,
    parts: { readonly store: Store; readonly clock: Clock },
  ) {
    const [service = '', name = ''] = action.split(':')
    const operationName = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name]! : name
    const operation = Object.hasOwn(APIS, service) && APIS[service]!.operation(operationName)
    if (!operation) {
      throw new SealtrailError(
        'InputInvalid',
        `${excerpt(action)} is no action that is served here`,
      )
    }
    const facts = {
      ...{ eventSource: '', internalFault: '', isGlobal: service === 'iam' },
      ...{ operation, isReadOnly: true },
    }
    super(facts, { ...SOURCE, caller, requestId: randomId() }, parts)
    this.action = action
  }

  override may(request: AccessRequest): void {
    if (request.action === this.action) this.request = request
  }
}
