/** Writes docs/load-report.schema.json from src/load/report/schema.ts (after `npm run build`). */
import { writeFileSync } from 'node:fs'
import { RUN_SCHEMA } from '../dist/load/report/schema.js'

writeFileSync(
  new URL('../docs/load-report.schema.json', import.meta.url),
  `${JSON.stringify(RUN_SCHEMA, null, 2)}\n`,
)
