/**
 * Who has signed a request, as the addon can verify it again.
 *
 * Only of a request that the addon has verified: of another, nothing is to be made of what its headers say.
 *
 * @module
 */
import type { KeyNumber } from '../engine/native/addon.js'

export interface NativeSigner {
  /** key id/date/region/service/terminator, as sent. */
  readonly credential: string
  readonly key: KeyNumber
}
