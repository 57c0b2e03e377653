/** As `sealtrail bench pool/log-files`: what is asked stands in src/bench/questions/pipeline.ts. */
import { askAsShipped } from '../support/question.js'

await askAsShipped('pool/log-files')
