/**
 * PutUserPermissionsBoundary, DeleteUserPermissionsBoundary, and the same of roles.
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import { boundaryOf } from '../lookup.js'
import type { InputOf } from '../model.js'
import type { Parts } from '../parts.js'
import { changeEntity } from './entity.js'

export async function putBoundary(
  parts: Parts,
  call: Call,
  input: InputOf<'PutUserPermissionsBoundary'> | InputOf<'PutRolePermissionsBoundary'>,
) {
  await changeEntity(parts, call, input, (entity, account) => {
    const boundary = boundaryOf(call, account, input.PermissionsBoundary)
    return { ...entity, boundary }
  })
}

export async function deleteBoundary(
  parts: Parts,
  call: Call,
  input: InputOf<'DeleteUserPermissionsBoundary'> | InputOf<'DeleteRolePermissionsBoundary'>,
) {
  await changeEntity(parts, call, input, (entity) => ({ ...entity, boundary: undefined }))
}
