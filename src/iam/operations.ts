/**
 * Every operation of IAM that we offer, in one table.
 *
 * A row is the operation's function and whether it changes nothing (CloudTrail's readOnly). What users, roles,
 * groups and policies have in common is one function, told apart by its input. Adding an operation is a function in its family's
 * file, a row here, and its name in scripts/aws-model.mjs.
 *
 * @module
 */
import type { OperationName } from './model.js'
import {
  createAccessKey,
  deleteAccessKey,
  listAccessKeys,
  updateAccessKey,
} from './operations/access-keys.js'
import { getAccountAuthorizationDetails } from './operations/account-details.js'
import {
  attachPolicy,
  detachPolicy,
  listAttachedPolicies,
  listEntitiesForPolicy,
} from './operations/attachments.js'
import { deleteBoundary, putBoundary } from './operations/boundaries.js'
import * as contextKeys from './operations/context-keys.js'
import * as groups from './operations/groups.js'
import {
  deleteInlinePolicy,
  getInlinePolicy,
  listInlinePolicies,
  putInlinePolicy,
} from './operations/inline-policies.js'
import { createPolicy, deletePolicy, getPolicy, listPolicies } from './operations/policies.js'
import {
  createPolicyVersion,
  deletePolicyVersion,
  getPolicyVersion,
  listPolicyVersions,
  setDefaultPolicyVersion,
} from './operations/policy-versions.js'
import * as roles from './operations/roles.js'
import { simulateCustomPolicy, simulatePrincipalPolicy } from './operations/simulations.js'
import { listTags, tag, untag } from './operations/tags.js'
import * as users from './operations/users.js'

export const OPERATIONS = {
  AddUserToGroup: { run: groups.addUserToGroup, isReadOnly: false },
  AttachGroupPolicy: { run: attachPolicy, isReadOnly: false },
  AttachRolePolicy: { run: attachPolicy, isReadOnly: false },
  AttachUserPolicy: { run: attachPolicy, isReadOnly: false },
  CreateAccessKey: { run: createAccessKey, isReadOnly: false },
  CreateGroup: { run: groups.createGroup, isReadOnly: false },
  CreatePolicy: { run: createPolicy, isReadOnly: false },
  CreatePolicyVersion: { run: createPolicyVersion, isReadOnly: false },
  CreateRole: { run: roles.createRole, isReadOnly: false },
  CreateUser: { run: users.createUser, isReadOnly: false },
  DeleteAccessKey: { run: deleteAccessKey, isReadOnly: false },
  DeleteGroup: { run: groups.deleteGroup, isReadOnly: false },
  DeleteGroupPolicy: { run: deleteInlinePolicy, isReadOnly: false },
  DeletePolicy: { run: deletePolicy, isReadOnly: false },
  DeletePolicyVersion: { run: deletePolicyVersion, isReadOnly: false },
  DeleteRole: { run: roles.deleteRole, isReadOnly: false },
  DeleteRolePermissionsBoundary: { run: deleteBoundary, isReadOnly: false },
  DeleteRolePolicy: { run: deleteInlinePolicy, isReadOnly: false },
  DeleteUser: { run: users.deleteUser, isReadOnly: false },
  DeleteUserPermissionsBoundary: { run: deleteBoundary, isReadOnly: false },
  DeleteUserPolicy: { run: deleteInlinePolicy, isReadOnly: false },
  DetachGroupPolicy: { run: detachPolicy, isReadOnly: false },
  DetachRolePolicy: { run: detachPolicy, isReadOnly: false },
  DetachUserPolicy: { run: detachPolicy, isReadOnly: false },
  GetAccountAuthorizationDetails: { run: getAccountAuthorizationDetails, isReadOnly: true },
  GetContextKeysForCustomPolicy: { run: contextKeys.ofCustomPolicy, isReadOnly: true },
  GetContextKeysForPrincipalPolicy: { run: contextKeys.ofPrincipalPolicy, isReadOnly: true },
  GetGroup: { run: groups.getGroup, isReadOnly: true },
  GetGroupPolicy: { run: getInlinePolicy, isReadOnly: true },
  GetPolicy: { run: getPolicy, isReadOnly: true },
  GetPolicyVersion: { run: getPolicyVersion, isReadOnly: true },
  GetRole: { run: roles.getRole, isReadOnly: true },
  GetRolePolicy: { run: getInlinePolicy, isReadOnly: true },
  GetUser: { run: users.getUser, isReadOnly: true },
  GetUserPolicy: { run: getInlinePolicy, isReadOnly: true },
  ListAccessKeys: { run: listAccessKeys, isReadOnly: true },
  ListAttachedGroupPolicies: { run: listAttachedPolicies, isReadOnly: true },
  ListAttachedRolePolicies: { run: listAttachedPolicies, isReadOnly: true },
  ListAttachedUserPolicies: { run: listAttachedPolicies, isReadOnly: true },
  ListEntitiesForPolicy: { run: listEntitiesForPolicy, isReadOnly: true },
  ListGroupPolicies: { run: listInlinePolicies, isReadOnly: true },
  ListGroups: { run: groups.listGroups, isReadOnly: true },
  ListGroupsForUser: { run: groups.listGroupsForUser, isReadOnly: true },
  ListInstanceProfilesForRole: { run: roles.listInstanceProfilesForRole, isReadOnly: true },
  ListPolicies: { run: listPolicies, isReadOnly: true },
  ListPolicyTags: { run: listTags, isReadOnly: true },
  ListPolicyVersions: { run: listPolicyVersions, isReadOnly: true },
  ListRolePolicies: { run: listInlinePolicies, isReadOnly: true },
  ListRoleTags: { run: listTags, isReadOnly: true },
  ListRoles: { run: roles.listRoles, isReadOnly: true },
  ListUserPolicies: { run: listInlinePolicies, isReadOnly: true },
  ListUserTags: { run: listTags, isReadOnly: true },
  ListUsers: { run: users.listUsers, isReadOnly: true },
  PutGroupPolicy: { run: putInlinePolicy, isReadOnly: false },
  PutRolePermissionsBoundary: { run: putBoundary, isReadOnly: false },
  PutRolePolicy: { run: putInlinePolicy, isReadOnly: false },
  PutUserPermissionsBoundary: { run: putBoundary, isReadOnly: false },
  PutUserPolicy: { run: putInlinePolicy, isReadOnly: false },
  RemoveUserFromGroup: { run: groups.removeUserFromGroup, isReadOnly: false },
  SetDefaultPolicyVersion: { run: setDefaultPolicyVersion, isReadOnly: false },
  SimulateCustomPolicy: { run: simulateCustomPolicy, isReadOnly: true },
  SimulatePrincipalPolicy: { run: simulatePrincipalPolicy, isReadOnly: true },
  TagPolicy: { run: tag, isReadOnly: false },
  TagRole: { run: tag, isReadOnly: false },
  TagUser: { run: tag, isReadOnly: false },
  UntagPolicy: { run: untag, isReadOnly: false },
  UntagRole: { run: untag, isReadOnly: false },
  UntagUser: { run: untag, isReadOnly: false },
  UpdateAccessKey: { run: updateAccessKey, isReadOnly: false },
  UpdateAssumeRolePolicy: { run: roles.updateAssumeRolePolicy, isReadOnly: false },
  UpdateGroup: { run: groups.updateGroup, isReadOnly: false },
  UpdateRole: { run: roles.updateRole, isReadOnly: false },
  UpdateRoleDescription: { run: roles.updateRoleDescription, isReadOnly: false },
  UpdateUser: { run: users.updateUser, isReadOnly: false },
} as const satisfies Readonly<Record<OperationName, { run: unknown; isReadOnly: boolean }>>
