/**
 * CreatePolicyVersion, GetPolicyVersion, ListPolicyVersions, DeletePolicyVersion, SetDefaultPolicyVersion.
 *
 * @module
 */
import { encodeUri } from '../../aws/query-string.js'
import type { Call } from '../../service/calls/call.js'
import { noSuchEntity, policyIn } from '../lookup.js'
import type { InputOf } from '../model.js'
import { pageOf } from '../page.js'
import type { Parts } from '../parts.js'
import { limitExceeded, VERSIONS_MAX } from '../principals/quotas.js'
import type { ManagedPolicy, PolicyVersion } from '../principals/things.js'
import { versionId, versionView } from '../views.js'
import { conflict, managedDocument } from './policies.js'

type VersionInput = InputOf<'GetPolicyVersion'>

export async function createPolicyVersion(
  { principals, clock }: Parts,
  call: Call,
  input: InputOf<'CreatePolicyVersion'>,
) {
  return await principals.change(call.caller.account, async (account) => {
    const policy = policyIn(call, account, input.PolicyArn)
    if (policy.versions.length >= VERSIONS_MAX) {
      throw limitExceeded(
        'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
      )
    }
    const now = clock.now()
    const number = policy.lastVersion + 1
    const document = managedDocument(policy, input.PolicyDocument)
    const version = { number, createdAt: now, document }
    const next = {
      ...policy,
      updatedAt: now,
      lastVersion: number,
      versions: [...policy.versions, version],
      defaultVersion: input.SetAsDefault === true ? number : policy.defaultVersion,
    }
    const output = { PolicyVersion: versionView(next, version) }
    await principals.save(call, [{ put: next }], output)
    return output
  })
}

export async function getPolicyVersion({ principals }: Parts, call: Call, input: VersionInput) {
  const policy = policyIn(call, principals.account(call.caller.account), input.PolicyArn)
  const version = versionIn(policy, input)
  await call.succeed()
  const Document = encodeUri(version.document.text)
  return { PolicyVersion: { Document, ...versionView(policy, version) } }
}

/** Newest first. */
export async function listPolicyVersions(
  { principals }: Parts,
  call: Call,
  input: InputOf<'ListPolicyVersions'>,
) {
  const policy = policyIn(call, principals.account(call.caller.account), input.PolicyArn)
  const placed = [...policy.versions].reverse().map((version, i) => ({ version, place: `${i}` }))
  const [page, rest] = pageOf('versions', placed, ({ place }) => place, input)
  await call.succeed()
  return { Versions: page.map(({ version }) => versionView(policy, version)), ...rest }
}

export async function deletePolicyVersion({ principals }: Parts, call: Call, input: VersionInput) {
  await principals.change(call.caller.account, async (account) => {
    const policy = policyIn(call, account, input.PolicyArn)
    const gone = versionIn(policy, input)
    if (gone.number === policy.defaultVersion) {
      throw conflict('Cannot delete the default version of a policy.')
    }
    const versions = policy.versions.filter((version) => version !== gone)
    await principals.save(call, [{ put: { ...policy, versions } }])
  })
}

export async function setDefaultPolicyVersion(
  { principals, clock }: Parts,
  call: Call,
  input: VersionInput,
) {
  await principals.change(call.caller.account, async (account) => {
    const policy = policyIn(call, account, input.PolicyArn)
    const { number } = versionIn(policy, input)
    const next = { ...policy, defaultVersion: number, updatedAt: clock.now() }
    await principals.save(call, [{ put: next }])
  })
}

function versionIn({ versions }: ManagedPolicy, input: VersionInput): PolicyVersion {
  const version = versions.find(({ number }) => versionId(number) === input.VersionId)
  if (version !== undefined) return version
  const { PolicyArn, VersionId } = input
  throw noSuchEntity(
    `Policy ${PolicyArn} version ${VersionId} does not exist or is not attachable.`,
  )
}
