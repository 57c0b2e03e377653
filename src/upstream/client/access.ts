/**
 * The access key that we have of the upstream: given, or out of a file in the form of AWS's shared credentials file.
 *
 * The file is its owner's alone (store/files/private-file.ts); its section `[default]` counts. The secret is a string, as
 * signing needs it in that form; it shows in no inspect output, JSON or error.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { parseIni, type Section } from '../../iam/ini.js'
import { readPrivateFile } from '../../store/files/private-file.js'

/** As AWS's environment variables have them. */
export interface AccessParts {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

export class Access {
  readonly accessKeyId: string
  readonly #secretAccessKey: string
  readonly #sessionToken: string | undefined

  /** @throws SealtrailError `ConfigInvalid`, which holds no secret. */
  constructor({ accessKeyId, secretAccessKey, sessionToken }: AccessParts, source: string) {
    if (!/^[\w-]{1,128}$/.test(accessKeyId)) {
      throw invalid(source, 'the access key id must be letters and digits')
    }
    for (const secret of [secretAccessKey, sessionToken ?? 'none']) {
      if (typeof secret === 'string' && /^[\x21-\x7e]{1,8192}$/.test(secret)) continue
      throw invalid(source, 'secret and session token must be characters of ASCII, without spaces')
    }
    this.accessKeyId = accessKeyId
    this.#secretAccessKey = secretAccessKey
    this.#sessionToken = sessionToken
  }

  get secretAccessKey(): string {
    return this.#secretAccessKey
  }

  get sessionToken(): string | undefined {
    return this.#sessionToken
  }
}

const FILE_BYTES_MAX = 1 << 20

/** @param of the setting that names it. @throws SealtrailError `ConfigInvalid` for a file that is not there, that others could use, or without a key. */
export async function readAccess(path: string, of = 's3UpstreamCredentials'): Promise<Access> {
  const source = `${of}: file ${path}`
  const unusable = (reason: string, cause?: unknown) =>
    new SealtrailError('ConfigInvalid', `${source} ${reason}`, {}, { cause })
  const bytes = await readPrivateFile({ path, bytesMax: FILE_BYTES_MAX, unusable })
  if (bytes === undefined) throw unusable('is not there')
  let sections: Section[]
  try {
    sections = parseIni(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString())
  } catch (error) {
    throw unusable((error as Error).message)
  } finally {
    bytes.fill(0)
  }
  const values = sections.find(({ profile }) => profile === 'default')?.values
  if (values === undefined) throw unusable('has no section [default]')
  return new Access(
    {
      accessKeyId: values.get('aws_access_key_id') ?? '',
      secretAccessKey: values.get('aws_secret_access_key') ?? '',
      sessionToken: values.get('aws_session_token') || undefined,
    },
    source,
  )
}

function invalid(source: string, reason: string): SealtrailError {
  return new SealtrailError('ConfigInvalid', `${source}: ${reason}`)
}
