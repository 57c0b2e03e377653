/**
 * A server that gives everybody the same answer, and knows how many it gave: what a client costs shows best where the server is
 * nearly nothing.
 *
 *     fork('fixed-server.js')     tells its port; told anything, it tells how many it has answered
 *
 * It reads as much of a request as says where it ends. The answer is one of KMS, of whatever operation.
 *
 * @module
 */
import { type AddressInfo, createServer, type Socket } from 'node:net'

const KEY = 'arn:aws:kms:us-east-1:000000000000:key/00000000-0000-4000-8000-000000000000'
const ANSWER = JSON.stringify({
  CiphertextBlob: Buffer.alloc(184, 1).toString('base64'),
  KeyId: KEY,
  KeyMetadata: { Arn: KEY, AWSAccountId: '000000000000' },
  Plaintext: Buffer.alloc(32, 2).toString('base64'),
})
const BYTES = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: ${ANSWER.length}\r\n\r\n${ANSWER}`,
)
const HEAD_END = '\r\n\r\n'

let answered = 0
const server = createServer({ noDelay: true }, (socket) => {
  let text = ''
  socket.setEncoding('latin1')
  socket.on('error', () => undefined)
  socket.on('data', (piece: string) => {
    text = answerAll(socket, text + piece)
  })
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('message', () => process.send?.(answered))
process.once('disconnect', () => process.exit())

/** What is left: the beginning of a request. */
function answerAll(socket: Socket, text: string): string {
  let rest = text
  for (;;) {
    const head = rest.indexOf(HEAD_END)
    if (head === -1) return rest
    const length = /\ncontent-length: (\d+)/i.exec(rest.slice(0, head))?.[1] ?? 0
    const end = head + HEAD_END.length + Number(length)
    if (rest.length < end) return rest
    answered++
    socket.write(BYTES)
    rest = rest.slice(end)
  }
}
