/**
 * What every chapter of the story stands on: the house, who tells, and the records that are shown.
 *
 * @module
 */
import type { Sealtrail } from '../../sealtrail.js'
import type { Teller } from './teller.js'

export const BUCKET = 'sealtrail-story-logs'
export const TRAIL = 'Default'
export const ALIAS = 'alias/trail-logs'
export const SLOT_SECONDS = 1
/** What somebody uses the key for. */
export const USE = 'GenerateDataKeyWithoutPlaintext'

export interface Scene {
  readonly house: Sealtrail
  readonly teller: Teller
  readonly folder: string
  readonly dataDir: string
}

interface Sought {
  readonly says: string
  readonly eventName: string
  readonly isSought: (event: Event) => boolean
}

export interface Event {
  readonly eventTime: string
  readonly eventName: string
  readonly requestParameters?: {
    readonly encryptionContext?: Readonly<Record<string, string>>
  } | null
}

interface Found {
  readonly Events: ReadonlyArray<{ readonly CloudTrailEvent: string }>
}

/** The newest record that is sought, of what LookupEvents answers. */
export async function showRecord({ house, teller }: Scene, { says, eventName, isSought }: Sought) {
  const attribute = { AttributeKey: 'EventName', AttributeValue: eventName } as const
  await teller.type({
    says,
    command: [
      ...['aws', 'cloudtrail', 'lookup-events', '--lookup-attributes'],
      `AttributeKey=EventName,AttributeValue=${eventName}`,
      ...['--query', 'Events[].CloudTrailEvent', '--output', 'json'],
    ],
    without: async () => {
      const input = { LookupAttributes: [attribute] }
      const { Events } = (await house.cloudtrail.lookupEvents(input)) as Found
      return Events.map(({ CloudTrailEvent }) => CloudTrailEvent)
    },
    show: (answer) => {
      const events = (JSON.parse(answer) as string[]).map((text) => JSON.parse(text) as Event)
      return events.find(isSought)
    },
  })
}
