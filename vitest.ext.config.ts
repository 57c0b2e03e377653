import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = dirname(fileURLToPath(import.meta.url))
const src = resolve(root, 'src')

export default defineConfig({
  plugins: [
    {
      // Tests name src/, and run the compiled dist/: what is tested is what ships, and worker
      // threads find their compiled entry beside their caller on every Node we support.
      name: 'test-what-ships',
      enforce: 'pre',
      resolveId(source, importer) {
        if (!importer || !source.startsWith('.')) return null
        const target = resolve(dirname(importer), source)
        if (!target.startsWith(`${src}/`)) return null
        const shipped = resolve(root, 'dist', target.slice(src.length + 1))
        if (!existsSync(shipped)) throw new Error(`${shipped} is missing: run npm run build`)
        return shipped
      },
    },
  ],
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    server: { deps: { external: [/\/dist\//] } },
  },
})
