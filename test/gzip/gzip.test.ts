/** As it runs here: by libdeflate where the addon was built. */
import { gzipSuite } from './suite.js'

gzipSuite()
