/**
 * Which events a command shows, and how: filters, and a line for each.
 *
 *     2026-01-02T03:04:05Z  kms.Decrypt  AccessDenied  arn:aws:iam::…:user/alice  192.0.2.1  arn:aws:kms:…:key/…
 *
 * Colours only on a terminal, and not where NO_COLOR asks for none (no-color.org).
 *
 * @module
 */
import { type Command, InvalidArgumentError } from 'commander'
import { systemClock } from '../../clock.js'
import type { EventFilter, TrailEvent } from '../../trail/reading/filter.js'
import { printable, type Terminal } from '../terminal/terminal.js'

const [NAME_WIDTH, OUTCOME_WIDTH] = [26, 12]
const UNITS = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 60 * 60],
  ['d', 24 * 60 * 60],
])

/** The names of the options that {@link withFilters} adds. */
export const FILTERS = ['event', 'source', 'key', 'principal', 'error', 'readOnly', 'writeOnly']

export function withFilters(command: Command): Command {
  return command
    .option('--event <name>', 'only those of this name, such as Decrypt')
    .option('--source <name>', 'only those of this service, such as kms.amazonaws.com')
    .option('--key <arn>', 'only those that name this key, or another resource')
    .option(
      '--principal <arn>',
      'only those of a user, a role and its sessions, an id, an AWS service',
    )
    .option('--error <code>', 'only those that failed so, such as AccessDenied')
    .option('--read-only', 'only those that change nothing')
    .option('--write-only', 'only those that change something')
}

/** What options say. */
export function filterOf(given: Readonly<Record<string, string | boolean>>): EventFilter {
  const { event, source, key, principal, error, readOnly, writeOnly } = given
  const reads = readOnly === true ? true : writeOnly === true ? false : undefined
  const members = {
    ...{ eventName: event, eventSource: source, keyArn: key, principal, errorCode: error },
    readOnly: reads,
  }
  return members as EventFilter
}

/** A time, or how long ago: `2026-01-02T03:00:00Z`, `90m`. */
export function timeOption(given: string): Date {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(given) ?? []
  const seconds = UNITS.get(unit)
  const isTime = /^\d{4}-\d\d-\d\d/.test(given)
  const time = new Date(
    seconds === undefined
      ? Date.parse(isTime ? given : '')
      : systemClock.now() - Number(count) * seconds * 1000,
  )
  if (!Number.isNaN(time.getTime())) return time
  throw new InvalidArgumentError(
    'must be a time such as 2026-01-31T12:00:00Z, or 30m, 12h, 7d for so long ago',
  )
}

/** Events as lines for people, or as JSON, one to a line. */
export function eventPrinter(terminal: Terminal): (event: TrailEvent) => Promise<void> {
  const { env, stdout } = terminal.io
  const isColoured = stdout.isTTY === true && !env.NO_COLOR
  return async ({ record, event }) => {
    const line = terminal.isJson ? record : lineOf(event, isColoured ? coloured : plain)
    await terminal.printLine(line)
  }
}

type Paint = (colour: number, text: string) => string
const [RED, GREEN, DIM] = [31, 32, 2]
const plain: Paint = (_, text) => text
const coloured: Paint = (colour, text) => `\x1b[${colour}m${text}\x1b[0m`

function lineOf(event: TrailEvent['event'], paint: Paint): string {
  const { eventTime, eventSource, eventName, errorCode, sourceIPAddress, readOnly } = event
  const service = cell(eventSource).replace('.amazonaws.com', '')
  const name = [service, cell(eventName)].filter(Boolean).join('.')
  const outcome = cell(errorCode) || (readOnly ? 'read' : 'write')
  const colour = errorCode === undefined ? GREEN : RED
  const cells = [
    paint(DIM, cell(eventTime)),
    name.padEnd(NAME_WIDTH),
    paint(colour, outcome.padEnd(OUTCOME_WIDTH)),
    cell(whoIn(event)),
    paint(DIM, cell(sourceIPAddress)),
    cell(event.resources?.[0]?.ARN),
  ]
  return cells.join('  ').trimEnd()
}

function whoIn({ userIdentity }: TrailEvent['event']): unknown {
  const { arn, invokedBy, principalId, type } = userIdentity ?? {}
  return arn ?? invokedBy ?? principalId ?? type
}

/** An ingested event may have anything there: only texts are shown. */
function cell(value: unknown): string {
  return typeof value === 'string' ? printable(value) : ''
}
