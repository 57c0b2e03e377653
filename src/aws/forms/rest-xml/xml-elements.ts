/**
 * XML from strangers, as the values that the model has there.
 *
 *     <Delete><Object><Key>a</Key></Object><Quiet>true</Quiet></Delete>      { Objects: [{ Key: 'a' }], Quiet: true }
 *
 * A parser that takes nothing but well-formed XML (saxes) says what comes; what the model does not have there is
 * refused when it begins, so that nothing grows or nests that is not wanted. A document type is refused: there are no
 * entities but XML's five. Lengths and choices are for take.ts to check. Source: AWS restXml protocol (Smithy).
 *
 * @module
 */
import { isUtf8 } from 'node:buffer'
import { SaxesParser, type SaxesTagNS } from 'saxes'
import { SealtrailError } from '../../../errors.js'
import type { ListShape, Member, Shape, Structure } from '../../model.js'
import { readTime } from './times.js'

/** Parts of an upload are the most, and twice as many are told by their operation that they are too many. */
const ITEMS_MAX = 20_000
const INTEGER = /^-?\d{1,16}$/
const BLANK = /^[ \t\r\n]*$/

/** An element that is open. */
type Open =
  | {
      readonly kind: 'structure'
      readonly shape: Structure
      readonly value: Record<string, unknown>
    }
  | { readonly kind: 'list'; readonly shape: ListShape; readonly items: unknown[] }
  | { readonly kind: 'leaf'; readonly shape: Shape; text: string; readonly put: Put }
type Put = (value: unknown) => void

/**
 * @param root what the outermost element must be called.
 * @throws SealtrailError `MalformedXML`
 */
export function readElements(structure: Structure, root: string, bytes: Buffer): object {
  if (!isUtf8(bytes)) throw malformedXml()
  const document = new Document(structure, root)
  const parser = new SaxesParser({ xmlns: true, position: false })
  parser.on('error', refuse)
  parser.on('doctype', refuse)
  parser.on('xmldecl', ({ version, encoding }) => {
    if (version !== '1.0' || !/^(utf-?8)?$/i.test(encoding ?? '')) refuse()
  })
  parser.on('opentag', (tag) => document.open(tag))
  parser.on('text', (text) => document.text(text))
  parser.on('cdata', (text) => document.text(text))
  parser.on('closetag', () => document.close())
  parser.write(bytes.toString('utf8')).close()
  return document.value
}

export function malformedXml(): SealtrailError {
  const says =
    'The XML you provided was not well-formed or did not validate against our published schema'
  return new SealtrailError('MalformedXML', says)
}

function refuse(): never {
  throw malformedXml()
}

class Document {
  readonly value: Record<string, unknown> = Object.create(null)
  readonly #structure: Structure
  readonly #root: string
  readonly #open: Open[] = []

  constructor(structure: Structure, root: string) {
    this.#structure = structure
    this.#root = root
  }

  open(tag: SaxesTagNS): void {
    const parent = this.#open.at(-1)
    if (parent === undefined) {
      if (tag.local !== this.#root) throw malformedXml()
      this.#open.push({ kind: 'structure', shape: this.#structure, value: this.value })
      return
    }
    switch (parent.kind) {
      case 'leaf':
        throw malformedXml()
      case 'list':
        if (tag.local !== (parent.shape.item ?? 'member')) throw malformedXml()
        this.#begin(parent.shape.member, tag, push(parent.items))
        return
      case 'structure':
        this.#beginMember(parent, tag)
    }
  }

  text(text: string): void {
    const top = this.#open.at(-1)
    if (top?.kind === 'leaf') top.text += text
    else if (!BLANK.test(text)) throw malformedXml()
  }

  close(): void {
    const closed = this.#open.pop()
    if (closed?.kind === 'leaf') closed.put(leafValue(closed.shape, closed.text))
  }

  #beginMember({ shape, value }: Open & { kind: 'structure' }, tag: SaxesTagNS): void {
    const member = elementsOf(shape).get(tag.local)
    if (member === undefined) throw malformedXml()
    const { name, shape: wanted } = member
    const there = value[name]
    if (wanted.type === 'list' && isFlat(member, wanted)) {
      const items = (there ?? []) as unknown[]
      value[name] = items
      this.#begin(wanted.member, tag, push(items))
      return
    }
    if (there !== undefined) throw malformedXml()
    this.#begin(wanted, tag, (given) => {
      value[name] = given
    })
    // A member that is there twice is seen before the first is closed.
    value[name] ??= null
  }

  #begin(shape: Shape, tag: SaxesTagNS, put: Put): void {
    if (shape.type === 'structure') {
      const value = attributesOf(shape, tag)
      put(value)
      this.#open.push({ kind: 'structure', shape, value })
    } else if (shape.type === 'list') {
      const items: unknown[] = []
      put(items)
      this.#open.push({ kind: 'list', shape, items })
    } else {
      this.#open.push({ kind: 'leaf', shape, text: '', put })
    }
  }
}

export function isFlat({ http }: Member, shape: ListShape): boolean {
  return http.isFlat === true || shape.isFlat === true
}

function push(items: unknown[]): Put {
  if (items.length >= ITEMS_MAX) throw malformedXml()
  return (item) => {
    items.push(item)
  }
}

function attributesOf(shape: Structure, { attributes }: SaxesTagNS): Record<string, unknown> {
  const value: Record<string, unknown> = Object.create(null)
  for (const { name, http } of shape.members) {
    if (http.isAttribute !== true) continue
    const local = http.name?.split(':')[1]
    for (const given of Object.values(attributes)) {
      if (given.local === local && given.prefix !== 'xmlns') value[name] = given.value
    }
  }
  return value
}

const made = new WeakMap<Structure, ReadonlyMap<string, Member>>()

/** Members by the names of their elements. */
function elementsOf(structure: Structure): ReadonlyMap<string, Member> {
  let elements = made.get(structure)
  if (elements === undefined) {
    const members = structure.members.filter(({ http }) => !http.at && !http.isAttribute)
    elements = new Map(members.map((member) => [member.http.name ?? member.name, member]))
    made.set(structure, elements)
  }
  return elements
}

function leafValue(shape: Shape, text: string): unknown {
  switch (shape.type) {
    case 'integer':
      if (!INTEGER.test(text.trim())) throw malformedXml()
      return Number(text)
    case 'boolean': {
      const word = text.trim().toLowerCase()
      if (word !== 'true' && word !== 'false') throw malformedXml()
      return word === 'true'
    }
    case 'timestamp':
      return readTime(text) ?? refuse()
    default:
      return text
  }
}
