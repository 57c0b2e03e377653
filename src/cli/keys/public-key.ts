/**
 * `sealtrail keys public-key`: the public half of a key, as PEM.
 *
 * @module
 */
import { Command } from 'commander'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'

const LINE = /.{1,64}/g

export function publicKeyCommand(terminal: Terminal): Command {
  return new Command('public-key')
    .description('print the public key of an asymmetric key, as PEM')
    .argument('<key>', 'key id, key ARN, alias name or alias ARN')
    .action(async function publicKey(this: Command, key: string) {
      await withSealtrail(settings(terminal, this), async ({ kms }) => {
        const { KeyId, KeySpec, PublicKey } = await kms.getPublicKey({ KeyId: key })
        const lines = pem(PublicKey)
        await terminal.print({ KeyId, KeySpec, PublicKey: lines.join('\n') }, lines)
      })
    })
}

/** Source: RFC 7468 §13. */
function pem(spki: Uint8Array): string[] {
  const base64 = Buffer.from(spki).toString('base64')
  return ['-----BEGIN PUBLIC KEY-----', ...base64.match(LINE)!, '-----END PUBLIC KEY-----']
}
