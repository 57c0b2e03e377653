/** Writes docs/seed.schema.json from src/seed/schema.ts (after `npm run build`). */
import { writeFileSync } from 'node:fs'
import { SEED_SCHEMA } from '../dist/seed/schema.js'

writeFileSync(
  new URL('../docs/seed.schema.json', import.meta.url),
  `${JSON.stringify(SEED_SCHEMA, null, 2)}\n`,
)
