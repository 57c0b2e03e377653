/** A house on a directory that was laid out: its data, and its root key beside them. */
import { join } from 'node:path'
import { openSealtrail, type Sealtrail } from '../../src/sealtrail.js'

export async function withHouse<Answer>(
  root: string,
  work: (house: Sealtrail) => Promise<Answer>,
): Promise<Answer> {
  const options = { dataDir: join(root, 'data'), rootKeyFile: join(root, 'root-key'), threads: 1 }
  const house = await openSealtrail({ ...options, region: 'us-east-1' })
  try {
    return await work(house)
  } finally {
    await house.close()
  }
}
