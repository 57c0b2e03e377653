/** The engines of this machine, for the benches beside; what is missing says why. */
import { openEngine, surveyEngines } from '../../src/engine/choose.js'
import type { Engine } from '../../src/engine/engine.js'
import { showMachine } from '../support/machine.js'

export function usableEngines(): Engine[] {
  showMachine()
  return surveyEngines().flatMap(({ name, usable, features, reason }) => {
    console.log(`${name.padEnd(8)}${usable ? features.join(' ') : `left out: ${reason}`}`)
    return usable ? [openEngine(name)] : []
  })
}
