/**
 * What a trail may be called, and the two forms in which callers name one: its name, or its ARN.
 *
 * Source: AWS CloudTrail API reference, CreateTrail; texts as CloudTrail sends them.
 *
 * @module
 */
import { arnOf, type Place, parseArn } from '../../aws/arn.js'
import { refused } from '../refusals.js'

const NAME_MIN = 3
const NAME_MAX = 128
const IP_ADDRESS = /^\d{1,3}(?:\.\d{1,3}){3}$/

export interface TrailRef extends Place {
  readonly name: string
}

/** @throws SealtrailError `InvalidTrailNameException` */
export function checkName(name: string): void {
  const says = complaintOf(name)
  if (says !== undefined) throw refused('InvalidTrailNameException', says)
}

/** @throws SealtrailError `InvalidTrailNameException`, `CloudTrailARNInvalidException` */
export function trailRef(given: string, { account, region }: Place): TrailRef {
  if (!given.startsWith('arn:')) {
    checkName(given)
    return { account, region, name: given }
  }
  const arn = parseArn(given)
  const name = arn?.resource.startsWith('trail/') ? arn.resource.slice('trail/'.length) : ''
  if (arn?.service !== 'cloudtrail' || complaintOf(name) !== undefined) {
    const example = arnOf('cloudtrail', { account: '123456789012', region }, 'trail/MyTrail')
    const says = `Invalid ARN ${given}: the ARN of a trail looks like ${example}`
    throw refused('CloudTrailARNInvalidException', says)
  }
  return { account: arn.account, region: arn.region, name }
}

function complaintOf(name: string): string | undefined {
  const length = `Specified name length: ${name.length} characters.`
  if (name.length < NAME_MIN) {
    return `Trail name too short. Minimum allowed length: ${NAME_MIN} characters. ${length}`
  }
  if (name.length > NAME_MAX) {
    return `Trail name too long. Maximum allowed length: ${NAME_MAX} characters. ${length}`
  }
  if (!/^[A-Za-z0-9]/.test(name)) return 'Trail name must starts with a letter or number.'
  if (!/[A-Za-z0-9]$/.test(name)) return 'Trail name must ends with a letter or number.'
  if (!/^[A-Za-z0-9._-]+$/.test(name)) {
    return (
      'Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), ' +
      'hyphens (-), and underscores (_).'
    )
  }
  if (/[._-]{2}/.test(name))
    return 'Trail name cannot have adjacent periods, underscores or dashes.'
  return IP_ADDRESS.test(name) ? 'Trail name must not be in IP address format.' : undefined
}
