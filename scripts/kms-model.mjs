/**
 * Writes src/kms/model.gen.ts from an AWS API model (service-2.json of botocore).
 *
 *     node scripts/kms-model.mjs path/to/kms/service-2.json
 *
 * A development tool: the project ships what it writes, not the model. Kept of the model: each operation's
 * input and output shapes, and of a shape its type, members, required members, length and value bounds,
 * pattern, choices, and whether it is a secret. Dropped: documentation, errors (src/errors.ts names ours)
 * and everything about HTTP, because AWS KMS answers otherwise than the model says.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const TARGET = fileURLToPath(new URL('../src/kms/model.gen.ts', import.meta.url))

const [source] = process.argv.slice(2)
if (source === undefined) {
  process.stderr.write('usage: node scripts/kms-model.mjs service-2.json\n')
  process.exit(2)
}
const model = JSON.parse(readFileSync(source, 'utf8'))

const operations = {}
const shapes = new Map()
for (const [name, { input, output }] of Object.entries(model.operations).sort(byName)) {
  operations[name] = { input: input?.shape, output: output?.shape }
  if (input) keep(input.shape)
  if (output) keep(output.shape)
}

const lines = [
  `/**`,
  ` * What AWS KMS operations take and give: the shapes of the API model ${model.metadata.apiVersion}.`,
  ` *`,
  ` * Written by scripts/kms-model.mjs; do not edit. wire.ts and validate.ts read it, model-types.ts makes`,
  ` * TypeScript types of it. Source: botocore's service-2.json for KMS (Apache-2.0).`,
  ` *`,
  ` * @module`,
  ` */`,
  ``,
  `/** Every operation of the model, ours or not: its input and output shapes. */`,
  `export const MODEL = {`,
  ...Object.entries(operations).map(([name, value]) => `  ${name}: ${literal(value)},`),
  `} as const`,
  ``,
  `/** Every shape that an operation reaches. */`,
  `export const SHAPES = {`,
  ...[...shapes].sort(byName).map(([name, value]) => `  ${name}: ${literal(value)},`),
  `} as const`,
  ``,
]
writeFileSync(TARGET, lines.join('\n'))
process.stdout.write(
  `${TARGET}: ${Object.keys(operations).length} operations, ${shapes.size} shapes\n`,
)

function keep(name) {
  if (shapes.has(name)) return
  const shape = model.shapes[name]
  const kept = { type: shape.type }
  shapes.set(name, kept)
  for (const fact of ['min', 'max', 'pattern', 'enum', 'sensitive']) {
    if (shape[fact] !== undefined) kept[fact] = shape[fact]
  }
  if (shape.type === 'list') kept.member = follow(shape.member)
  if (shape.type === 'map')
    Object.assign(kept, { key: follow(shape.key), value: follow(shape.value) })
  if (shape.type === 'structure') {
    kept.required = shape.required ?? []
    kept.members = {}
    for (const [member, to] of Object.entries(shape.members)) kept.members[member] = follow(to)
  }
}

function follow({ shape }) {
  keep(shape)
  return shape
}

function byName([a], [b]) {
  return a < b ? -1 : 1
}

/** As TypeScript, on one line, without undefined members. */
function literal(value) {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  if (typeof value !== 'object') return String(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  if (members.length === 0) return '{}'
  return `{ ${members.map(([name, member]) => `${name}: ${literal(member)}`).join(', ')} }`
}
