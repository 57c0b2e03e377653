/**
 * Where a target is, as plain data that another process opens it by (open-address.ts).
 *
 * It holds an access key, so that it goes from process to process and nowhere else: it stands in no report.
 *
 * @module
 */
import type { AccessParts } from '../../upstream/client/access.js'
import type { Made } from './resources.js'

export interface TargetAddress extends Made {
  readonly kms: string
  readonly s3: string
  readonly cloudtrail: string
  readonly cloudtrailData: string
  readonly region: string
  readonly access: AccessParts
  /** Of objects and log files of this run, ends in `/`. */
  readonly prefix: string
  /** Where records can be read beside the server. */
  readonly dataDir: string | undefined
}
