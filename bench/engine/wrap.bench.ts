/** As `sealtrail bench engine/wrap`: what is asked stands in src/bench/questions/wrap.ts. */
import { askAsShipped } from '../support/question.js'

await askAsShipped('engine/wrap')
