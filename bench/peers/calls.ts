/**
 * Signed KMS calls, as every contender gets them: by fetch where the answer is looked at, as text for a load.
 *
 * @module
 */
import { headersOf, requestText as textOf } from '../../src/bench/served/requests.js'
import type { Running } from './contenders.js'

type Target = Pick<Running, 'url' | 'accessKeyId' | 'secretAccessKey'>

const REGION = 'us-east-1'

export interface Answer {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
}

export async function call(target: Target, operation: string, input: object): Promise<Answer> {
  const body = JSON.stringify(input)
  const { host: _, ...headers } = headersOf(addressee(target), operation, body)
  const response = await fetch(target.url, { method: 'POST', headers, body })
  const text = await response.text()
  let json = {}
  try {
    json = JSON.parse(text)
  } catch {}
  return { status: response.status, json }
}

/** The same as bytes of HTTP, one byte a character. */
export function requestText(target: Target, operation: string, input: object): string {
  return textOf(addressee(target), operation, input)
}

function addressee({ url, accessKeyId, secretAccessKey }: Target) {
  return { url, accessKeyId, secretAccessKey, region: REGION }
}
