/**
 * A bucket in memory behind a port, that fails when it is told to, or does not do what S3 does.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * `500`, `503`: without doing anything; `reset` and `silent`, too; `lost`: it is done, and the answer never comes;
 * `replaced`: likewise, and another has put something else there; `cut`: half of the answer comes; `short`: half of it, as if that were all.
 */
export type FaultKind = '500' | '503' | 'reset' | 'silent' | 'lost' | 'replaced' | 'cut' | 'short'

/** What this gateway does not do. */
export interface Lacks {
  conditions?: 'ignored' | 'refused'
  ranges?: boolean
  listing?: boolean
  uploads?: boolean
  deletion?: boolean
  access?: boolean
}

interface Asked {
  readonly method: string
  readonly key: string
  readonly query: URLSearchParams
}

interface Reply {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: Buffer | string
}

const PATH = '/bucket'

export class FakeBucket {
  readonly objects = new Map<string, Buffer>()
  readonly uploads = new Map<string, { key: string; parts: Map<number, Buffer> }>()
  /** `PUT files/00`, … */
  readonly trace: string[] = []
  readonly lacks: Lacks = {}
  calls = 0
  faults = 0
  #from = Number.POSITIVE_INFINITY
  #to = 0
  #kind: FaultKind = '500'
  #only: RegExp = /./
  readonly #server = createServer((request, response) => {
    void this.#serve(request, response)
  })

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${PATH}/pre`
  }

  /** The nth call from now on, as the trace shows it, and so many more. */
  fail(
    kind: FaultKind,
    {
      at = 1,
      times = 1,
      only = /./,
    }: { readonly at?: number; readonly times?: number; readonly only?: RegExp } = {},
  ): void {
    this.#kind = kind
    this.#from = at
    this.#to = at + times
    this.#only = only
    this.calls = 0
    this.faults = 0
  }

  mend(): void {
    this.#from = Number.POSITIVE_INFINITY
  }

  /** Below the prefix. */
  keys(start: string): string[] {
    const all = [...this.objects.keys()].filter((key) => key.startsWith(`pre/${start}`))
    return all.map((key) => key.slice('pre/'.length)).sort()
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, 'http://fake')
    const asked = {
      method: request.method!,
      key: decodeURIComponent(url.pathname.slice(PATH.length + 1)),
      query: url.searchParams,
    }
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    const body = Buffer.concat(pieces)
    const call = `${asked.method} ${asked.key}${url.search}`
    this.trace.push(call)
    const fault = this.#next(call)
    if (fault === 'reset') return void request.socket.destroy()
    if (fault === 'silent') return
    if (fault === '500' || fault === '503') {
      const code = fault === '500' ? 'InternalError' : 'SlowDown'
      return send(response, failure(Number(fault), code))
    }
    const reply = this.#answer(asked, request, body)
    if (fault === 'replaced') this.objects.set(asked.key, Buffer.alloc(body.length))
    if (fault === 'lost' || fault === 'replaced') return void request.socket.destroy()
    const whole = Buffer.from(reply.body ?? '')
    const half = whole.subarray(0, whole.length >> 1)
    if (fault === 'short') return send(response, { ...reply, body: half })
    if (fault !== 'cut') return send(response, reply)
    response.writeHead(reply.status, { ...reply.headers, 'content-length': whole.length + 1 })
    response.write(half)
    setTimeout(() => request.socket.destroy(), 5)
  }

  #next(call: string): FaultKind | undefined {
    if (!this.#only.test(call)) return undefined
    this.calls++
    if (this.calls < this.#from || this.calls >= this.#to) return undefined
    this.faults++
    return this.#kind
  }

  #answer(asked: Asked, { headers }: IncomingMessage, body: Buffer): Reply {
    const { method, key, query } = asked
    const sha256 = createHash('sha256').update(body).digest('hex')
    if (this.lacks.access || headers['x-amz-content-sha256'] !== sha256) {
      const says = `<Message>your signature ${headers.authorization}</Message>`
      return failure(403, 'SignatureDoesNotMatch', says)
    }
    const md5 = headers['content-md5']
    if (md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64')) {
      return failure(400, 'BadDigest')
    }
    if (query.has('uploads') || query.has('uploadId')) return this.#upload(asked, body)
    if (key === '') return method === 'POST' ? this.#delete(body) : this.#list(query)
    return method === 'PUT'
      ? this.#put(key, headers['if-none-match'], body)
      : this.#get(key, headers.range)
  }

  #put(key: string, condition: string | undefined, body: Buffer): Reply {
    const { conditions } = this.lacks
    if (condition !== undefined && conditions === 'refused') return failure(501, 'NotImplemented')
    if (condition !== undefined && conditions !== 'ignored' && this.objects.has(key)) {
      return failure(412, 'PreconditionFailed')
    }
    this.objects.set(key, body)
    return { status: 200, headers: { etag: '"00"' } }
  }

  #get(key: string, range: string | undefined): Reply {
    const object = this.objects.get(key)
    if (object === undefined) return failure(404, 'NoSuchKey')
    if (this.lacks.ranges) return { status: 200, body: object }
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []
    if (Number(from) >= object.length) return failure(416, 'InvalidRange')
    const part = object.subarray(Number(from), Number(to) + 1)
    const last = Number(from) + part.length - 1
    return {
      ...{ status: 206, body: part },
      headers: { 'content-range': `bytes ${from}-${last}/${object.length}` },
    }
  }

  #delete(body: Buffer): Reply {
    if (this.lacks.deletion) return failure(501, 'NotImplemented')
    for (const [, key] of body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)) {
      this.objects.delete(key!)
    }
    return xml('<DeleteResult/>')
  }

  #list(query: URLSearchParams): Reply {
    if (this.lacks.listing) return xml('<ListBucketResult/>')
    const [start, after] = [query.get('prefix')!, query.get('start-after') ?? '']
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(start) && key > after)
    // Short pages, so that there are some.
    const page = keys.sort().slice(0, 3)
    const items = page.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('')
    const isMore = keys.length > page.length
    return xml(`<ListBucketResult><IsTruncated>${isMore}</IsTruncated>${items}</ListBucketResult>`)
  }

  #upload({ method, key, query }: Asked, body: Buffer): Reply {
    if (this.lacks.uploads) return failure(501, 'NotImplemented')
    if (query.has('uploads')) return method === 'POST' ? this.#begin(key) : this.#listUploads()
    const id = query.get('uploadId')!
    const upload = this.uploads.get(id)
    if (upload === undefined) return failure(404, 'NoSuchUpload')
    if (method === 'PUT') {
      upload.parts.set(Number(query.get('partNumber')), body)
      return { status: 200, headers: { etag: `"${query.get('partNumber')}"` } }
    }
    this.uploads.delete(id)
    if (method === 'DELETE') return { status: 204 }
    const numbers = [...body.toString().matchAll(/<PartNumber>(\d+)</g)].map(([, n]) => Number(n))
    this.objects.set(key, Buffer.concat(numbers.map((number) => upload.parts.get(number)!)))
    return xml('<CompleteMultipartUploadResult/>')
  }

  #begin(key: string): Reply {
    const id = `upload-${this.trace.length}`
    this.uploads.set(id, { key, parts: new Map() })
    const said = `<UploadId>${id}</UploadId>`
    return xml(`<InitiateMultipartUploadResult>${said}</InitiateMultipartUploadResult>`)
  }

  #listUploads(): Reply {
    const items = [...this.uploads].map(
      ([id, { key }]) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`,
    )
    return xml(`<ListMultipartUploadsResult>${items.join('')}</ListMultipartUploadsResult>`)
  }
}

function xml(body: string): Reply {
  return { status: 200, body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}` }
}

function failure(status: number, code: string, more = ''): Reply {
  return { status, body: `<Error><Code>${code}</Code>${more}</Error>` }
}

function send(response: ServerResponse, { status, headers, body = '' }: Reply): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
