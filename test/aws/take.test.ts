/** One walk gives the typed input and what a record shows of it. */
import { describe, expect, it } from 'vitest'
import { VALUES } from '../../src/aws/forms/values.js'
import { shownOutput } from '../../src/aws/shown.js'
import type { Form } from '../../src/aws/take.js'
import { TOY_API, takeToy } from './sample.js'

describe('what a record shows of an input', () => {
  it('is its members in lowerCamelCase, without bytes and secrets', () => {
    const given = {
      Name: 'ada',
      Password: 'correct horse',
      Count: 3,
      Loud: false,
      Until: new Date(Date.UTC(2022, 7, 10, 22, 38, 27)),
      Bytes: new Uint8Array([1]),
      Games: ['Go'],
      Tags: [{ Key: 'a', Value: 'b' }, { Key: 'c' }],
      Scores: { x: 1, __proto: 2 },
      Player: { Name: 'eve', Tags: [] },
    }
    const { shown } = takeToy(given, VALUES)
    expect(shown).toEqual({
      name: 'ada',
      count: 3,
      loud: false,
      until: 'Aug 10, 2022, 10:38:27 PM',
      games: ['Go'],
      tags: [{ key: 'a', value: 'b' }, { key: 'c' }],
      scores: { x: 1, __proto: 2 },
      player: { name: 'eve', tags: [] },
    })
  })

  it('knows __proto__ as a key of a map and nothing else', () => {
    const { shown } = takeToy(JSON.parse('{"Name":"a","Scores":{"__proto__":1}}'), VALUES)
    expect(Object.entries(shown.scores!)).toEqual([['__proto__', 1]])
  })

  it('is nothing where an operation takes nothing', () => {
    expect(TOY_API.operation('Rest')).toEqual({ name: 'Rest', input: undefined, output: undefined })
  })
})

describe('an input', () => {
  it('has the types of the model also where a list with null is refused anyway', () => {
    for (const wrong of [5, { Key: 5 }, [], { Key: 'a', Value: {} }]) {
      expect(() => takeToy({ Name: 'a', Tags: [null, wrong] }, VALUES)).toThrow(
        expect.objectContaining({ code: 'SerializationException' }),
      )
    }
  })

  it('has no item of a list that was another when it was looked at', () => {
    const tags: unknown[] = [{ Key: 'a' }]
    let looks = 0
    Object.defineProperty(tags, 0, { get: () => (looks++ === 0 ? null : { Key: 5 }) })
    expect(() => takeToy({ Name: 'a', Tags: tags }, VALUES)).toThrow(
      expect.objectContaining({ code: 'ValidationException' }),
    )
    expect(looks).toBe(1)
  })

  it('that is refused leaves no copy of its bytes', () => {
    const copies: Uint8Array[] = []
    const form: Form = {
      ...VALUES,
      blob(given) {
        const copy = VALUES.blob(given)
        copies.push(copy)
        return copy
      },
    }
    const given = new Uint8Array([1, 2, 3])
    for (const wrong of [{ Player: 5 }, { Player: { Name: '' } }]) {
      expect(() => takeToy({ Name: 'a', Bytes: given, ...wrong }, form)).toThrow()
    }
    expect(copies).toEqual([new Uint8Array(3), new Uint8Array(3)])
    expect(given).toEqual(new Uint8Array([1, 2, 3]))
  })
})

describe('what a record shows of an output', () => {
  it('is its members in lowerCamelCase, without bytes', () => {
    const output = {
      Player: { Name: 'eve', Tags: [{ Key: 'a' }] },
      Scores: { x: 1 },
      Until: new Date(0),
      Bytes: new Uint8Array(1),
      Key: new Uint8Array(1),
    }
    expect(shownOutput(TOY_API.operation('Play')!.output!, output)).toEqual({
      player: { name: 'eve', tags: [{ key: 'a' }] },
      scores: { x: 1 },
      until: 'Jan 1, 1970, 12:00:00 AM',
    })
  })
})

describe('an API', () => {
  it('knows its operations, served or not, and no others', () => {
    expect(['Play', 'Rest', 'Fly', 'Swim', '__proto__'].map((n) => TOY_API.isKnown(n))).toEqual([
      ...[true, true, true, false, false],
    ])
    expect(TOY_API.operation('Fly')).toBeUndefined()
  })
})
