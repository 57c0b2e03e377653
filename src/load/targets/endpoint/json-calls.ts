/**
 * Calls of AWS JSON 1.1 (KMS, CloudTrail) and of REST with JSON (CloudTrail Data).
 *
 * @module
 */
import { hash } from 'node:crypto'
import { canonicalQuery } from '../../../aws/query-string.js'
import type { AuditEventCalls, Done, KmsAnswer, KmsCalls, KmsInput } from '../target.js'
import { type Call, faultName, Repeated, type ServiceCaller } from './caller.js'

const TARGETS = {
  kms: 'TrentService',
  cloudtrail: 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101',
} as const
const TYPE = 'application/x-amz-json-1.1'
/** An eventID is a UUID. */
const ID_CHARACTERS = 64
/** Events that are neither among those that succeeded nor those that failed. */
const NOT_ACKNOWLEDGED = 'NotAcknowledged'

/** @param acknowledged told the request id of each call that was answered well */
export function kmsCalls(
  caller: ServiceCaller,
  acknowledged: ((requestId: string) => void) | undefined,
): KmsCalls {
  return {
    request: (operation, input) => new Repeated(jsonCall('kms', operation, inJson(input))),
    send(request, done) {
      caller.repeat(request as Repeated, (code, answer) => {
        if (answer === undefined) return done(code)
        const id = acknowledged && answer.headers['x-amzn-requestid']?.toString()
        if (id !== undefined) acknowledged?.(id)
        done(undefined, new JsonAnswer(answer.body))
      })
    },
  }
}

/** Of whatever operation; answers are plain. */
export function jsonAnswer(
  caller: ServiceCaller,
  service: keyof typeof TARGETS,
  operation: string,
  input: object,
): (done: Done<Record<string, unknown>>) => void {
  return (done) =>
    caller.send(jsonCall(service, operation, input), (code, answer) => {
      if (answer === undefined) done(code)
      else done(undefined, parsed(answer.body))
    })
}

export function auditEventPut(caller: ServiceCaller, channelArn: string): AuditEventCalls['put'] {
  const query = canonicalQuery([['channelArn', channelArn]])
  return (events, done) => {
    const auditEvents = events.map(({ id, text }) => ({ id, eventData: text }))
    const body = Buffer.from(JSON.stringify({ auditEvents }))
    const headers = { 'content-type': 'application/json' }
    caller.send(
      { method: 'POST', path: '/PutAuditEvents', query, headers, body },
      (code, answer) => {
        if (answer === undefined) return done(code)
        const { successful, failed } = parsed(answer.body)
        const [fault] = membersOf(failed)
        const put = putIn(successful)
        const isAll = fault === undefined && events.every(({ id }) => put.has(id))
        done(isAll ? undefined : (faultName(fault?.errorCode) ?? NOT_ACKNOWLEDGED), put)
      },
    )
  }
}

/** The ids that were told, by those that were given. */
function putIn(successful: unknown): Map<string, string> {
  const put = membersOf(successful)
  return new Map(put.map(({ id, eventID }) => [`${id}`, `${eventID}`.slice(0, ID_CHARACTERS)]))
}

/** Objects of a list; the target may have put anything into it. */
function membersOf(list: unknown): ReadonlyArray<Readonly<Record<string, unknown>>> {
  return Array.isArray(list) ? list.map((one) => one ?? {}) : []
}

function jsonCall(service: keyof typeof TARGETS, operation: string, input: object): Call {
  const body = Buffer.from(JSON.stringify(input))
  const headers = { 'content-type': TYPE, 'x-amz-target': `${TARGETS[service]}.${operation}` }
  const sha256 = hash('sha256', body, 'hex')
  return { method: 'POST', path: '/', headers, body, sha256 }
}

function inJson(input: KmsInput): object {
  const members = Object.entries(input).map(([name, value]) => {
    return [name, value instanceof Uint8Array ? base64(value) : value] as const
  })
  return Object.fromEntries(members)
}

/** Parsed when somebody looks: into most answers nobody does. */
class JsonAnswer implements KmsAnswer {
  readonly #body: Buffer
  #members: Record<string, unknown> | undefined

  constructor(body: Buffer) {
    this.#body = body
  }

  get Plaintext(): Uint8Array | undefined {
    return this.#bytes('Plaintext')
  }

  get CiphertextBlob(): Uint8Array | undefined {
    return this.#bytes('CiphertextBlob')
  }

  get Signature(): Uint8Array | undefined {
    return this.#bytes('Signature')
  }

  get SignatureValid(): boolean | undefined {
    const value = this.#member('SignatureValid')
    return typeof value === 'boolean' ? value : undefined
  }

  #bytes(name: string): Uint8Array | undefined {
    const text = this.#member(name)
    return typeof text === 'string' ? Buffer.from(text, 'base64') : undefined
  }

  #member(name: string): unknown {
    this.#members ??= parsed(this.#body)
    return this.#members[name]
  }
}

function parsed(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}
