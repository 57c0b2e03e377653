/**
 * Records, and says each checkpoint of their log in a line, until it is killed.
 *
 *     node test/proofs/killed-child.mjs <data directory> <root key file>
 */
import { openSealtrail } from '../../dist/index.js'

const [dataDir, rootKeyFile] = process.argv.slice(2)
const house = await openSealtrail({ dataDir, rootKeyFile })
for (;;) {
  await Promise.all(
    Array.from({ length: 40 }, () => house.kms.generateRandom({ NumberOfBytes: 8 })),
  )
  process.stdout.write(`${JSON.stringify(await house.proofs.checkpoint())}\n`)
}
