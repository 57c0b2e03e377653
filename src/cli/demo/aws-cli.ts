/**
 * The AWS CLI of this machine, where there is one, with nothing of this machine's configuration.
 *
 * @module
 */
import { execFile } from 'node:child_process'
import { devNull } from 'node:os'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ANSWER_BYTES_MAX = 64 << 20

/** What the commands find in their environment, beside what is not AWS's. */
export interface AwsPlace {
  readonly url: string
  readonly region: string
  readonly credentialsFile: string
}

export class AwsCli {
  readonly version: string
  readonly #env: NodeJS.ProcessEnv

  private constructor(version: string, env: NodeJS.ProcessEnv) {
    this.version = version
    this.#env = env
  }

  /** Undefined when there is no `aws` on the PATH of `env`. */
  static async find(env: NodeJS.ProcessEnv, place: AwsPlace): Promise<AwsCli | undefined> {
    const others = Object.entries(env).filter(([name]) => !name.startsWith('AWS_'))
    const own = {
      ...Object.fromEntries(others),
      ...Object.fromEntries(exportsFor(place)),
      ...{ AWS_CONFIG_FILE: devNull, AWS_PAGER: '', AWS_EC2_METADATA_DISABLED: 'true' },
    }
    try {
      const { stdout } = await run('aws', ['--version'], { env: own })
      return new AwsCli(stdout.trim(), own)
    } catch {
      return undefined
    }
  }

  /**
   * What `aws` prints; `command` begins with it.
   * @throws Error with what it says when it fails.
   */
  async run([program = '', ...args]: readonly string[], folder: string): Promise<string> {
    const options = { env: this.#env, cwd: folder, maxBuffer: ANSWER_BYTES_MAX }
    const { stdout } = await run(program, args, options)
    return stdout
  }
}

/** For whoever types the same. Version 1 of the CLI knows the region by its second name. */
export function exportsFor({
  url,
  region,
  credentialsFile,
}: AwsPlace): ReadonlyArray<readonly [string, string]> {
  return [
    ['AWS_ENDPOINT_URL', url],
    ['AWS_REGION', region],
    ['AWS_DEFAULT_REGION', region],
    ['AWS_SHARED_CREDENTIALS_FILE', credentialsFile],
  ]
}
