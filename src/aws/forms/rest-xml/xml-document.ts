/**
 * Outputs as the documents of a REST API: XML by the model.
 *
 *     <?xml version="1.0" encoding="UTF-8"?>
 *     <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>logs</Name>…</ListBucketResult>
 *
 * Characters that XML 1.0 cannot hold, which keys of objects may, are written as references, as S3 does, and line ends
 * with them, which a reader could change; who lists such keys asks for `encoding-type=url`. Source: AWS restXml protocol (Smithy); Amazon S3 API reference,
 * "ListObjectsV2", EncodingType.
 *
 * @module
 */
import type { Member, Shape, Structure } from '../../model.js'
import { isoTime } from './times.js'
import { isFlat } from './xml-elements.js'

export const XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** The members of `output` that stand in the body, in the model's order. */
export function writeDocument(
  structure: Structure,
  output: object,
  root: string,
  namespace: string,
): string {
  return documentOf(root, namespace, membersOf(structure, output))
}

/** Whatever stands in it; of an operation that answers one, an empty body would be an answer that was cut off. */
export function documentOf(root: string, namespace: string, content: string): string {
  return `${XML_HEAD}<${root} xmlns="${namespace}">${content}</${root}>`
}

/** Text between tags, or in an attribute. */
export function documentText(text: string): string {
  return text.replace(/[^\t !#-%'-;=?-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, reference)
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
])

function reference(character: string): string {
  return NAMED.get(character) ?? `&#x${character.codePointAt(0)!.toString(16)};`
}

function membersOf({ members }: Structure, output: object): string {
  const source = output as Readonly<Record<string, unknown>>
  let text = ''
  for (const member of members) {
    const value = source[member.name]
    if (value === undefined || member.http.at !== undefined || member.http.isAttribute) continue
    text += memberText(member, value)
  }
  return text
}

function memberText(member: Member, value: unknown): string {
  const { shape, http } = member
  const name = http.name ?? member.name
  if (shape.type === 'list' && isFlat(member, shape)) {
    let text = ''
    for (const item of value as readonly unknown[]) text += element(name, shape.member, item, http)
    return text
  }
  return element(name, shape, value, http)
}

function element(name: string, shape: Shape, value: unknown, http?: Member['http']): string {
  const open = shape.type === 'structure' ? name + attributes(shape, value as object, http) : name
  return `<${open}>${content(shape, value)}</${name}>`
}

function attributes({ members }: Structure, value: object, http?: Member['http']): string {
  if (http?.namespace === undefined) return ''
  const [prefix, uri] = http.namespace
  let text = ` xmlns:${prefix}="${uri}"`
  for (const { name, http } of members) {
    if (!http.isAttribute) continue
    const given = (value as Readonly<Record<string, unknown>>)[name]
    if (given !== undefined) text += ` ${http.name ?? name}="${documentText(String(given))}"`
  }
  return text
}

function content(shape: Shape, value: unknown): string {
  switch (shape.type) {
    case 'structure':
      return membersOf(shape, value as object)
    case 'list': {
      const item = shape.item ?? 'member'
      return (value as readonly unknown[]).map((one) => element(item, shape.member, one)).join('')
    }
    case 'timestamp':
      return isoTime(value as Date)
    default:
      return documentText(String(value))
  }
}
