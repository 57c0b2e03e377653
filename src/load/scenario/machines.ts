/**
 * Whether a load can be sent from other machines: one sentence when it cannot.
 *
 * They reach a target at an address, and nothing else of this machine.
 *
 * @module
 */
import { isLoopback } from '../../http/loopback.js'
import { placeOf } from './place.js'
import type { Scenario, TargetGiven } from './scenario.js'

export function machinesComplaint(scenario: Scenario): string | undefined {
  const { machines, clients, target, raw, shape } = scenario
  if (machines.length === 0) return undefined
  const wrong = machines.findIndex((text) => !placeOf(text)?.port)
  if (wrong !== -1) return `machines[${wrong}] must have a port from 1 to 65535`
  if (clients !== machines.length) {
    return 'clients are as many as machines where those are given: leave clients out'
  }
  if (target.kind === 'embedded' || target.kind === 'directory') {
    return `machines cannot reach target.kind ${target.kind}: its house is in one process`
  }
  if (target.kind === 'server' && target.url === undefined) {
    return 'machines cannot reach a server that is started for the run: name one that runs, by target.url'
  }
  if (target.kind === 'server' && target.dataDir !== undefined) {
    return 'target.dataDir is for processes beside the server: records are not looked for from other machines'
  }
  if (shape.kind === 'replay')
    return 'a replay is sent by a process of this machine, where its files are'
  if (raw) return 'raw is for processes of this machine: others write no files'
  const isOurs = urlsOf(target).some((url) => isLoopback(new URL(url).hostname))
  if (isOurs && !machines.every((text) => isLoopback(placeOf(text)?.host ?? ''))) {
    return 'the target is on the loopback of this machine, where others would ask themselves: name it as they reach it'
  }
  return undefined
}

function urlsOf(target: TargetGiven): string[] {
  const urls =
    target.kind === 'server'
      ? [target.url]
      : target.kind === 'aws'
        ? [target.kms, target.s3, target.cloudtrailData]
        : []
  return urls.filter((url) => url !== undefined)
}
