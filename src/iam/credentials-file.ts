/**
 * The access keys of a data directory: `<dataDir>/credentials`, in the form of AWS's shared credentials file.
 *
 *     [default]
 *     aws_access_key_id = AKIA…
 *     aws_secret_access_key = …
 *     sealtrail_account = 000000000000
 *
 * AWS's own tools read it as it is (AWS_SHARED_CREDENTIALS_FILE). Each section is a root access key of its
 * account. The first start makes the file with one key. How such a file is made and trusted is in
 * store/files/private-file.ts; what is wrong with one is said with how to mend it, and never shows a secret.
 *
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SealtrailError } from '../errors.js'
import { rootIdentity } from '../service/caller.js'
import { Credential } from '../sigv4/credential.js'
import { createPrivateFile, readPrivateFile } from '../store/files/private-file.js'
import { newAccessKeyId, newSecretAccessKey } from './ids.js'
import { parseIni, type Section } from './ini.js'

const CREDENTIALS_FILE = 'credentials'
const FILE_BYTES_MAX = 1 << 20

export interface Credentials {
  readonly path: string
  /** The access key that this start made; undefined when the file was there. */
  readonly created: Credential | undefined
  find(accessKeyId: string): Credential | undefined
}

/**
 * Reads the file, making it (and `dataDir`) at the first start.
 *
 * @param account 12 digits: whose the first access key is, and those of sections that name none.
 * @throws SealtrailError `ConfigInvalid` for a file that others could read or have written, or that does not
 * say what it should.
 */
export async function loadCredentials(dataDir: string, account: string): Promise<Credentials> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const path = join(dataDir, CREDENTIALS_FILE)
  const newId = newAccessKeyId()
  const unusableFile = (reason: string, cause?: unknown) => unusable(path, reason, cause)
  const file = { path, bytesMax: FILE_BYTES_MAX, unusable: unusableFile }
  const isNew = await createPrivateFile(file, () => Buffer.from(firstFile(newId, account)))
  const bytes = await readPrivateFile(file)
  if (bytes === undefined) throw unusable(path, 'is gone')
  const all = parse(Buffer.from(bytes).toString(), path, account)
  const byId = new Map(all.map((credential) => [credential.accessKeyId, credential]))
  const find = (accessKeyId: string) => byId.get(accessKeyId)
  return { path, created: isNew ? find(newId) : undefined, find }
}

function firstFile(accessKeyId: string, account: string): string {
  return [
    `# The root access key of account ${account}, made by sealtrail's first start.`,
    '# Whoever holds it may use every key of the account. More sections are more access keys.',
    '[default]',
    `aws_access_key_id = ${accessKeyId}`,
    `aws_secret_access_key = ${newSecretAccessKey()}`,
    `sealtrail_account = ${account}`,
    '',
  ].join('\n')
}

function parse(text: string, path: string, account: string): Credential[] {
  let sections: Section[]
  try {
    sections = parseIni(text)
  } catch (error) {
    throw unusable(path, (error as Error).message)
  }
  const credentials = sections.map((section) => credentialOf(section, path, account))
  const ids = new Set(credentials.map(({ accessKeyId }) => accessKeyId))
  if (ids.size !== credentials.length) {
    throw unusable(path, 'has an access key id that is there twice')
  }
  if (ids.size === 0) {
    throw unusable(path, 'has no [profile]: remove it, and the next start makes a new one')
  }
  return credentials
}

function credentialOf(section: Section, path: string, fallbackAccount: string): Credential {
  const { profile, values } = section
  const accessKeyId = values.get('aws_access_key_id') ?? ''
  const secretAccessKey = values.get('aws_secret_access_key') ?? ''
  const sessionToken = values.get('aws_session_token')
  const account = values.get('sealtrail_account') ?? fallbackAccount
  if (!/^\w{16,128}$/.test(accessKeyId)) {
    throw unusable(path, `[${profile}]: aws_access_key_id must be 16 to 128 letters and digits`)
  }
  if (!/^[\x21-\x7e]{16,128}$/.test(secretAccessKey)) {
    throw unusable(path, `[${profile}]: aws_secret_access_key must be 16 to 128 characters`)
  }
  if (!/^\d{12}$/.test(account)) {
    throw unusable(path, `[${profile}]: sealtrail_account must be 12 digits`)
  }
  return new Credential({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken ? { sessionToken } : {}),
    account,
    identity: (region) => rootIdentity(account, region, accessKeyId),
  })
}

function unusable(path: string, reason: string, cause?: unknown): SealtrailError {
  return new SealtrailError('ConfigInvalid', `credentials file ${path} ${reason}`, {}, { cause })
}
