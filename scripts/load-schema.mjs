/** Writes docs/load.schema.json from src/load/scenario/schema.ts (after `npm run build`). */
import { writeFileSync } from 'node:fs'
import { SCENARIO_SCHEMA } from '../dist/load/scenario/schema.js'

writeFileSync(
  new URL('../docs/load.schema.json', import.meta.url),
  `${JSON.stringify(SCENARIO_SCHEMA, null, 2)}\n`,
)
