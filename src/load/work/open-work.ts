/**
 * Which work is meant by a kind.
 *
 * @module
 */
import type { WorkSettings } from '../scenario/scenario.js'
import { AuditEventsWork } from './audit-events.js'
import { KmsWork } from './kms-calls.js'
import { LogReading } from './log-reading.js'
import { LogWriting } from './log-writing.js'
import { GetWork, ListWork, PutWork } from './object-calls.js'
import { SignWork } from './signing.js'
import type { Work, WorkParts } from './work.js'

/** @throws SealtrailError `TargetFailed` when the target has nothing of the kind */
export function openWork(parts: WorkParts): Work {
  const { kind } = parts.settings
  switch (kind) {
    case 'kms.GenerateDataKey':
      return new KmsWork('GenerateDataKey', parts)
    case 'kms.Encrypt':
      return new KmsWork('Encrypt', parts)
    case 'kms.Decrypt':
      return new KmsWork('Decrypt', parts)
    case 'kms.Sign':
      return new SignWork(parts)
    case 's3.PutObject':
      return new PutWork(parts)
    case 's3.GetObject':
      return new GetWork(parts)
    case 's3.ListObjectsV2':
      return new ListWork(parts)
    case 'logs.write':
      return new LogWriting(parts)
    case 'logs.read':
      return new LogReading(parts)
    case 'cloudtrail-data.PutAuditEvents':
      return new AuditEventsWork(parts)
  }
}

/** What each is called in the report: its kind, and its encryption or number where there are several of it. */
export function workNames(work: readonly WorkSettings[]): string[] {
  const names = work.map((one) => {
    const isAlone = work.filter(({ kind }) => kind === one.kind).length === 1
    const isObject = one.kind === 's3.PutObject' || one.kind === 's3.GetObject'
    return isAlone || !isObject ? one.kind : `${one.kind}.${one.encryption}`
  })
  return names.map((name, index) => {
    const before = names.slice(0, index).filter((other) => other === name).length
    return before === 0 ? name : `${name}.${before + 1}`
  })
}
