/**
 * GetBucketCors, PutBucketCors, DeleteBucketCors: which pages of others may ask a browser for what is in a bucket.
 *
 * Sources: Amazon S3 API reference, by operation; user guide, "Elements of a CORS configuration".
 *
 * @module
 */
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import type { InputOf, ShapeValue } from '../../model.js'
import type { S3Parts } from '../../parts.js'
import { invalidRequest, malformedXml } from '../../refusals.js'
import { bucketFor, changeBucket } from '../../use/find-bucket.js'

const RULES_MAX = 100
const ID_MAX = 255
const METHODS: ReadonlySet<string> = new Set(['GET', 'PUT', 'HEAD', 'POST', 'DELETE'])
const WRITE = 's3:PutBucketCORS'

export async function getBucketCors(
  parts: S3Parts,
  call: Call,
  input: InputOf<'GetBucketCors'>,
): Promise<object> {
  const { name, config } = await bucketFor(parts, call, input, 's3:GetBucketCORS')
  if (config.cors === undefined) {
    const says = 'The CORS configuration does not exist'
    throw new SealtrailError('NoSuchCORSConfiguration', says, { BucketName: name })
  }
  await call.succeed()
  return config.cors
}

export async function putBucketCors(
  parts: S3Parts,
  call: Call,
  input: InputOf<'PutBucketCors'>,
): Promise<void> {
  const { CORSRules } = input.CORSConfiguration
  await changeBucket(parts, call, input, WRITE, ({ config }) => {
    if (CORSRules.length === 0 || CORSRules.length > RULES_MAX) throw malformedXml()
    for (const rule of CORSRules) checkRule(rule)
    return { ...config, cors: { CORSRules } }
  })
}

export async function deleteBucketCors(
  parts: S3Parts,
  call: Call,
  input: InputOf<'DeleteBucketCors'>,
): Promise<void> {
  await changeBucket(parts, call, input, WRITE, ({ config }) => {
    const { cors: _, ...others } = config
    return others
  })
}

function checkRule(rule: ShapeValue<'CORSRule'>): void {
  const { ID, AllowedMethods, AllowedOrigins, AllowedHeaders = [], ExposeHeaders = [] } = rule
  if (AllowedMethods.length === 0 || AllowedOrigins.length === 0) throw malformedXml()
  if (ID !== undefined && ID.length > ID_MAX) throw malformedXml()
  const method = AllowedMethods.find((method) => !METHODS.has(method))
  if (method !== undefined) {
    const says = `Found unsupported HTTP method in CORS config. Unsupported method is ${method}`
    throw invalidRequest(says)
  }
  checkWildcards('AllowedOrigin', AllowedOrigins)
  checkWildcards('AllowedHeader', AllowedHeaders)
  const exposed = ExposeHeaders.find((header) => header.includes('*'))
  if (exposed !== undefined) {
    const says = `ExposeHeader "${exposed}" contains wildcard. We currently do not support wildcard for ExposeHeader.`
    throw invalidRequest(says)
  }
}

function checkWildcards(what: string, values: readonly string[]): void {
  const many = values.find((value) => value.split('*').length > 2)
  if (many === undefined) return
  throw invalidRequest(`${what} "${many}" can not have more than one wildcard.`)
}
