/**
 * PutAuditEvents: events of another system through a channel, several in a call.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { AuditEventCalls } from '../targets/target.js'
import type { Work, WorkParts } from './work.js'

export class AuditEventsWork implements Work {
  readonly checks = []
  readonly #parts: WorkParts
  readonly #calls: AuditEventCalls
  #next = 0

  constructor(parts: WorkParts) {
    const { auditEvents } = parts.target
    if (auditEvents === undefined) {
      throw new SealtrailError('TargetFailed', 'the target has no CloudTrail Data')
    }
    this.#parts = parts
    this.#calls = auditEvents
  }

  async prepare(): Promise<void> {}

  isReady(): boolean {
    return true
  }

  begin(slot: number): void {
    const { settings, answering } = this.#parts
    const events = Array.from({ length: settings.events }, () => this.#event(this.#next++))
    const bytes = events.reduce((sum, { text }) => sum + text.length, 0)
    this.#calls.put(events, (code) => answering.done(slot, code, bytes))
  }

  flush(): void {}

  async verify(): Promise<void> {}

  #event(number: number) {
    const { client, seed, target } = this.#parts
    const id = `${seed}-${client.index}-${number}`
    const event = {
      ...{ version: '1.0', UID: id, eventTime: '2026-01-02T03:04:05Z', eventName: 'Login' },
      ...{ eventSource: 'load.example.com', recipientAccountId: target.account },
      userIdentity: { type: 'Customer', principalId: `user-${number % 1000}` },
    }
    return { id, text: JSON.stringify(event) }
  }
}
