/**
 * The plain server of src/bench/served/plain.ts, on its own.
 *
 *     node plain.js <port> <access key id> <secret>
 *
 * @module
 */
import { plainServer } from '../../src/bench/served/plain.js'

const [port = '0', accessKeyId = '', secretAccessKey = ''] = process.argv.slice(2)
plainServer({ accessKeyId, secretAccessKey }).listen(Number(port), '127.0.0.1')
