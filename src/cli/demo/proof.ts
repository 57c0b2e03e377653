/**
 * The story's end: nobody has changed what was delivered, and what of it all is charged.
 *
 * @module
 */
import { arnOf } from '../../aws/arn.js'
import { systemClock } from '../../clock.js'
import { validationLines } from '../trails/validate.js'
import { usageTable } from '../usage.js'
import { filesBelow, untilThere } from './log-files.js'
import { type Scene, TRAIL } from './scene.js'

const DAY_MS = 24 * 60 * 60 * 1000

export async function validate({ house, teller }: Scene): Promise<void> {
  await teller.type({
    says: 'The trail stops; what was delivered since the last digest gets one, signed and chained:',
    command: ['aws', 'cloudtrail', 'stop-logging', '--name', TRAIL],
    without: async () => {
      await house.cloudtrail.stopLogging({ Name: TRAIL })
    },
  })
  const prefix = `AWSLogs/${house.caller.account}/CloudTrail-Digest/`
  await untilThere(async () => ((await filesBelow(house, prefix)).length > 0 ? true : undefined))
  const { account, region } = house.caller
  const now = systemClock.now()
  const [from, to] = [now - DAY_MS, now + DAY_MS].map((time) => new Date(time).toISOString())
  if (teller.aws === undefined) return
  await teller.type({
    says: 'Nobody has changed any of it, as the AWS CLI finds:',
    command: [
      ...['aws', 'cloudtrail', 'validate-logs', '--trail-arn'],
      arnOf('cloudtrail', { account, region }, `trail/${TRAIL}`),
      ...['--start-time', from!, '--end-time', to!],
    ],
    without: () => house.cloudtrail.validateTrail(TRAIL),
  })
}

/** The server is stopped: sealtrail's own commands open the data directory themselves. */
export async function afterwards({ house, teller, dataDir }: Scene): Promise<void> {
  const { account, region } = house.caller
  const options = ['--data-dir', dataDir, '--account', account, '--region', region]
  await teller.type({
    says: 'As we find, who miss what is gone as well (the server has stopped; these commands open the data directory):',
    command: ['npx', 'sealtrail', 'trail', 'validate', TRAIL, ...options],
    without: async () => validationLines(await house.cloudtrail.validateTrail(TRAIL)).join('\n'),
  })
  const usage = await house.usage()
  await teller.type({
    says: 'And the charges:',
    command: ['npx', 'sealtrail', 'usage', ...options],
    without: async () => usageTable(usage).join('\n'),
  })
  const sum = (of: 'billed' | 'free') => usage.reduce((total, row) => total + row[of], 0)
  await teller.say(
    `What CloudTrail used the key for is free, ${sum('free')} calls; what others did is charged, ${sum('billed')} calls: whoever validates reads each file, too.`,
  )
}
