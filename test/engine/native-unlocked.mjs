// Runs where the system locks no memory at all: what an engine says, and what becomes of one that must lock.
import { chooseEngines } from '../../dist/engine/choose.js'

const { small } = chooseEngines('native')
const wanted = { isLocked: small.isLocked, word: small.features.at(-1) }
let required
try {
  chooseEngines('native', 'required')
} catch (error) {
  required = error.message
}
console.log(JSON.stringify({ wanted, required }))
