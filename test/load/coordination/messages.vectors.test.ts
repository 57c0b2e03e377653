/** What coordinator and client say, and the secret's file, as docs/FORMAT.md §15 has them. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { Frames, frameOf } from '../../../src/load/coordination/frames.js'
import { fromClient, MESSAGE_BYTES_MAX, toClient } from '../../../src/load/coordination/messages.js'
import { readSecret } from '../../../src/load/coordination/secret.js'
import { temporaryFolder } from '../../support/serve.js'

interface Said {
  readonly message: { readonly kind: string }
  readonly frame: string
}
const vectors = JSON.parse(
  readFileSync('test/vectors/load-coordination/version-1.json', 'utf8'),
) as {
  readonly secret: { readonly secret: string; readonly file: string }
  readonly coordinator: readonly Said[]
  readonly client: readonly Said[]
}
const folder = temporaryFolder('load-vectors')
afterAll(() => folder.remove())

const read = (frame: string): unknown => {
  const values: unknown[] = []
  const frames = new Frames(MESSAGE_BYTES_MAX, (value) => values.push(value))
  frames.push(Buffer.from(frame, 'hex'))
  return values[0]
}
/** Each member of an object, left out once, wherever it stands. */
function* lacking(value: unknown): Generator<unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  for (const [name, member] of Object.entries(value)) {
    const { [name as never]: _, ...others } = value
    yield others
    for (const less of lacking(member)) yield { ...others, [name]: less }
  }
}

const cases = [
  { who: 'a coordinator', all: vectors.coordinator, understand: toClient },
  { who: 'a client', all: vectors.client, understand: fromClient },
].flatMap(({ who, all, understand }) =>
  all.map((said) => ({ who, understand, kind: said.message.kind, ...said })),
)
/** Lists of names, and what a scenario may leave out. */
const FREE = /"(scenario|signingKeys|errors|operations)"/

describe('a message', () => {
  it.each(cases)('of $who is read as it was written: $kind', ({ message, frame, understand }) => {
    expect(frameOf(message, MESSAGE_BYTES_MAX).toString('hex')).toBe(frame)
    expect(understand(read(frame))).toEqual(message)
  })

  it.each(cases)(
    'of $who is refused without what it must have: $kind',
    ({ message, understand }) => {
      for (const less of lacking(message)) {
        if (FREE.test(differenceOf(message, less))) continue
        expect(() => understand(less), JSON.stringify(less)).toThrow()
      }
    },
  )
})

/** The path to what `less` lacks of `whole`, as names in quotes. */
function differenceOf(whole: object, less: unknown): string {
  for (const [name, member] of Object.entries(whole)) {
    const other = (less as Record<string, unknown>)[name]
    if (other === undefined) return JSON.stringify(name)
    if (JSON.stringify(other) !== JSON.stringify(member)) {
      return `${JSON.stringify(name)}${differenceOf(member as object, other)}`
    }
  }
  return ''
}

describe('the secret’s file', () => {
  it('has the 32 bytes of the secret', async () => {
    const path = `${folder.path}/secret`
    writeFileSync(path, Buffer.from(vectors.secret.file, 'hex'))
    chmodSync(path, 0o600)
    const secret = await readSecret(path)
    expect(Buffer.from(secret).toString('hex')).toBe(vectors.secret.secret)
  })
})
