/**
 * The key of a customer (SSE-C) who measures: the same for all objects of all runs, and so no secret.
 *
 * @module
 */
import { hash } from 'node:crypto'

const BYTES = hash('sha256', 'sealtrail load', 'buffer')

/** Both base64. */
export const CUSTOMER_KEY = BYTES.toString('base64')
export const CUSTOMER_KEY_MD5 = hash('md5', BYTES, 'base64')
