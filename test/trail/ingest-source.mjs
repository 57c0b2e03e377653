/**
 * Ingests events that number themselves into a data directory, from a process of its own, and says how many are safe: a line
 * for each batch. `node ingest-source.mjs DATA_DIR ACCOUNT EVENTS`
 */
import { openSealtrail } from '../../dist/index.js'

const [dataDir, account, count] = process.argv.slice(2)

function* lines() {
  for (let i = 0; i < Number(count); i++) {
    // A minute has a hundred of them, of two regions in turns.
    const eventTime = new Date(Date.UTC(2026, 0, 2) + i * 600).toISOString()
    const awsRegion = i % 2 === 0 ? 'us-east-1' : 'eu-west-1'
    yield `${JSON.stringify({ eventID: `event-${i}`, eventTime, awsRegion, text: 'x'.repeat(300) })}\n`
  }
}

const house = await openSealtrail({ dataDir, account })
const onProgress = ({ events, knownFiles }) => process.stdout.write(`${events} ${knownFiles}\n`)
await house.cloudtrail.ingest('audit', lines(), { batchBytes: 64 * 1024, onProgress })
await house.close()
