/**
 * The bytes of docs/FORMAT.md §4: files and rows that exist must open for ever.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createKeyFile } from '../../src/root/key-file.js'
import { openRoot } from '../../src/root/root.js'
import { temporaryDirs } from '../store/temporary.js'
import { eachEngine } from '../support/engines.js'

const newDir = temporaryDirs('root-vectors')

/** 00 01 … 1f */
const ROOT_KEY = Buffer.from(Array.from({ length: 32 }, (_, i) => i))
const KEY_FILE =
  '7365616c726f6f7400000001000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fe97bf079'
/** The first half of CMAC("XCMT" ‖ "sealtrail root key id v1" ‖ 00010001), computed by another library too. */
const ROOT_ID = 'af10bd45faf3ebceea130274bfecc87f'
/** e0 e1 … ff */
const MATERIAL = Buffer.from(Array.from({ length: 32 }, (_, i) => 0xe0 + i))
const CONTEXT = {
  'sealtrail:account': '111122223333',
  'sealtrail:region': 'us-west-2',
  'sealtrail:key-id': '1234abcd-12ab-34cd-56ef-1234567890ab',
  'sealtrail:material': '1',
}
const WRAPPED_MATERIAL =
  '726f6f7401010000af10bd45faf3ebceea130274bfecc87f968b5c92755915ff68a8dc0285c8829961e64d9cc50044e89ae46f33c64bcf2106320540ff366f1aa5fc51fe89d8229db7f76ad00e43732ca79955fad7eee944cd7c1a2ce1f7484c10681696c282cc0023f0f41edf8ce3da5c3ea38f311d738d53477911c356f147'

const SHRED_ID = '000102030405060708090a0b0c0d0e0f'
/** The key c0 c1 … df, kept by this root under this id. */
const SHRED =
  '726f6f7401010000af10bd45faf3ebceea130274bfecc87fac55a9be733abeba4f9443e89d1c51e1ee0191ae34608fbe8284664b8b3035385d40e417d7dde4756b52963d6dcd2b5782542a6218fcaf2f02354779a3eac6525ff6524ce937d63ba0f955e28279aea65f83a022e5864b0e49c0fbea86ad5cc879f9622a78dc4f07'
/** The same material and context as above, under that shred key. */
const SHREDDABLE_MATERIAL =
  '7368726401010000000102030405060708090a0b0c0d0e0f6d9051a351933c4b68fdce404878ab2f959382580cf147c98c25e982fd5332352c0209eace3f41458479f6f297ef2f3b859dba45b6f5f2e7eb1c1325a91809b198f9c00630d547c7f2c8b4024c03c04eac7b281722b684ef2f8764091c1ba6b70985f6ffc19c724e'
/** The Ed25519 key of RFC 8410 §10.3, likewise; and its public half, as RFC 8410 §10.1 has it. */
const PRIVATE_MATERIAL =
  '7368726401010000000102030405060708090a0b0c0d0e0f404142434445464748494a4b4c4d4e4f5051525354555657936b9f42f8bd6f479a3ee534fddb71558b420e1e4a0b84c47ca8e3699d092ca29581f169e296260450e134b2dc67f7f267ac2ed37de8a298d0d2ff6f14fbf01a41a1a43152ab2e0bed2155a7d20458953f2d4727dea250e1440fc7e4c7d02eab'
const PUBLIC_KEY = 'MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE='
const MARK_KEY = '4c94f272506a3302de837410e3331915dd05bdf037ad380128af969dfd8b7daf'
/** Of `["row"]`. */
const ROW_MAC = '9937c4241851e5a6b527069695362a27f27a53c0b56d30594aa46b81259b74f8'
/** A text for the purpose `grant-token`, sealed under the text key. */
const TEXT =
  '111122223333/us-west-2/1234abcd-12ab-34cd-56ef-1234567890ab/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'
const SEALED_TEXT =
  'dGV4dAEBAACvEL1F-vPrzuoTAnS_7Mh_7Th31rcg6QQRj2nPq6-yKuHNE42SCM63rDDDqLAt4CZOJuEgZoJDn6LWmelczNHv0Jjw19k584Z4mcnHF_vUgMpzDIRdOMrQx86X6J6qcnUw-417k_2Vtlqzk70xV-zi0I610IEMByuK2Vz7bf5RtcVFuJtM1pfOhR6gmx-RoRm2un_j5sR7e_-lZD-eksMn0zjaIK-KqPCLb4AhRK3wPr_gOxaEhyGDdN1jCROEkcjmkc3aFb_FiFTkmE5G7h3p8RZv_Q'

/** Of §4.4: this secret, for this place. */
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const SECRET_CONTEXT = {
  'sealtrail:access-key': 'AKIAIOSFODNN7EXAMPLE',
  'sealtrail:account': '111122223333',
  'sealtrail:user-id': 'AIDACKCEVSQ6C2EXAMPLE',
}
const WRAPPED_SECRET =
  '726f6f7401010000af10bd45faf3ebceea130274bfecc87f5645635b19b1a52604bc10481dec735c94ac6ed9fe53ff8f46863c717329a3093ef3bd775c9bfce4b8467599d6300c46fdbda463f9645638bc2a6c5113ae0491656931c7f980568fa6b45da41e37573b0375cd43cc4fd509c5de5d007dee5a0bbb4a6e41691c7c836d8f3c1f98e6d9a9'

function newPath(): string {
  const folder = newDir()
  mkdirSync(folder)
  return join(folder, 'root-key')
}

describe('the root key file', () => {
  it('has these bytes', async () => {
    const path = newPath()
    await createKeyFile(path, ROOT_KEY)
    expect(readFileSync(path).toString('hex')).toBe(KEY_FILE)
  })
})

describe.each(eachEngine)('the root key on the $name engine', ({ engine }) => {
  it('has this id and opens this material', async () => {
    const path = newPath()
    writeFileSync(path, Buffer.from(KEY_FILE, 'hex'), { mode: 0o600 })
    const root = await openRoot({ kind: 'file', path }, engine)
    expect(Buffer.from(root.rootId).toString('hex')).toBe(ROOT_ID)
    const material = root.unwrapKey(Buffer.from(WRAPPED_MATERIAL, 'hex'), CONTEXT)
    const nonce = new Uint8Array(24)
    expect(engine.xaesCommitment(material, nonce)).toEqual(
      engine.xaesCommitment(engine.importKey(MATERIAL), nonce),
    )
    root.release()
  })

  it('opens this shred key, and that this material; and these are its keys for mark and rows', async () => {
    const path = newPath()
    writeFileSync(path, Buffer.from(KEY_FILE, 'hex'), { mode: 0o600 })
    const root = await openRoot({ kind: 'file', path }, engine)
    const shredKey = root.openShredKey(SHRED_ID, Buffer.from(SHRED, 'hex'))
    const material = shredKey.unwrapKey(Buffer.from(SHREDDABLE_MATERIAL, 'hex'), CONTEXT)
    const nonce = new Uint8Array(24)
    expect(engine.xaesCommitment(material, nonce)).toEqual(
      engine.xaesCommitment(engine.importKey(MATERIAL), nonce),
    )
    expect(root.markKey.export().toString('hex')).toBe(MARK_KEY)
    expect(Buffer.from(root.authenticate('["row"]')).toString('hex')).toBe(ROW_MAC)
    for (const id of ['f'.repeat(32), SHRED_ID.replace('0f', '0e')]) {
      expect(() => root.openShredKey(id, Buffer.from(SHRED, 'hex'))).toThrow(/cannot be unwrapped/)
    }
    shredKey.release()
    root.release()
  })

  it('opens this private key under that shred key, for its place and spec alone', async () => {
    const path = newPath()
    writeFileSync(path, Buffer.from(KEY_FILE, 'hex'), { mode: 0o600 })
    const root = await openRoot({ kind: 'file', path }, engine)
    const shredKey = root.openShredKey(SHRED_ID, Buffer.from(SHRED, 'hex'))
    const wrapped = Buffer.from(PRIVATE_MATERIAL, 'hex')
    const key = shredKey.unwrapPrivateKey('ECC_NIST_EDWARDS25519', wrapped, CONTEXT)
    const publicKey = Buffer.from(engine.privateKeys.publicKey(key))
    expect(publicKey.toString('base64')).toBe(PUBLIC_KEY)
    expect(wrapped.toString('hex')).toBe(PRIVATE_MATERIAL)
    for (const name of Object.keys(CONTEXT)) {
      const context = { ...CONTEXT, [name]: 'x' }
      expect(() => shredKey.unwrapPrivateKey('ECC_NIST_EDWARDS25519', wrapped, context)).toThrow(
        /cannot be unwrapped/,
      )
    }
    expect(() => shredKey.unwrapPrivateKey('ECC_NIST_P256', wrapped, CONTEXT)).toThrow(
      /cannot be unwrapped/,
    )
    key.release()
    shredKey.release()
    root.release()
  })

  it('opens this sealed text, for its purpose alone', async () => {
    const path = newPath()
    writeFileSync(path, Buffer.from(KEY_FILE, 'hex'), { mode: 0o600 })
    const root = await openRoot({ kind: 'file', path }, engine)
    expect(root.openText('grant-token', SEALED_TEXT)).toBe(TEXT)
    expect(root.openText('session', SEALED_TEXT)).toBeUndefined()
    const [one, other] = [root.sealText('grant-token', 'ä'), root.sealText('grant-token', 'ä')]
    expect(one).not.toBe(other)
    expect([one, other].map((text) => root.openText('grant-token', text))).toEqual(['ä', 'ä'])
    root.release()
  })

  it('opens this secret, for this place alone', async () => {
    const path = newPath()
    writeFileSync(path, Buffer.from(KEY_FILE, 'hex'), { mode: 0o600 })
    const root = await openRoot({ kind: 'file', path }, engine)
    const wrapped = Buffer.from(WRAPPED_SECRET, 'hex')
    const open = (context: Record<string, string>) =>
      Buffer.from(root.unwrapSecret(wrapped, context)).toString()
    expect(open(SECRET_CONTEXT)).toBe(SECRET)
    expect(wrapped.toString('hex')).toBe(WRAPPED_SECRET)
    for (const name of Object.keys(SECRET_CONTEXT)) {
      expect(() => open({ ...SECRET_CONTEXT, [name]: 'x' })).toThrow(/cannot be unwrapped/)
    }
    root.release()
  })
})

describe('docs/FORMAT.md', () => {
  it('shows the private key that is opened here', () => {
    const text = readFileSync(new URL('../../docs/FORMAT.md', import.meta.url), 'utf8')
    expect(text.replaceAll(/\s/g, '')).toContain(PRIVATE_MATERIAL)
  })
})
