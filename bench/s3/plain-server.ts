/**
 * The house of plain-house.ts, served.
 *
 *     node plain-server.js <data directory> <port> <front>
 *
 * @module
 */
import { openPlainHouse } from './plain-house.js'

const [dataDir = '', port, front] = process.argv.slice(2)
const house = await openPlainHouse(dataDir, front as 'node' | 'native')
await house.listen(Number(port))
console.log('listening')
