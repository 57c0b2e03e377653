/**
 * Clients of S3 in Python, boto3 and s3cmd, installed once into the cache of node_modules.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const CACHE = resolve('node_modules/.cache/sealtrail-s3-clients')
const INSTALL_MS = 240_000

export interface PythonTools {
  readonly python: string
  readonly s3cmd: string
}

/** Rejects with what to do when they cannot be had. */
export async function findPythonTools(): Promise<PythonTools> {
  const tools = { python: resolve(CACHE, 'bin/python'), s3cmd: resolve(CACHE, 'bin/s3cmd') }
  if (existsSync(CACHE) && (await answers(tools))) return tools
  try {
    // An installation that was broken off is no start for another.
    rmSync(CACHE, { recursive: true, force: true })
    mkdirSync(resolve(CACHE, '..'), { recursive: true })
    await run('python3', ['-m', 'venv', CACHE], { timeout: INSTALL_MS })
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
    await run(tools.python, [...pip, 'boto3', 's3cmd'], { timeout: INSTALL_MS })
    await run(tools.s3cmd, ['--version'])
    return tools
  } catch (cause) {
    throw new Error(
      'these tests need boto3 and s3cmd: put python3 with venv and pip on the PATH, so that they can be installed',
      { cause },
    )
  }
}

async function answers({ python, s3cmd }: PythonTools): Promise<boolean> {
  try {
    await run(python, ['-c', 'import boto3'], { timeout: 60_000 })
    await run(s3cmd, ['--version'], { timeout: 60_000 })
    return true
  } catch {
    return false
  }
}
