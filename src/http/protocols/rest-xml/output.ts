/**
 * The answer to an operation: status, headers and body from its output, by the model.
 *
 * @module
 */
import { Readable } from 'node:stream'
import { writeLatin1, writeWords } from '../../../aws/forms/rest-xml/header-words.js'
import { headerTime } from '../../../aws/forms/rest-xml/times.js'
import {
  documentOf,
  documentText,
  writeDocument,
} from '../../../aws/forms/rest-xml/xml-document.js'
import type { Member, Operation, Structure } from '../../../aws/model.js'
import type { Answer } from '../../received.js'

export const XML_TYPE = 'application/xml'
const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'
const PARTIAL = 206

type Output = Readonly<Record<string, unknown>>

/** @param headers that go with every answer. */
export function writeOutput(
  { http, output: structure }: Operation,
  output: object,
  headers: string[],
): Answer {
  const source = output as Output
  const status = source.ContentRange === undefined ? (http?.status ?? 200) : PARTIAL
  if (structure === undefined) return { status, headers, body: '' }
  const isHead = http?.method === 'HEAD'
  // Of bytes that are here, the front knows how many there are.
  const saysLength = isHead || source.Body instanceof Readable
  for (const member of structure.members) {
    if (member.name === 'ContentLength' && !saysLength) continue
    writeMember(member, source[member.name], headers)
  }
  if (isHead) return { status, headers, body: '' }
  const { payload } = structure
  const value = payload === undefined ? output : source[payload.name]
  switch (payload?.shape.type) {
    case 'stream':
      return { status, headers, body: (value ?? '') as Answer['body'] }
    case 'string':
      headers.push('Content-Type', 'application/json')
      return { status, headers, body: (value ?? '') as string }
  }
  if (http?.root === undefined) return { status, headers, body: '' }
  headers.push('Content-Type', XML_TYPE)
  const document = (payload?.shape ?? structure) as Structure
  return { status, headers, body: documentFor(document, (value ?? {}) as Output, http.root) }
}

/** GetBucketLocation's one member is the document itself. */
function documentFor(structure: Structure, value: Output, root: string): string {
  const [first, ...others] = structure.members
  if (first?.name !== root || others.length > 0) {
    return writeDocument(structure, value, root, NAMESPACE)
  }
  return documentOf(root, NAMESPACE, documentText(String(value[root] ?? '')))
}

function writeMember({ name, shape, http }: Member, value: unknown, headers: string[]): void {
  if (value === undefined || http.at === undefined) return
  const field = http.name ?? name
  if (http.at === 'headers') {
    for (const [key, text] of Object.entries(value as Readonly<Record<string, string>>)) {
      headers.push(field + key, writeWords(text))
    }
    return
  }
  const text =
    shape.type === 'timestamp'
      ? headerTime(value as Date, shape.format)
      : writeLatin1(String(value))
  headers.push(field, text)
}
