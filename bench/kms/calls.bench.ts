/** As `sealtrail bench kms/calls`: what is asked stands in src/bench/questions/kms.ts. */
import { askAsShipped } from '../support/question.js'

await askAsShipped('kms/calls')
