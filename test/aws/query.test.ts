/** The query protocol's flat names become nested values, and answers become XML. */

import { describe, expect, it } from 'vitest'
import { QUERY_VALUES, readQuery } from '../../src/aws/forms/query.js'
import { writeXml, xmlText } from '../../src/aws/forms/xml.js'
import { fc, test } from '../support/property.js'
import { TOY_API, takeToy } from './sample.js'

const { input, output } = TOY_API.operation('Play')!

function read(query: string): object {
  return takeToy(readQuery(input!, new Map(new URLSearchParams(query))), QUERY_VALUES).input
}

describe('a query', () => {
  it('has a value for each kind of member', () => {
    const query =
      'Action=Play&Name=ada&Count=3&Loud=true&Until=2026-01-02T03:04:05Z&Bytes=AQI%3D' +
      '&Games.member.1=Go&Games.member.2=Chess&Tags.member.1.Key=a&Tags.member.2.Key=b' +
      '&Tags.member.2.Value=c&Scores.entry.1.key=x&Scores.entry.1.value=7&Player.Name=eve'
    expect(read(query)).toEqual({
      Name: 'ada',
      Count: 3,
      Loud: true,
      Until: new Date('2026-01-02T03:04:05Z'),
      Bytes: Buffer.from([1, 2]),
      Games: ['Go', 'Chess'],
      Tags: [{ Key: 'a' }, { Key: 'b', Value: 'c' }],
      Scores: { x: 7 },
      Player: { Name: 'eve' },
    })
  })

  it('may hold an empty list, which is its name alone', () => {
    expect(read('Name=a&Games=')).toEqual({ Name: 'a', Games: [] })
  })

  it('leaves a list where its numbers break off', () => {
    expect(read('Name=a&Games.member.1=Go&Games.member.3=Go')).toEqual({ Name: 'a', Games: ['Go'] })
  })

  it('knows __proto__ as a key of a map and nothing else', () => {
    const read_ = read('Name=a&Scores.entry.1.key=__proto__&Scores.entry.1.value=1') as {
      Scores: object
    }
    expect(Object.entries(read_.Scores)).toEqual([['__proto__', 1]])
  })

  it.each([
    ['a text for a number', 'Name=a&Count=many', 'SerializationException'],
    ['a text for a truth', 'Name=a&Loud=yes', 'SerializationException'],
    ['no moment for a time', 'Name=a&Until=soon', 'SerializationException'],
    ['no base64 for bytes', 'Name=a&Bytes=!', 'SerializationException'],
    ['a number out of range', 'Name=a&Count=11', 'ValidationException'],
    ['a member missing', 'Count=1', 'ValidationException'],
  ])('is refused with %s', (_what, query, code) => {
    expect(() => read(query)).toThrow(expect.objectContaining({ code }))
  })

  it('is refused with a list without end', () => {
    const items = Array.from({ length: 1001 }, (_, i) => `Games.member.${i + 1}=Go`).join('&')
    expect(() => read(`Name=a&${items}`)).toThrow('a list has at most 1000 items')
  })

  test.prop([fc.webQueryParameters()])('is read or refused, whatever it holds', (query) => {
    try {
      read(query)
    } catch (error) {
      expect(error).toMatchObject({
        code: expect.stringMatching(/^(Serialization|Validation)Exception$/),
      })
    }
  })
})

describe('an answer in XML', () => {
  it('has an element for each member that the model knows, in the order given', () => {
    const answer = {
      Until: new Date(0),
      Bytes: Buffer.from([1, 2]),
      Games: ['Go', 'Chess'],
      Scores: { x: 7 },
      Player: { Name: 'a<b>&\u0000', Tags: [{ Key: 'k' }] },
      Unknown: 1,
    }
    expect(writeXml(output!, answer)).toBe(
      '<Until>1970-01-01T00:00:00Z</Until><Bytes>AQI=</Bytes>' +
        '<Games><member>Go</member><member>Chess</member></Games>' +
        '<Scores><entry><key>x</key><value>7</value></entry></Scores>' +
        '<Player><Name>a&lt;b&gt;&amp;</Name><Tags><member><Key>k</Key></member></Tags></Player>',
    )
  })

  it('keeps what XML can hold, and a carriage return as itself', () => {
    expect(xmlText('a\r\n\t𝒜é\ud800\u0001')).toBe('a&#xD;\n\t𝒜é')
  })
})
