/** What is repeated of a caller's text: short values whole, as AWS has it, long ones never. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VALUES } from '../../src/aws/forms/values.js'
import type { Shape } from '../../src/aws/model.js'
import { KMS_API } from '../../src/kms/model/kms.js'
import { OPERATIONS } from '../../src/kms/operations.js'
import { valuesOf } from '../../src/service/service.js'
import { takeKms, takeToy } from '../aws/sample.js'
import { caller, openTestKms, type TestKms } from '../support/kms.js'

const LONG = '\u{1F511}'.repeat(250_000)

let house: TestKms
beforeAll(async () => {
  house = await openTestKms()
})
afterAll(() => house.remove())

/** A value of `shape` that holds `text` wherever a string may stand. */
function filled(shape: Shape, text: string): unknown {
  switch (shape.type) {
    case 'string':
      return text
    case 'integer':
      return 2 ** 31 - 1
    case 'boolean':
      return true
    case 'blob':
      return new Uint8Array(1)
    case 'timestamp':
      return new Date(0)
    case 'list':
      return Array.from({ length: 60 }, () => filled(shape.member, text))
    case 'map':
      return { [text]: filled(shape.value, text) }
    case 'structure':
      return Object.fromEntries(
        shape.members.map((member) => [member.name, filled(member.shape, text)]),
      )
  }
}

const inputOf = (operation: string) => KMS_API.operation(operation)!.input!

function messageOf(operation: string, text: string): string {
  try {
    takeKms(operation, filled(inputOf(operation), text), VALUES)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('a refusal', () => {
  it.each(Object.keys(OPERATIONS))('of %s repeats little of endless text', (operation) => {
    const message = messageOf(operation, LONG)
    expect(message.length).toBeLessThan(100_000)
    expect(message.isWellFormed()).toBe(true)
  })

  it('repeats a value that is a little too long as AWS does', () => {
    const AliasName = `alias/${'a'.repeat(251)}`
    expect(() => takeKms('CreateAlias', { AliasName, TargetKeyId: 'x' }, VALUES)).toThrow(
      `Value '${AliasName}' at 'aliasName' failed to satisfy constraint: ` +
        'Member must have length less than or equal to 256',
    )
  })

  it('cuts a list of wrong items, too', () => {
    const Games = Array.from({ length: 100_000 }, () => 'Fly')
    expect(() => takeToy({ Name: 'a', Games }, VALUES)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/Value '\[Fly, Fly, [^\]]{502}…\]' at 'games'/),
      }),
    )
  })

  it.each(Object.keys(OPERATIONS))(
    'of a call of %s is short, and so is its record',
    async (operation) => {
      const context = { caller, requestId: 'r', sourceIpAddress: '::1', userAgent: 'test' }
      const shape = inputOf(operation)
      // As long as the model lets a KeyId be, and far longer.
      for (const text of ['x'.repeat(2048), `arn:aws:kms:${'x'.repeat(2036)}`, LONG]) {
        const input = { ...(filled(shape, text) as object), Limit: 1, DryRun: false }
        const before = (await house.records()).length
        const error = await house.service
          .call(operation, valuesOf(input), context)
          .catch((e: Error) => e)
        const message = error instanceof Error ? error.message : ''
        expect(message.length).toBeLessThan(100_000)
        const [record] = (await house.records()).slice(before)
        expect((record?.errorMessage ?? '').length).toBeLessThanOrEqual(1024)
      }
    },
  )

  it.each([
    ['x'.repeat(2048), `Invalid keyId '${'x'.repeat(512)}…'`],
    [`arn:${'x'.repeat(2044)}`, `Invalid arn arn:${'x'.repeat(508)}…`],
    [`arn:aws:kms:${'x'.repeat(1900)}:111122223333:key/a`, `Invalid arn ${'x'.repeat(512)}…`],
    [
      `alias/${'x'.repeat(2042)}`,
      `Alias arn:aws:kms:eu-west-1:111122223333:alias/${'x'.repeat(471)}… is not found.`,
    ],
  ])('of a KeyId cuts it: %#', async (KeyId, message) => {
    await expect(house.kms.describeKey({ KeyId })).rejects.toMatchObject({
      code: 'NotFoundException',
      message,
    })
  })
})
