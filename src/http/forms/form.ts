/**
 * A form with a file, as browsers send it: its fields first, then the bytes of the file as they come.
 *
 *     --boundary, Content-Disposition: form-data; name="key"                         a field
 *     --boundary, Content-Disposition: form-data; name="file"; filename="a.txt"      the file, which is the last that counts
 *     --boundary--
 *
 * What comes before the file has a bound. A form that is cut off is no form: its file ends in an error. What fields mean
 * is in policy.ts and upload.ts. Source: RFC 7578; Amazon S3 API reference, "POST Object".
 *
 * @module
 */
import type { Readable } from 'node:stream'
import type { Busboy, BusboyInstance } from '@fastify/busboy'
import { SealtrailError } from '../../errors.js'

export interface Form {
  /** By names in lower case. */
  readonly fields: ReadonlyMap<string, string>
  readonly file: FormFile
}

export interface FormFile {
  /** Without folders; empty when it has none. */
  readonly name: string
  /** To be read once; a piece is the reader's until he asks for the next one. */
  readonly pieces: AsyncIterable<Uint8Array>
}

const FILE = 'file'
/** AWS's bound, of names and values. */
const FIELD_BYTES_MAX = 20 * 1024
/** With all that is around them. */
const BEFORE_BYTES_MAX = 4 * FIELD_BYTES_MAX
const FIELDS_MAX = 200
const HEADERS_MAX = 20

/**
 * Resolves when the file begins.
 * @param contentType of the request.
 * @throws SealtrailError `MalformedPOSTRequest`, `MaxPostPreDataLengthExceededError`, `InvalidArgument` for a form without
 * a file, and whatever `body` ends in.
 */
export async function readForm(
  contentType: string,
  body: AsyncIterable<Uint8Array>,
): Promise<Form> {
  const { Busboy } = await import('@fastify/busboy')
  return await new FormReader(parserOf(Busboy, contentType)).read(body)
}

class FormReader {
  readonly #fields = new Map<string, string>()
  readonly #parser: BusboyInstance
  #file: Readable | undefined
  /** How it ended, once it has. */
  #end: { readonly error: unknown } | undefined
  #onOpen: (form: Form) => void = () => undefined
  #onFail: (error: unknown) => void = () => undefined
  #onEnd: () => void = () => undefined
  #fieldBytes = 0
  #isStopped = false

  constructor(parser: BusboyInstance) {
    this.#parser = parser
    this.#listen()
  }

  async read(body: AsyncIterable<Uint8Array>): Promise<Form> {
    const form = new Promise<Form>((resolve, reject) => {
      this.#onOpen = resolve
      this.#onFail = reject
    })
    void this.#pump(body)
    return await form
  }

  async #pump(body: AsyncIterable<Uint8Array>): Promise<void> {
    let before = 0
    try {
      for await (const piece of body) {
        // The parser hands out views, and the piece is only lent.
        await new Promise<void>((resolve) => {
          this.#parser.write(Buffer.from(piece), () => resolve())
        })
        if (this.#isStopped) return
        if (this.#file === undefined) before += piece.length
        if (before > BEFORE_BYTES_MAX) throw tooMuchBefore()
      }
      this.#parser.end()
    } catch (error) {
      this.#fail(error)
    }
  }

  #listen(): void {
    this.#parser.on('field', (name, value, _nameTruncated, isCut) => {
      if (this.#file !== undefined) return
      if (isCut) this.#fail(tooMuchBefore())
      else this.#take(name, value)
    })
    this.#parser.on('file', (_name, stream, filename) => {
      // Its own word for one that was cut off; whatever else it is told comes from here.
      stream.on('error', () => this.#fail(malformed()))
      this.#file = stream
      if (this.#isStopped) stream.destroy()
      const name = typeof filename === 'string' ? filename : ''
      this.#onOpen({ fields: this.#fields, file: { name, pieces: this.#pieces(stream) } })
    })
    this.#parser.on('filesLimit', () => this.#fail(filesRefused(2)))
    this.#parser.on('fieldsLimit', () => this.#fail(tooMuchBefore()))
    this.#parser.on('error', () => this.#fail(malformed()))
    this.#parser.on('finish', () => {
      if (this.#file === undefined) this.#fail(filesRefused(0))
      else this.#ended(undefined)
    })
  }

  #take(name: string | undefined, value: string): void {
    const field = name?.toLowerCase() ?? ''
    if (field === '' || this.#fields.has(field)) {
      this.#fail(malformed())
      return
    }
    this.#fieldBytes += Buffer.byteLength(field) + Buffer.byteLength(value)
    if (this.#fieldBytes > FIELD_BYTES_MAX) this.#fail(tooMuchBefore())
    this.#fields.set(field, value)
  }

  /** The first time counts. */
  #fail(error: unknown): void {
    if (this.#end !== undefined) return
    this.#isStopped = true
    this.#ended(error)
    this.#onFail(error)
    this.#file?.destroy(error as Error)
  }

  #ended(error: unknown): void {
    this.#end ??= { error }
    this.#onEnd()
  }

  /** After the last boundary. */
  async #whole(): Promise<void> {
    if (this.#end === undefined) {
      await new Promise<void>((resolve) => {
        this.#onEnd = resolve
      })
    }
    if (this.#end?.error !== undefined) throw this.#end.error
  }

  /** They are right once they have ended without an error. */
  async *#pieces(stream: Readable): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of stream as AsyncIterable<Buffer>) {
        yield piece
        piece.fill(0)
      }
      await this.#whole()
    } catch (error) {
      throw this.#end?.error ?? error
    } finally {
      this.#isStopped = true
      stream.destroy()
    }
  }
}

/** @throws SealtrailError `MalformedPOSTRequest` */
function parserOf(Parser: typeof Busboy, contentType: string): BusboyInstance {
  try {
    return new Parser({
      headers: { 'content-type': contentType },
      isPartAFile: (name) => name?.toLowerCase() === FILE,
      limits: {
        ...{ fieldSize: FIELD_BYTES_MAX, fields: FIELDS_MAX, files: 1 },
        ...{ headerPairs: HEADERS_MAX, headerSize: FIELD_BYTES_MAX },
      },
    })
  } catch {
    throw malformed()
  }
}

function malformed(): SealtrailError {
  const says = 'The body of your POST request is not well-formed multipart/form-data.'
  return new SealtrailError('MalformedPOSTRequest', says)
}

function tooMuchBefore(): SealtrailError {
  return new SealtrailError(
    'MaxPostPreDataLengthExceededError',
    'Your POST request fields preceding the upload file were too large.',
  )
}

function filesRefused(ArgumentValue: number): SealtrailError {
  const says = 'POST requires exactly one file upload per request.'
  return new SealtrailError('InvalidArgument', says, { ArgumentName: FILE, ArgumentValue })
}
