/** Writes docs/bench-report.schema.json from src/bench/report/schema.ts (after `npm run build`). */
import { writeFileSync } from 'node:fs'
import { BENCH_SCHEMA } from '../dist/bench/report/schema.js'

writeFileSync(
  new URL('../docs/bench-report.schema.json', import.meta.url),
  `${JSON.stringify(BENCH_SCHEMA, null, 2)}\n`,
)
