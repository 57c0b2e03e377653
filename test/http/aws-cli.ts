/**
 * The AWS CLI: `aws` of the PATH, or one installed once into the cache of node_modules.
 *
 * It runs with no configuration of the machine: endpoint, region and credentials file are given. It is loaded once for
 * all commands of a test file where that can be done (aws-cli-forks.ts).
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { promisify } from 'node:util'
import { AwsCliForks } from './aws-cli-forks.js'

const run = promisify(execFile)
const CACHE = resolve('node_modules/.cache/sealtrail-awscli')
const INSTALL_MS = 240_000

export interface CliResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** The path of an `aws` that answers. Rejects with what to do when there is none. */
export async function findAwsCli(): Promise<string> {
  if (await answers('aws')) return 'aws'
  const cached = resolve(CACHE, 'bin/aws')
  if (existsSync(cached) && (await answers(cached))) return cached
  try {
    // An installation that was broken off is no start for another.
    rmSync(CACHE, { recursive: true, force: true })
    mkdirSync(resolve(CACHE, '..'), { recursive: true })
    await run('python3', ['-m', 'venv', CACHE], { timeout: INSTALL_MS })
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'awscli']
    await run(resolve(CACHE, 'bin/python'), pip, { timeout: INSTALL_MS })
    await run(cached, ['--version'])
    return cached
  } catch (cause) {
    throw new Error(
      'these tests need the AWS CLI: put `aws` on the PATH, or python3 with venv and pip, so that it can be installed',
      { cause },
    )
  }
}

/** Of all commands: nothing of the machine's but where programs are. */
const SURROUNDINGS = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  AWS_CONFIG_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_PAGER: '',
  AWS_MAX_ATTEMPTS: '1',
  AWS_DEFAULT_OUTPUT: 'json',
}

let forks: Promise<AwsCliForks | undefined> | undefined

export async function runAwsCli(
  aws: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<CliResult> {
  forks ??= forksOf(aws)
  const forked = await forks
  if (forked !== undefined) return await forked.run(args, environment)
  const env = { ...SURROUNDINGS, ...environment }
  try {
    const { stdout, stderr } = await run(aws, [...args], { env, timeout: 240_000 })
    return { exitCode: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { exitCode: code, stdout, stderr }
  }
}

async function forksOf(aws: string): Promise<AwsCliForks | undefined> {
  const { stdout } = await run(aws, ['--version'], { timeout: 240_000 })
  const python = aws === 'aws' ? 'python3' : resolve(dirname(aws), 'python')
  return await AwsCliForks.start(python, stdout.split(' ')[0]!, SURROUNDINGS)
}

async function answers(aws: string): Promise<boolean> {
  try {
    await run(aws, ['--version'], { timeout: 240_000 })
    return true
  } catch {
    return false
  }
}
