/**
 * What part of a served call is the decision whether the caller may make it?
 *
 * One server, one operation that always takes the whole way (Encrypt), one kind of key; four callers in turns: a user whose decision is remembered, the account's root, whose
 * is, too; a user whose own policy has conditions, which are looked at each time; a user whom only the last of 20 grants
 * lets through. The goal is 5 %. Server and client on a core each, rounds alternate, medians.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call, requestText } from '../peers/calls.js'
import { contenders, type Running, start } from '../peers/contenders.js'
import { round } from '../peers/load.js'
import { showMachine } from '../support/machine.js'
import { table } from '../support/report.js'

const IS_SHORT = process.env.SEALTRAIL_BENCH_SHORT !== undefined
const [ROUNDS, SECONDS] = IS_SHORT ? [1, 1] : [7, 3]
const CONNECTIONS = 64
const GRANTS = 20
const ACCOUNT = '000000000000'
const PLACE = { account: ACCOUNT, region: 'us-east-1' }
const [PLAIN, GRANTED] = [
  '1234abcd-12ab-34cd-56ef-000000000001',
  '1234abcd-12ab-34cd-56ef-000000000002',
]
const SECRET = 'forty-characters-of-a-benchs-own-choice-'
const KEYS = {
  plain: 'AKIABENCHPLAIN000000',
  conditions: 'AKIABENCHCONDITIONS0',
  granted: 'AKIABENCHGRANTED0000',
}

const allow = { Effect: 'Allow', Action: 'kms:Encrypt', Resource: '*' }
const Condition = {
  StringEquals: { 'kms:EncryptionContext:tenant': 'acme', 'kms:KeySpec': 'SYMMETRIC_DEFAULT' },
  IpAddress: { 'aws:SourceIp': '127.0.0.0/8' },
}

function user(name: string, accessKeyId: string, statements: readonly object[]) {
  return {
    name,
    accessKeys: [{ accessKeyId, secretAccessKey: SECRET }],
    inlinePolicies:
      statements.length === 0 ? {} : { own: { Version: '2012-10-17', Statement: statements } },
  }
}

const seed = {
  accounts: [
    {
      account: ACCOUNT,
      users: [
        user('plain', KEYS.plain, [allow]),
        user('conditions', KEYS.conditions, [{ ...allow, Condition }]),
        user('granted', KEYS.granted, []),
      ],
    },
  ],
  keys: [
    { ...PLACE, keyId: PLAIN },
    { ...PLACE, keyId: GRANTED },
  ],
}

showMachine()
for (const contender of contenders().filter(({ name }) => name.startsWith('sealtrail'))) {
  const folder = mkdtempSync(join(tmpdir(), 'sealtrail-decisions-'))
  const file = join(folder, 'seed.json')
  writeFileSync(file, JSON.stringify(seed), { mode: 0o600 })
  const seeded = {
    ...contender,
    command: (place: Parameters<typeof contender.command>[0]) => {
      const { argv, env } = contender.command(place)
      return { argv: [...argv, '--seed', file], ...(env === undefined ? {} : { env }) }
    },
  }
  const server = await start(seeded, folder)
  try {
    await measure(contender.name, server)
  } finally {
    await server.stop('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(name: string, server: Running): Promise<void> {
  for (let index = 0; index < GRANTS; index++) {
    const App = index < GRANTS - 1 ? `${index}` : 'acme'
    const granted = await call(server, 'CreateGrant', {
      KeyId: GRANTED,
      GranteePrincipal: `arn:aws:iam::${ACCOUNT}:user/granted`,
      Operations: ['Encrypt'],
      Constraints: { EncryptionContextSubset: { tenant: App } },
    })
    if (granted.status !== 200) throw new Error(JSON.stringify(granted.json))
  }
  const as = (accessKeyId: string): Running => ({ ...server, accessKeyId, secretAccessKey: SECRET })
  const contestants = [
    { title: 'a user, identity policy: remembered', target: as(KEYS.plain), KeyId: PLAIN },
    { title: 'root: remembered', target: server, KeyId: PLAIN },
    { title: 'a user, identity policy with conditions', target: as(KEYS.conditions), KeyId: PLAIN },
    { title: `a user, the last of ${GRANTS} grants`, target: as(KEYS.granted), KeyId: GRANTED },
  ].map(({ title, target, KeyId }) => {
    const input = { KeyId, Plaintext: 'c2VhbHRyYWls', EncryptionContext: { tenant: 'acme' } }
    return { title, requests: [requestText(target, 'Encrypt', input)], rates: [] as number[] }
  })
  const port = Number(new URL(server.url).port)
  // The first round warms up.
  for (let number = 0; number <= ROUNDS; number++) {
    for (const { title, requests, rates } of contestants) {
      const plan = { port, connections: CONNECTIONS, requests, seconds: SECONDS }
      const { perSecond, bad } = await round(server.pid, plan)
      if (bad > 0) throw new Error(`${title}: ${bad} calls went wrong`)
      if (number > 0) rates.push(perSecond)
    }
  }
  const median = (rates: number[]) => rates.sort((a, b) => a - b)[Math.floor(rates.length / 2)]!
  const remembered = median(contestants[0]!.rates)
  console.log(
    table([
      [`${name}: Encrypt, ${CONNECTIONS} connections`, 'calls a second', 'of the first'],
      ...contestants.map(({ title, rates }) => [
        title,
        median(rates).toFixed(0),
        `${((median(rates) / remembered) * 100).toFixed(1)} %`,
      ]),
    ]),
  )
}
