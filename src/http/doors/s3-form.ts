/**
 * A browser's upload: a form that shows in a signed policy whose it is, and becomes a PutObject.
 *
 *     fields → whose policy? → does it allow them? → PutObject, with the file as it comes → the answer that was asked for
 *
 * Source: Amazon S3 API reference, "POST Object".
 *
 * @module
 */
import type { Clock } from '../../clock.js'
import { SealtrailError } from '../../errors.js'
import type { AwsService } from '../../service/service.js'
import { readForm } from '../forms/form.js'
import { checkPolicy } from '../forms/policy.js'
import { answerOf, bodyOf, claimOf, expandedFields, headersOf, keyOf } from '../forms/upload.js'
import type { RestXml } from '../protocols/rest-xml/rest-xml.js'
import type { Answer, Received } from '../received.js'
import type { Believe } from './door.js'
import { httpFactsOf } from './http-facts.js'
import { contextOf } from './service-door.js'

export interface FormParts {
  readonly s3: AwsService
  readonly protocol: RestXml
  readonly clock: Pick<Clock, 'now'>
}

/** @throws SealtrailError of the form, its policy and its signature, and of PutObject. */
export async function answerForm(
  { s3, protocol, clock }: FormParts,
  bucket: string,
  request: Received,
  believe: Believe,
): Promise<Answer> {
  const { headers, incoming } = request
  if (!headers.has('content-length')) {
    const says = 'You must provide the Content-Length HTTP header.'
    throw new SealtrailError('MissingContentLength', says)
  }
  const form = await readForm(headers.get('content-type') ?? '', incoming!.pieces())
  keyOf(form.fields)
  const claim = claimOf(form.fields)
  const caller = believe(claim)
  const fields = expandedFields(form)
  const range = checkPolicy(claim.policy, new Map(fields).set('bucket', bucket), clock.now())
  const tagging = fields.get('tagging')
  const asked = protocol.askUpload(bucket, {
    key: keyOf(fields),
    headers: headersOf(fields, tagging && protocol.tagsOfDocument(tagging)),
  })
  const { operation, address } = asked
  const host = headers.get('host') ?? ''
  const { contentSha256: _, presigned: __, ...facts } = httpFactsOf(request, address)
  const context = {
    ...contextOf(request, caller),
    http: { ...facts, authType: 'POST' as const },
  }
  const read = () => asked.read(bodyOf(form.file, range))
  const output = await s3.call(operation.name, read, context)
  const scheme = request.tls === undefined ? 'http' : 'https'
  // In virtual-host style, the host has the bucket.
  const base = `${scheme}://${host}${request.path === '/' ? '' : `/${bucket}`}`
  const { ETag: etag = '' } = output as { readonly ETag?: string }
  const stored = { bucket, key: keyOf(fields), etag, base }
  return answerOf(fields, stored, protocol.write(operation, output, request))
}
