/**
 * What the upstream answers in XML, as the elements it has; and the two documents that we send.
 *
 * A parser that takes nothing but well-formed XML (saxes); how much may come is bounded by whoever reads the answer. A
 * document type is refused: there are no entities but XML's five.
 *
 * @module
 */
import { SaxesParser } from 'saxes'

export class Element {
  readonly name: string
  text = ''
  readonly children: Element[] = []

  constructor(name: string) {
    this.name = name
  }

  all(name: string): Element[] {
    return this.children.filter((child) => child.name === name)
  }

  /** Of the first child of this name; empty without one. */
  textOf(name: string): string {
    return this.all(name)[0]?.text ?? ''
  }
}

const DEPTH_MAX = 16

/** The outermost element; undefined for what is no XML. */
export function readXml(bytes: Buffer): Element | undefined {
  const parser = new SaxesParser({ xmlns: true, position: false })
  const above = new Element('')
  const open = [above]
  const refuse = () => {
    throw new NoXml()
  }
  parser.on('error', refuse)
  parser.on('doctype', refuse)
  parser.on('opentag', ({ local }) => {
    if (open.length > DEPTH_MAX) refuse()
    const element = new Element(local)
    open.at(-1)!.children.push(element)
    open.push(element)
  })
  parser.on('text', (text) => {
    open.at(-1)!.text += text
  })
  parser.on('closetag', () => open.pop())
  try {
    parser.write(bytes.toString('utf8')).close()
  } catch (error) {
    if (error instanceof NoXml) return undefined
    throw error
  }
  return above.children[0]
}

class NoXml extends Error {
  override readonly name = 'NoXml'
}

/** Of DeleteObjects. */
export function deleteXml(keys: readonly string[]): Buffer {
  const objects = keys.map((key) => `<Object><Key>${escaped(key)}</Key></Object>`)
  return Buffer.from(`<Delete xmlns="${NAMESPACE}"><Quiet>true</Quiet>${objects.join('')}</Delete>`)
}

/** Of CompleteMultipartUpload: the parts' ETags in their order. */
export function completeXml(etags: readonly string[]): Buffer {
  const parts = etags.map(
    (etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${escaped(etag)}</ETag></Part>`,
  )
  return Buffer.from(
    `<CompleteMultipartUpload xmlns="${NAMESPACE}">${parts.join('')}</CompleteMultipartUpload>`,
  )
}

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'
const ESCAPES: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' },
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]!)
}
