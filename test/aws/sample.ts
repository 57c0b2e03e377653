/** APIs for tests: what we serve of AWS KMS, and a small one with everything that a model can say. */
import { apiOf } from '../../src/aws/model.js'
import { type Form, type Taken, take } from '../../src/aws/take.js'
import { SealtrailError } from '../../src/errors.js'
import { KMS_API } from '../../src/kms/model/kms.js'

export const TOY = {
  name: 'toy',
  version: '2026-01-01',
  operations: {
    Play: { input: 'PlayRequest', output: 'PlayResponse' },
    Rest: {},
  },
  others: ['Fly'],
  shapes: {
    PlayRequest: {
      type: 'structure',
      required: ['Name'],
      members: {
        Name: 'Name',
        Password: 'Password',
        Count: 'Count',
        Loud: 'Loud',
        Until: 'Time',
        Bytes: 'Bytes',
        Games: 'Games',
        Tags: 'Tags',
        Scores: 'Scores',
        Player: 'Player',
      },
    },
    PlayResponse: {
      type: 'structure',
      required: [],
      members: {
        Player: 'Player',
        Games: 'Games',
        Scores: 'Scores',
        Until: 'Time',
        Bytes: 'Bytes',
        Key: 'Key',
        Key2: 'Key',
      },
    },
    Name: { type: 'string', min: 1, max: 8, pattern: '[a-z]+' },
    Password: { type: 'string', min: 7, sensitive: true },
    Count: { type: 'integer', min: 1, max: 10 },
    Loud: { type: 'boolean' },
    Time: { type: 'timestamp' },
    Bytes: { type: 'blob', min: 1, max: 4 },
    Key: { type: 'blob', sensitive: true },
    Game: { type: 'string', enum: ['Chess', 'Go'] },
    Games: { type: 'list', member: 'Game', max: 3 },
    Tag: { type: 'structure', required: ['Key'], members: { Key: 'Name', Value: 'Name' } },
    Tags: { type: 'list', member: 'Tag' },
    Scores: { type: 'map', key: 'Name', value: 'Count' },
    Player: { type: 'structure', required: [], members: { Name: 'Name', Tags: 'Tags' } },
  },
} as const

export const TOY_API = apiOf(TOY)

/** What an operation of KMS takes of `given`. */
export function takeKms(operation: string, given: unknown, form: Form): Taken {
  const known = KMS_API.operation(operation)
  if (known === undefined) throw new SealtrailError('UnknownOperationException', '')
  return take(known.input, given, form)
}

export function takeToy(given: unknown, form: Form): Taken {
  return take(TOY_API.operation('Play')!.input, given, form)
}
