/**
 * A target made ready for a run, by the process that leads it.
 *
 * @module
 */
import type { Scenario } from '../scenario/scenario.js'
import { prepareAws, prepareServer } from './prepare-address.js'
import { prepareDirectory, prepareEmbedded } from './prepare-house.js'
import type { Prepared, Surroundings } from './prepared.js'

/** @throws SealtrailError `TargetFailed`, `ConfigInvalid`, and as openSealtrail does */
export async function prepareTarget(scenario: Scenario, around: Surroundings): Promise<Prepared> {
  const { target } = scenario
  switch (target.kind) {
    case 'embedded':
      return await prepareEmbedded(target, scenario)
    case 'directory':
      return await prepareDirectory(target)
    case 'server':
      return await prepareServer(target, scenario, around)
    case 'aws':
      return await prepareAws(target, scenario, around)
  }
}
