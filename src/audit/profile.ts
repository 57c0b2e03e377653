/**
 * Records in another year's form: `modern` as they are written (eventVersion 1.11), `seed-2015` as AWS documented the
 * story of CloudTrail and KMS then (eventVersion 1.02).
 *
 *     left out        managementEvent, eventCategory, tlsDetails, sharedEventID, resources[].type, encryptionAlgorithm,
 *                     which material of a key was used
 *     CloudTrail      was a user, or a role on a machine, of an account of AWS's own; its uses of keys were service events
 *     via a service   internal.amazonaws.com
 *
 * The journal holds the modern form; this one is made of it where records leave. Source: AWS KMS developer guide, "How AWS
 * CloudTrail uses AWS KMS", records of 2015.
 *
 * @module
 */
export const PROFILES = ['modern', 'seed-2015'] as const
export type Profile = (typeof PROFILES)[number]

const CLOUDTRAIL = 'cloudtrail.amazonaws.com'
const INTERNAL = 'internal.amazonaws.com'
/** As AWS shows them in its examples. */
const AWS_ACCOUNT = '086441151436'
const AWS_KEY = 'AKIAI44QH8DHBEXAMPLE'
const [AWS_ROLE_ID, AWS_USER_ID] = ['AROACKCEVSQ6C2EXAMPLE', 'AIDACKCEVSQ6C2EXAMPLE']
const MACHINE = 'i-34755b85'

type Members = Readonly<Record<string, unknown>>

/** `record` is one line of JSON, as audit/record.ts writes it. */
export function inProfile(record: string, profile: Profile): string {
  return profile === 'modern' ? record : JSON.stringify(of2015(JSON.parse(record) as Members))
}

function of2015(record: Members): object {
  const { userIdentity, requestParameters, resources, eventTime, sourceIPAddress } = record
  const identity = userIdentity as Members
  const isCloudTrail = identity.invokedBy === CLOUDTRAIL
  const isInternal = identity.invokedBy !== undefined
  const source = isInternal ? INTERNAL : sourceIPAddress
  return {
    ...withoutNewer(record),
    eventVersion: '1.02',
    userIdentity: isCloudTrail
      ? cloudtrailOf2015(String(eventTime), requestParameters as Members | null)
      : isInternal
        ? { ...identity, invokedBy: INTERNAL }
        : identity,
    sourceIPAddress: source,
    userAgent: isInternal ? INTERNAL : record.userAgent,
    requestParameters: parametersOf2015(requestParameters as Members | null),
    ...(resources === undefined ? {} : { resources: (resources as Members[]).map(resourceOf2015) }),
    eventType: isCloudTrail ? 'AwsServiceEvent' : record.eventType,
  }
}

function resourceOf2015({ ARN, accountId, type: _, ...others }: Members): Members {
  return {
    ...(ARN === undefined ? {} : { ARN }),
    ...(accountId === undefined ? {} : { accountId }),
    ...others,
  }
}

function withoutNewer(record: Members): Members {
  const { managementEvent, eventCategory, tlsDetails, sharedEventID, ...rest } = record
  const { additionalEventData, ...others } = rest
  const { keyMaterialId, sourceKeyMaterialId, destinationKeyMaterialId, ...beside } =
    (additionalEventData ?? {}) as Members
  return Object.keys(beside).length === 0 ? others : { ...others, additionalEventData: beside }
}

function parametersOf2015(parameters: Members | null): object | null {
  if (parameters === null) return null
  const { encryptionAlgorithm, ...rest } = parameters
  return encryptionAlgorithm === 'SYMMETRIC_DEFAULT' ? rest : parameters
}

/** A user who made sure of a key, and a role that put log files. */
function cloudtrailOf2015(creationDate: string, parameters: Members | null): object {
  const context = (parameters?.encryptionContext ?? {}) as Members
  const isPut = !String(context['aws:s3:arn'] ?? '').endsWith('/')
  const attributes = { mfaAuthenticated: 'false', creationDate }
  const name = 'AWSCloudTrail'
  if (!isPut) {
    return {
      ...{ type: 'IAMUser', principalId: AWS_USER_ID },
      arn: `arn:aws:iam::${AWS_ACCOUNT}:user/${name}`,
      ...{ accountId: AWS_ACCOUNT, accessKeyId: AWS_KEY, userName: name },
      sessionContext: { attributes },
      invokedBy: INTERNAL,
    }
  }
  return {
    ...{ type: 'AssumedRole', principalId: `${AWS_ROLE_ID}:${MACHINE}` },
    arn: `arn:aws:sts::${AWS_ACCOUNT}:assumed-role/${name}/${MACHINE}`,
    ...{ accountId: AWS_ACCOUNT, accessKeyId: AWS_KEY },
    sessionContext: {
      attributes,
      sessionIssuer: {
        ...{ type: 'Role', principalId: AWS_ROLE_ID },
        arn: `arn:aws:iam::${AWS_ACCOUNT}:role/${name}`,
        ...{ accountId: AWS_ACCOUNT, userName: name },
      },
    },
    invokedBy: INTERNAL,
  }
}
