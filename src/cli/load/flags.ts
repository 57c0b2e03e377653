/**
 * Members of a scenario as flags: for a run that needs no file, and for one that differs a little from its file.
 *
 * What a value may be is the scenario's to say (load/scenario/schema.ts).
 *
 * @module
 */
import { type Command, InvalidArgumentError } from 'commander'

type Flags = Readonly<Record<string, unknown>>

export function withScenarioFlags(command: Command): Command {
  return command
    .option('--target <where>', 'embedded, server, aws, a URL of a sealtrail server, or dir:PATH')
    .option('--work <kind>', 'such as kms.Decrypt or s3.PutObject=3 (its weight); repeat', works)
    .option('--rate <number>', 'operations a second, whatever the answers do', number)
    .option('--users <number>', 'a closed loop: each waits for its answer', number)
    .option('--duration <time>', 'such as 30s or 5m')
    .option('--warmup <time>', 'before it, counted apart')
    .option('--clients <number or list>', 'processes that send, or host:port,… of others', clients)
    .option('--in-flight <number>', 'calls under way at once, of each process and kind', number)
    .option('--check <share>', 'of writes that are read back, 0 to 1', number)
    .option('--operations <number>', 'stop when there were so many', number)
    .option('--raw', 'also a line for each operation, beside the report')
}

/** Those that were given, as members of a scenario. @throws InvalidArgumentError */
export function scenarioFlags(given: Flags): Flags {
  const { target, rate, users, operations, clients, ...others } = given
  if (rate !== undefined && users !== undefined) {
    throw new InvalidArgumentError('--rate and --users are two kinds of load: choose one')
  }
  return {
    ...others,
    ...(typeof target === 'string' ? { target: targetOf(target) } : {}),
    ...(rate === undefined ? {} : { shape: { kind: 'constant', rate } }),
    ...(users === undefined ? {} : { shape: { kind: 'closed', users } }),
    ...(Array.isArray(clients) ? { machines: clients, clients: clients.length } : {}),
    ...(typeof clients === 'number' ? { clients } : {}),
    ...(operations === undefined ? {} : { stop: { operations } }),
  }
}

function targetOf(text: string): object {
  if (/^https?:/.test(text)) return { kind: 'server', url: text }
  if (text.startsWith('dir:')) return { kind: 'directory', path: text.slice('dir:'.length) }
  return { kind: text }
}

function works(text: string, before: readonly object[] = []): readonly object[] {
  const [kind, weight] = text.split('=')
  return [...before, weight === undefined ? { kind } : { kind, weight: number(weight) }]
}

/** How many, or where each of them is. */
function clients(text: string): number | readonly string[] {
  return text.includes(':') ? text.split(',') : number(text)
}

function number(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new InvalidArgumentError('must be a number')
  }
  return value
}
