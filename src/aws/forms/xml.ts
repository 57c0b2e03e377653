/**
 * Outputs as AWS's query protocol carries them: XML by the model.
 *
 *     <Name>a</Name><Tags><member><Key>k</Key></member></Tags>
 *
 * Source: AWS query protocol (Smithy), "Response serialization".
 *
 * @module
 */
import type { Shape, Structure } from '../model.js'

/** The members of `output` that the model knows, in the order in which it has them. */
export function writeXml({ members }: Structure, output: object): string {
  let text = ''
  for (const [name, value] of Object.entries(output)) {
    const member = members.find((one) => one.name === name)
    if (member !== undefined && value !== undefined) text += element(name, member.shape, value)
  }
  return text
}

/** Text between tags; what XML cannot hold is left out. A reader would make a line feed of a carriage return. */
export function xmlText(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#xD;')
}

function element(name: string, shape: Shape, value: unknown): string {
  return `<${name}>${content(shape, value)}</${name}>`
}

function content(shape: Shape, value: unknown): string {
  switch (shape.type) {
    case 'structure':
      return writeXml(shape, value as object)
    case 'list':
      return (value as readonly unknown[])
        .map((item) => element('member', shape.member, item))
        .join('')
    case 'map':
      return Object.entries(value as object)
        .map(
          ([key, item]) =>
            `<entry><key>${xmlText(key)}</key>${element('value', shape.value, item)}</entry>`,
        )
        .join('')
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64')
    case 'timestamp':
      // Whole seconds, as AWS has it.
      return `${(value as Date).toISOString().slice(0, 19)}Z`
    default:
      return xmlText(String(value))
  }
}
