/**
 * Every operation of CloudTrail that we offer, in one table.
 *
 * Adding an operation is a function in its family's file, a row here, and its name in scripts/aws-model.mjs.
 *
 * @module
 */
import type { OperationName } from './model.js'
import * as channels from './operations/channels.js'
import { getEventSelectors, putEventSelectors } from './operations/event-selectors.js'
import { getTrailStatus, startLogging, stopLogging } from './operations/logging.js'
import { lookupEvents } from './operations/lookup-events.js'
import { listPublicKeys } from './operations/public-keys.js'
import { addTags, listTags, removeTags } from './operations/tags.js'
import * as trails from './operations/trails.js'

export const OPERATIONS = {
  AddTags: { run: addTags, isReadOnly: false },
  CreateChannel: { run: channels.createChannel, isReadOnly: false },
  CreateTrail: { run: trails.createTrail, isReadOnly: false },
  DeleteChannel: { run: channels.deleteChannel, isReadOnly: false },
  DeleteTrail: { run: trails.deleteTrail, isReadOnly: false },
  DescribeTrails: { run: trails.describeTrails, isReadOnly: true },
  GetChannel: { run: channels.getChannel, isReadOnly: true },
  GetEventSelectors: { run: getEventSelectors, isReadOnly: true },
  GetTrail: { run: trails.getTrail, isReadOnly: true },
  GetTrailStatus: { run: getTrailStatus, isReadOnly: true },
  ListChannels: { run: channels.listChannels, isReadOnly: true },
  ListPublicKeys: { run: listPublicKeys, isReadOnly: true },
  ListTags: { run: listTags, isReadOnly: true },
  ListTrails: { run: trails.listTrails, isReadOnly: true },
  LookupEvents: { run: lookupEvents, isReadOnly: true },
  PutEventSelectors: { run: putEventSelectors, isReadOnly: false },
  RemoveTags: { run: removeTags, isReadOnly: false },
  StartLogging: { run: startLogging, isReadOnly: false },
  StopLogging: { run: stopLogging, isReadOnly: false },
  UpdateChannel: { run: channels.updateChannel, isReadOnly: false },
  UpdateTrail: { run: trails.updateTrail, isReadOnly: false },
} as const satisfies Readonly<Record<OperationName, { run: unknown; isReadOnly: boolean }>>
