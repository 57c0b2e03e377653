/**
 * `sealtrail demo story`: a key, a bucket, a trail; who used the key, told by log files that are sealed under it.
 *
 * On a fresh data directory, with a real server on a port of this machine: what CloudTrail asks KMS for when a trail is
 * made, when a log file is put and when somebody reads one; that nobody changed any of it; and what is charged. The
 * commands are those that anybody can type (teller.ts says who runs them). Log files are cut every second here rather than
 * every five minutes; nothing else is otherwise. Source: "How AWS CloudTrail uses AWS KMS".
 *
 * @module
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'
import { AwsCli, exportsFor } from './aws-cli.js'
import { makeBucket, makeKey, makeTrail } from './beginning.js'
import { deliver, read } from './log-files.js'
import { afterwards, validate } from './proof.js'
import { type Scene, SLOT_SECONDS } from './scene.js'
import { Teller } from './teller.js'

export function storyCommand(terminal: Terminal): Command {
  return new Command('story')
    .description('tell how a trail keeps its log files under a KMS key, command by command')
    .action(async function tell(this: Command) {
      const { keep } = this.optsWithGlobals()
      const folder = keep ?? (await mkdtemp(join(tmpdir(), 'sealtrail-story-')))
      const dataDir = join(folder, 'data')
      const config = {
        ...settings(terminal, this, ['keep']),
        ...{ dataDir, rootKeyFile: `${dataDir}.root-key`, trailSlotSeconds: SLOT_SECONDS },
      }
      const teller = new Teller(terminal, folder)
      try {
        await mkdir(folder, { recursive: true })
        await withSealtrail(config, async (house) => {
          const scene = { house, teller, folder, dataDir }
          const server = await house.listen({ host: '127.0.0.1', port: 0 })
          await open(scene, server.url, terminal.io.env)
          await whileServed(scene)
          await server.close()
          await afterwards(scene)
        })
        if (terminal.isJson) await terminal.print(teller.steps, [])
      } finally {
        if (keep === undefined) await rm(folder, { recursive: true, force: true })
      }
    })
}

async function open({ house, teller, dataDir }: Scene, url: string, env: NodeJS.ProcessEnv) {
  const { region } = house.caller
  const place = { url, region, credentialsFile: join(dataDir, 'credentials') }
  const aws = await AwsCli.find(env, place)
  teller.aws = aws
  const who =
    aws === undefined
      ? 'There is no AWS CLI on the PATH: the library makes the same calls instead.'
      : `The commands are run by ${aws.version.split(' ')[0]}.`
  const exports = exportsFor(place).map(([name, value]) => `$ export ${name}=${value}`)
  await teller.say(
    `A server on a fresh data directory, log files every second (--trail-slot-seconds 1). ${who}`,
    exports.join('\n'),
  )
}

async function whileServed(scene: Scene): Promise<void> {
  const keyArn = await makeKey(scene)
  await makeBucket(scene)
  await makeTrail(scene)
  await read(scene, await deliver(scene))
  await validate(scene)
  const { house, teller } = scene
  await teller.type({
    says: 'When the key was last used, and in which record that stands:',
    command: ['aws', 'kms', 'get-key-last-usage', '--key-id', keyArn],
    without: () => house.kms.getKeyLastUsage({ KeyId: keyArn }),
  })
}
