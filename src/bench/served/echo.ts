/**
 * What node:http does alone: it answers with the body that it was sent, and asks nobody.
 *
 * The end of what any server on node:http can do on this machine, beside this client.
 *
 * @module
 */
import { createServer, type Server } from 'node:http'

export function echoServer(): Server {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const body = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
      response.writeHead(200, {
        'Content-Type': 'application/x-amz-json-1.1',
        'Content-Length': body.length,
      })
      response.end(body)
    })
  })
  // Who waits for others' turns is not to be shut out: node:http would wait for five seconds.
  server.keepAliveTimeout = 65_000
  return server
}
