/** As `sealtrail bench engine/seal`: what is asked stands in src/bench/questions/seal.ts. */
import { askAsShipped } from '../support/question.js'

await askAsShipped('engine/seal')
