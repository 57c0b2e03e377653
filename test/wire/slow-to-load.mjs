// Sends one request through a wire while undici takes longer to load than a request may take; prints the status.
import { createServer } from 'node:http'
import { register } from 'node:module'

const ATTEMPT_MS = 1000
const hooks = `export async function load(url, context, next) {
  if (url.includes('/undici/')) await new Promise((resolve) => setTimeout(resolve, ${2 * ATTEMPT_MS}))
  return next(url, context)
}`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)
const { Wire } = await import('../../dist/wire/wire.js')

const server = createServer((_, response) => response.end())
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const patience = { connectMs: ATTEMPT_MS, idleMs: ATTEMPT_MS, attemptMs: ATTEMPT_MS }
const wire = new Wire(`http://127.0.0.1:${server.address().port}`, patience)
const request = { method: 'GET', target: '/', headers: {}, answerBytesMax: 1 }
const answer = await wire.send(request).catch((error) => ({ status: error.message }))
console.log(answer.status)
await wire.close()
server.close()
