/**
 * An event as CloudTrail would write it: one line of JSON, its members in CloudTrail's order.
 *
 * The field set is that of eventVersion 1.11. The text is put together from a template: only values are
 * encoded, and an identity once for all its calls. What belongs in the values is the caller's to say
 * (event.ts). Source: docs/FORMAT.md §7; "CloudTrail record contents" of the AWS CloudTrail user guide.
 *
 * @module
 */
import type { AuditEvent, AuditObject, AuditResource, TlsDetails } from './event.js'
import type { Identity } from './identity.js'
import { json, quote, quoteKnown } from './json.js'
import { inOnePiece, known } from './known-text.js'

/** CloudTrail's limit for userAgent, errorCode and errorMessage; longer ones are cut. */
export const TEXT_CHARACTERS_MAX = 1024
/** CloudTrail's limit for requestParameters and responseElements; larger ones are left out. */
export const OBJECT_CHARACTERS_MAX = 100 * 1024
/** The same, for additionalEventData. */
export const BESIDE_CHARACTERS_MAX = 28 * 1024
/** Longer than any that names something: what is longer was refused for it, and is cut. */
export const ARN_CHARACTERS_MAX = 2048

/** The record, without a line end. */
export function buildRecord(event: AuditEvent): string {
  const { error, additionalEventData, resources, requestId, sharedEventId, tls } = event
  const { isDataEvent = false, isServiceEvent = false, serviceEventDetails: details } = event
  return (
    identityText(event.identity) +
    timeText(event.eventTime) +
    placeText(event.eventName, event.eventSource, event.region) +
    sourceText(event.userAgent, event.sourceIpAddress) +
    (error === undefined ? '' : `"errorCode":${short(error.code)},`) +
    (error?.message === undefined ? '' : `"errorMessage":${short(error.message)},`) +
    bounded('requestParameters', event.requestParameters, OBJECT_CHARACTERS_MAX) +
    bounded('responseElements', event.responseElements, OBJECT_CHARACTERS_MAX) +
    (additionalEventData === undefined
      ? ''
      : bounded('additionalEventData', additionalEventData, BESIDE_CHARACTERS_MAX)) +
    (requestId === undefined ? '' : `"requestID":${quote(requestId)},`) +
    `"eventID":${quote(event.eventId)}` +
    (event.readOnly ? ',"readOnly":true,' : ',"readOnly":false,') +
    (resources === undefined ? '' : resourcesText(resources)) +
    kindText(event.account, isDataEvent, isServiceEvent) +
    (details === undefined ? '' : bounded('serviceEventDetails', details, OBJECT_CHARACTERS_MAX)) +
    (sharedEventId === undefined ? '' : `"sharedEventID":${quote(sharedEventId)},`) +
    (isDataEvent ? '"eventCategory":"Data"' : '"eventCategory":"Management"') +
    (tls === undefined ? '}' : tlsText(tls))
  )
}

const placeText = known(
  (eventName, eventSource: string, region: string) =>
    `"eventSource":${quote(eventSource)},"eventName":${quote(eventName)},"awsRegion":${quote(region)},`,
)

const sourceText = known(
  (userAgent, sourceIpAddress: string) =>
    `"sourceIPAddress":${short(sourceIpAddress)},"userAgent":${short(userAgent)},`,
)

const kindText = known((account, isDataEvent: boolean, isServiceEvent: boolean) => {
  const type = isServiceEvent ? 'AwsServiceEvent' : 'AwsApiCall'
  return `"eventType":"${type}","managementEvent":${!isDataEvent},"recipientAccountId":${quote(account)},`
})

function resourcesText(resources: readonly AuditResource[]): string {
  let texts = ''
  for (const { accountId, type, arn, isPrefix = false } of resources) {
    // Of what has no account, such as an object, there are many.
    const make = accountId === undefined ? resourceText : knownResourceText
    texts += (texts === '' ? '"resources":[' : ',') + make(arn, accountId, type, isPrefix)
  }
  return texts === '' ? '"resources":[],' : `${texts}],`
}

function resourceText(
  arn: string,
  accountId: string | undefined,
  type: string,
  isPrefix: boolean,
): string {
  const account = accountId === undefined ? '' : `"accountId":${quote(accountId)},`
  const shown = cut(arn, ARN_CHARACTERS_MAX)
  return `{${account}"type":${quote(type)},"${isPrefix ? 'ARNPrefix' : 'ARN'}":${quote(shown)}}`
}

const knownResourceText = known(resourceText)

function tlsText({ tlsVersion, cipherSuite, clientProvidedHostHeader }: TlsDetails): string {
  const hasHost = clientProvidedHostHeader !== undefined
  return knownTlsText(clientProvidedHostHeader ?? '', tlsVersion, cipherSuite, hasHost)
}

/** With it the record ends. */
const knownTlsText = known((host, tlsVersion: string, cipherSuite: string, hasHost: boolean) => {
  const shown = hasHost ? `,"clientProvidedHostHeader":${short(host)}` : ''
  return `,"tlsDetails":{"tlsVersion":${quote(tlsVersion)},"cipherSuite":${quote(cipherSuite)}${shown}}}`
})

/** Identities live as long as their access key and make many calls. */
const identityTexts = new WeakMap<Identity, string>()

/** With it the record begins. */
function identityText(identity: Identity): string {
  let text = identityTexts.get(identity)
  if (text === undefined) {
    text = inOnePiece(`{"eventVersion":"1.11","userIdentity":${json(ordered(identity))},`)
    identityTexts.set(identity, text)
  }
  return text
}

/** CloudTrail's members, in its order, whatever the order in which they were set. */
function ordered(identity: Identity): AuditObject {
  const { type, principalId, arn, accountId, accessKeyId, userName, invokedBy } = identity
  const { sessionIssuer: issuer, attributes, sourceIdentity } = identity.sessionContext ?? {}
  const sessionContext = attributes && {
    sessionIssuer: issuer && {
      type: issuer.type,
      principalId: issuer.principalId,
      arn: issuer.arn,
      accountId: issuer.accountId,
      userName: issuer.userName,
    },
    attributes: {
      creationDate: attributes.creationDate,
      mfaAuthenticated: attributes.mfaAuthenticated,
    },
    sourceIdentity,
  }
  return { type, principalId, arn, accountId, accessKeyId, userName, sessionContext, invokedBy }
}

function short(text: string): string {
  if (text.length <= TEXT_CHARACTERS_MAX) return quoteKnown(text)
  return quote(cut(text, TEXT_CHARACTERS_MAX))
}

function cut(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text
  // It may fall between the halves of a character.
  return text.slice(0, charactersMax).toWellFormed()
}

/** The member `name`; as AWS leaves one out that is too large. */
function bounded(name: string, object: AuditObject | null, charactersMax: number): string {
  if (object === null) return `"${name}":null,`
  const text = json(object)
  if (text.length <= charactersMax) return `"${name}":${text},`
  const { length } = text
  return `"${name}":{"reason":"${name} too large","omitted":true,"originalSize":${length}},`
}

let lastSecond = Number.NaN
let lastText = ''

/** Whole seconds, as CloudTrail has it. Calls come many to a second. */
function timeText(timeMs: number): string {
  const second = Math.floor(timeMs / 1000)
  if (second !== lastSecond) {
    lastText = inOnePiece(`"eventTime":"${new Date(second * 1000).toISOString().slice(0, 19)}Z",`)
    lastSecond = second
  }
  return lastText
}
