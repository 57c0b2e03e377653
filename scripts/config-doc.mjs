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
The library reads options only, no environment. An unknown name is an error, of a variable that begins with \`SEALTRAIL_\` too; so is an empty
text. An empty variable counts as not set. (In Kubernetes a Service named \`sealtrail\` makes such variables: \`enableServiceLinks: false\`.)
Written by \`node scripts/config-doc.mjs\` from src/config.ts.

| setting | environment | default | meaning |
| --- | --- | --- | --- |
${rows.join('\n')}
`,
)
