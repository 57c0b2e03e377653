/**
 * `sealtrail load client`: waits on a machine for who coordinates a load, sends its share, and waits again.
 *
 * What it takes to do it is read when it is to be done (waiting.ts).
 *
 * @module
 */
import { Command } from 'commander'
import type { Terminal } from '../terminal/terminal.js'

const HELP = `
Whoever has the secret can have this machine send load anywhere: keep its file as
you keep an access key. The first client makes it; copy it to the machine of the
coordinator, and to those of other clients, and name it there by --secret.`

export function clientCommand(terminal: Terminal): Command {
  return new Command('client')
    .description('wait for a coordinator (load --clients), and send the share that it says')
    .option('--listen <host:port>', 'where it waits; 127.0.0.1:4610')
    .option('--secret <file>', 'made when it is not there; sealtrail-load.secret')
    .addHelpText('after', HELP)
    .action(async function client(this: Command) {
      const { waitAsClient } = await import('./waiting.js')
      await waitAsClient(terminal, this.optsWithGlobals())
    })
}
