/** Writes docs/CONFIG.md from the table in src/config.ts (after `npm run build`). */
import { writeFileSync } from 'node:fs'
import { CONFIG_TABLE } from '../dist/config.js'

const rows = CONFIG_TABLE.map(
  ({ name, env, fallback, says }) =>
    `| \`${name}\` | \`${env}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${says} |`,
)
writeFileSync(
  new URL('../docs/CONFIG.md', import.meta.url),
  `# Settings

Default < config file (\`--config FILE\` or \`SEALTRAIL_CONFIG\`, one JSON object) < environment < command line.
The library reads options only, no environment. An unknown name is an error.
Written by \`node scripts/config-doc.mjs\` from src/config.ts.

| setting | environment | default | meaning |
| --- | --- | --- | --- |
${rows.join('\n')}
`,
)
