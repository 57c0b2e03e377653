/**
 * `sealtrail objects mb` and `sealtrail objects rb`: a bucket is made, or removed when it is empty.
 *
 * @module
 */
import { Command } from 'commander'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'
import { bucketAddress } from './address.js'

/** Where a bucket is made when no place is said. */
const FIRST_REGION = 'us-east-1'

export function mbCommand(terminal: Terminal): Command {
  return new Command('mb')
    .description('make a bucket')
    .argument('<bucket>', 'a name that no other bucket has', bucketAddress)
    .action(async function mb(this: Command, bucket: string) {
      const config = settings(terminal, this)
      const place = { CreateBucketConfiguration: { LocationConstraint: config.region as never } }
      const where = config.region === FIRST_REGION ? {} : place
      await withSealtrail(config, async ({ s3 }) => {
        const answer = (await s3.createBucket({ Bucket: bucket, ...where })) as object
        await terminal.print({ Bucket: bucket, ...answer }, [`made: s3://${bucket}`])
      })
    })
}

export function rbCommand(terminal: Terminal): Command {
  return new Command('rb')
    .description('remove a bucket that is empty')
    .argument('<bucket>', 'its name', bucketAddress)
    .action(async function rb(this: Command, bucket: string) {
      await withSealtrail(settings(terminal, this), async ({ s3 }) => {
        await s3.deleteBucket({ Bucket: bucket })
        await terminal.print({ Bucket: bucket }, [`removed: s3://${bucket}`])
      })
    })
}
