/**
 * `sealtrail trail verify-proof`: what a proof proves. It needs no data directory, only the log's key.
 *
 * @module
 */
import { Command } from 'commander'
import { verifyConsistency, verifyInclusion } from '../../proofs/proof.js'
import type { Terminal } from '../terminal/terminal.js'
import { readProof } from './proof-file.js'

export function verifyProofCommand(terminal: Terminal): Command {
  return new Command('verify-proof')
    .description('check a proof of the log, and print the record that it proves')
    .argument('<proof>', 'a file, as prove or checkpoint --since printed it')
    .requiredOption('--key <text>', "the log's key, from somebody who can be trusted")
    .option('--since <file>', 'the older checkpoint, when the proof is of a newer one')
    .action(async function verifyProof(this: Command, path: string) {
      const { key, since } = this.opts()
      const proof = await readProof(path)
      if (since === undefined) {
        const proven = verifyInclusion(proof, key)
        await terminal.print(proven, [proven.record])
        return
      }
      const grown = verifyConsistency(proof, await readProof(since), key)
      const says = `the log grew from ${grown.from} to ${grown.to}, and nothing in it was changed`
      await terminal.print(grown, [says])
    })
}
