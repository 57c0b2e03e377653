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
import { KMS_API } from '../kms/model/kms.js'
import { Call } from '../service/call.js'
import type { Caller } from '../service/caller.js'
import type { AccessRequest } from '../service/may.js'
import type { Store } from '../store/store.js'

const APIS: Readonly<Record<string, Api>> = { kms: KMS_API, iam: IAM_API }
const SOURCE = { sourceIpAddress: '127.0.0.1', userAgent: 'sealtrail' }

export class Question extends Call {
  /** What was asked. */
  request: AccessRequest | undefined

  /** @throws SealtrailError `InputInvalid` for an action that nobody can be asked about */
  constructor(
    action: string,
    caller: Caller,
    parts: { readonly store: Store; readonly clock: Clock },
  ) {
    const [service = '', name = ''] = action.split(':')
    // Of two sides, each with an action of its own.
    const operationName = name.replace(/^ReEncrypt(From|To)$/, 'ReEncrypt')
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
  }

  override may(request: AccessRequest): void {
    this.request ??= request
  }
}
