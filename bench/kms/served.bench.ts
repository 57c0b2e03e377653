/** As `sealtrail bench kms/served`: what is asked stands in src/bench/questions/served.ts. */
import { askAsShipped } from '../support/question.js'

await askAsShipped('kms/served')
