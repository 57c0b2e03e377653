/**
 * `sealtrail keys public-key`: the public half of an asymmetric key, as PEM.
 *
 * @module
 */
import type { Command } from 'commander'
import type { Terminal } from '../terminal/terminal.js'
import { onKey } from './on-key.js'

const LINE_CHARACTERS = 64

export function publicKeyCommand(terminal: Terminal): Command {
  const says = 'print the public key of an asymmetric key, as PEM'
  return onKey(terminal, 'public-key', says, [], async (kms, KeyId) => {
    const output = await kms.getPublicKey({ KeyId })
    await terminal.print(output, [pem(output.PublicKey)])
  })
}

/** Of SubjectPublicKeyInfo; OpenSSL of this Node may not know the algorithm. Source: RFC 7468. */
function pem(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('base64')
  const lines = text.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? []
  return ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----'].join('\n')
}
