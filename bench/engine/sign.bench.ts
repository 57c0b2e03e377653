/** As `sealtrail bench engine/sign`: what is asked stands in src/bench/questions/private-keys.ts. */
import { askAsShipped } from '../support/question.js'

await askAsShipped('engine/sign')
