/** The bytes of docs/FORMAT.md §3 and §4.6: tokens that were given away open, and imported material is told again. */
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Engine } from '../../../src/engine/engine.js'
import { openImportToken } from '../../../src/kms/imports/token.js'
import { createKeyFile } from '../../../src/root/key-file.js'
import { openRoot } from '../../../src/root/root.js'
import { temporaryDirs } from '../../store/temporary.js'
import { eachEngine } from '../../support/engines.js'

const newDir = temporaryDirs('import-token')

/** 00 01 … 1f */
const ROOT_KEY = Buffer.from(Array.from({ length: 32 }, (_, i) => i))
/** e0 e1 … ff */
const MATERIAL = Buffer.from(Array.from({ length: 32 }, (_, i) => 0xe0 + i))
const PLACE = {
  ...{ account: '111122223333', region: 'us-west-2' },
  keyId: '1234abcd-12ab-34cd-56ef-1234567890ab',
}
const CONTEXT = { 'sealtrail:account': PLACE.account, 'sealtrail:key-id': PLACE.keyId }
/** Computed by another library, too: HMAC-SHA-256 under CMACs of the root key. */
const MATERIAL_ID = 'f7b03fda09b4bbb317d7cf3b01706a7a69d44e681aaf0fc97043cc432ef59199'
/** For RSA_AES_KEY_WRAP_SHA_256 and RSA_2048, good until 2030. */
const TOKEN = [
  'aW1wdAEDAAAAAAG42sW0AHJvb3QBAQAArxC9Rfrz687qEwJ0v+zIf4IzmN9gw02fctdU/EwLhu2sbL3kCz/xnACoSuPa',
  '8wjM2Z4jInJPYHpu1tm+W7a7ZYda5ErMElZb85HUHNgtabSuKIvi8X9jUTnQrnELFVgYm/93SnIA3FU1KE4BcLG5I+S4',
  'jBepPluzx3SG+dGEoAZkOG1XkJvX8wtd7UTH0ZV4+JoABBdVA8POCBYAc3xftAuiA/Gi08+nEdtPlZCnWt+haAgeEjnL',
  'aoWg+8gurek3vXHj2iQKgxrLSRF0BODzEeBVa933t8KvgJ2tLKFwoSR8raxmenyeB4VaB2W9hO3IU/kVzOe7VA8lnb/N',
  'R8xdexmcgOppqf9hFI0WfkUq1Xz+0FrlmMUZ/xv7l0Lsx/W1mPIL8MYXxS/PQ5FU+qmINPEi6Jm1G4s+iXRlcbK6Boal',
  'fs2G1o07EeksYPL3co2HIP0AkOSifDzmijApAaHRwF39hxbWYKvo7rwePiqJYi5QZjBv71iqYtQqT9meS+GIP0Ia92wI',
  'qVFS1m59nOoSAyj81jo+OphAdPTL+j1JIiZ0fEP+OXzgv9zH8tY6PxIZgv7CpXW9+TZmg4V5DsDkCqaWchL+hsosxizn',
  'yYg5C7q9Gn8r+oWSm/U6b59JRRWDAk8K7wJhJPqbUK95kq4kLjzqlVokRhQI97jDrODXSXrCYVqm4XwKz7s/ijvD0NfL',
  'RNAUSXuQ8XSMwN+UfGwo+vGKH51SvRU2dkCwKOFeloo5s7n1T7taAs46yh/E8ynBYxppqtEfHGKYNjfrXQrlSZ/4CsOA',
  '5CsIhHOkrsFi1y0AJEAwLtjgLgk/oYSrxJpbidcpIVCWwXAOu67rUQPnUQ5mjWYT/eDqcms5/ZZciSBj30bZ+4kKU2bn',
  'KnYzcOKmwnXRUYNIwDkY8QrBK4NmfFwdXD6kL/zc4tKp+TKRaZWFPhfmhV7RT9isKWFF4LeUhFBeNw4f7fhD3Zt+0vk/',
  'g7jZ2+rKgNfqtMhnFCRNVdiUIIdUiDAxhF6dDiizLVkIDWSiCPGse23WrMxuqBDQZ13Mk59V9eA/OLUmVO4aKVEeTLdt',
  'FogUVgAgecfsgoupH90xs3UdXnbB9WedDczNYMcQZAbU1Fs+nZAko6qwD4rvpivRPcZdeGkiFOZpio6rFEkVFPxHK/9n',
  'XsiNdEZYlUNdK8LXo+xgHivExopWq6sSvOmiZ7gJSKlxjxZQUqSHqRNuABZFzQICCfvUd1fn9oxHt5/68rpwcck84j+0',
  'm8E7yqFpGYFHCVPADbMiPqj6NkHXgWBd0K5ezcariywq/Btl61k5MkksuqxM5sSP+1LBYR1+2MGS4i6q86DWeFP+Iksg',
  '9unmaG4ITPzQDKRHO9H+R2+/A8FnfvMcfrksCSJhGCG16V29a7U9In0XXDysmJg9mZqJXFRIbCj+gpOT88cY3SCaJz6w',
  'KX/K5GGMH3csThCYRnENpzOTUjWk0X2/V29fs6cjlyxCgO8kPjWaT888VKyVSoK/K5ga/jkUjOedPKfwSQAGF66xzzgk',
  'JP93fFE3YeFUB5+lqlRJtO1bEt3/3hdRK6h+UhGelEvRT+9+zomckczZa2B2CLjJ6e04v54a32tXugGqWlTkDn5bImpz',
  'hnwCzjlfkV2gxObwqGd1W8bC6DeJqaY60/8l4PMcRf+rk2zV1RBU33BZKNNT7Wg68Y32r/6AERyj8NqoWsVuBmfluWs3',
  'hjVWqTSwdhiLLlHDGcHBKRuhnQ==',
].join('')
const TOKEN_HEAD = '696d707401030000000001b8dac5b400'
/** SHA-256 of its public key. */
const PUBLIC_KEY_SHA_256 = '02c30f77150f194f1c9ac4130cdf071e4428c89b59334982cd503ec8c6087a25'
const IN_TIME = Date.UTC(2029, 11, 31)

async function openTestRoot(engine: Engine) {
  const folder = newDir()
  mkdirSync(folder)
  const path = join(folder, 'root-key')
  await createKeyFile(path, ROOT_KEY)
  return await openRoot({ kind: 'file', path }, engine)
}

describe.each(eachEngine)('an import on the $name engine', ({ engine }) => {
  it('has this id for this material, and another in another context', async () => {
    const root = await openTestRoot(engine)
    expect(root.materialId(CONTEXT, MATERIAL)).toBe(MATERIAL_ID)
    const other = { ...CONTEXT, 'sealtrail:key-id': 'other' }
    expect(root.materialId(other, MATERIAL)).not.toBe(MATERIAL_ID)
    root.release()
  })

  it('opens this token, for its key and until its time', async () => {
    const root = await openTestRoot(engine)
    const token = Buffer.from(TOKEN, 'base64')
    expect(token.toString('hex', 0, 16)).toBe(TOKEN_HEAD)
    const { privateKey, ...wrapping } = openImportToken(root, PLACE, token, IN_TIME)
    expect(wrapping).toEqual({ algorithm: 'RSA_AES_KEY_WRAP_SHA_256', spec: 'RSA_2048' })
    const publicKey = engine.privateKeys.publicKey(privateKey)
    expect(createHash('sha256').update(publicKey).digest('hex')).toBe(PUBLIC_KEY_SHA_256)
    privateKey.release()
    const elsewhere = { ...PLACE, region: 'us-east-1' }
    const invalid = expect.objectContaining({ code: 'InvalidImportTokenException' })
    expect(() => openImportToken(root, elsewhere, token, IN_TIME)).toThrow(invalid)
    const expired = expect.objectContaining({ code: 'ExpiredImportTokenException' })
    expect(() => openImportToken(root, PLACE, token, Date.UTC(2030, 0))).toThrow(expired)
    root.release()
  })
})
