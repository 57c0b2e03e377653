/** As `sealtrail bench engine/sweep`: what is asked stands in src/bench/questions/sweep.ts. */
import { askAsShipped } from '../support/question.js'

await askAsShipped('engine/sweep')
