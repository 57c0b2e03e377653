/** As `sealtrail bench message/small`: what is asked stands in src/bench/questions/message.ts. */
import { askAsShipped } from '../support/question.js'

await askAsShipped('message/small')
