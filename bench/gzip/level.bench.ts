/** As `sealtrail bench gzip/level`: what is asked stands in src/bench/questions/gzip.ts. */
import { askAsShipped } from '../support/question.js'

await askAsShipped('gzip/level')
