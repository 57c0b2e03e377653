/**
 * Import as AWS's developer guide has it: the AWS CLI asks and imports, openssl wraps.
 *
 * Source: "Step 2: Download the wrapping public key and import token", "Step 3: Encrypt the key material".
 */
import { execFile } from 'node:child_process'
import { createHmac, createPublicKey } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Credentials, loadCredentials } from '../../src/iam/credentials-file.js'
import { ACCOUNT, REGION, startTestServer, type TestServer } from '../support/http.js'
import { openTestKms, type TestKms } from '../support/kms.js'
import { findAwsCli, runAwsCli } from './aws-cli.js'

const run = promisify(execFile)

let aws: string
let folder: string
let kms: TestKms
let server: TestServer
let credentials: Credentials

beforeAll(async () => {
  aws = await findAwsCli()
  folder = mkdtempSync(join(tmpdir(), 'sealtrail-import-'))
  credentials = await loadCredentials(folder, ACCOUNT)
  writeFileSync(file('text'), 'text')
  kms = await openTestKms()
  server = await startTestServer(kms.service, { credentials })
})

afterAll(async () => {
  await server.close()
  await kms.remove()
  rmSync(folder, { recursive: true })
})

const file = (name: string) => join(folder, name)

/** In the folder of the files. */
async function openssl(line: string): Promise<void> {
  await run('openssl', line.split(' '), { cwd: folder })
}

async function cli(line: string) {
  const { exitCode, stdout, stderr } = await runAwsCli(aws, `kms ${line}`.split(' '), {
    AWS_ENDPOINT_URL: server.url,
    AWS_DEFAULT_REGION: REGION,
    AWS_SHARED_CREDENTIALS_FILE: credentials.path,
  })
  expect([exitCode, stderr]).toEqual([0, ''])
  return stdout === '' ? undefined : JSON.parse(stdout)
}

/** The three steps; the material is in PlaintextKeyMaterial.bin. */
async function importBy(KeyId: string, algorithm: string, spec: string): Promise<void> {
  const parameters = await cli(
    `get-parameters-for-import --key-id ${KeyId} --wrapping-algorithm ${algorithm} --wrapping-key-spec ${spec}`,
  )
  writeFileSync(file('PublicKey.bin'), Buffer.from(parameters.PublicKey, 'base64'))
  writeFileSync(file('ImportToken.bin'), Buffer.from(parameters.ImportToken, 'base64'))
  const hash = algorithm.endsWith('_SHA_1') ? 'sha1' : 'sha256'
  const oaep =
    `-encrypt -inkey PublicKey.bin -keyform DER -pubin -pkeyopt rsa_padding_mode:oaep ` +
    `-pkeyopt rsa_oaep_md:${hash} -pkeyopt rsa_mgf1_md:${hash}`
  if (algorithm.startsWith('RSAES_')) {
    await openssl(`pkeyutl ${oaep} -in PlaintextKeyMaterial.bin -out EncryptedKeyMaterial.bin`)
  } else {
    await openssl('rand -out aes-key.bin 32')
    const aesKey = readFileSync(file('aes-key.bin')).toString('hex')
    await openssl(
      `enc -id-aes256-wrap-pad -iv A65959A6 -K ${aesKey} -in PlaintextKeyMaterial.bin -out key-material-wrapped.bin`,
    )
    await openssl(`pkeyutl ${oaep} -in aes-key.bin -out aes-key-wrapped.bin`)
    const parts = ['aes-key-wrapped.bin', 'key-material-wrapped.bin'].map((name) =>
      readFileSync(file(name)),
    )
    writeFileSync(file('EncryptedKeyMaterial.bin'), Buffer.concat(parts))
  }
  await cli(
    `import-key-material --key-id ${KeyId} --encrypted-key-material fileb://${file('EncryptedKeyMaterial.bin')} ` +
      `--import-token fileb://${file('ImportToken.bin')} --expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE`,
  )
  const { KeyMetadata } = await cli(`describe-key --key-id ${KeyId}`)
  expect(KeyMetadata.KeyState).toBe('Enabled')
}

async function newKey(more = ''): Promise<string> {
  return (await cli(`create-key --origin EXTERNAL${more}`)).KeyMetadata.KeyId
}

describe('material that openssl wraps and the AWS CLI imports', () => {
  it.each([
    ['RSAES_OAEP_SHA_1', 'RSA_2048'],
    ['RSAES_OAEP_SHA_256', 'RSA_3072'],
    ['RSA_AES_KEY_WRAP_SHA_1', 'RSA_2048'],
    ['RSA_AES_KEY_WRAP_SHA_256', 'RSA_2048'],
  ])('is a symmetric key, by %s under %s', async (algorithm, spec) => {
    const KeyId = await newKey()
    await openssl('rand -out PlaintextKeyMaterial.bin 32')
    await importBy(KeyId, algorithm, spec)
    const sealed = await cli(`encrypt --key-id ${KeyId} --plaintext fileb://${file('text')}`)
    writeFileSync(file('blob'), Buffer.from(sealed.CiphertextBlob, 'base64'))
    const opened = await cli(`decrypt --ciphertext-blob fileb://${file('blob')}`)
    expect(opened.Plaintext).toBe('dGV4dA==')
    // As it was imported: the same again is the same.
    const before = (await cli(`describe-key --key-id ${KeyId}`)).KeyMetadata.CurrentKeyMaterialId
    await cli(`delete-imported-key-material --key-id ${KeyId}`)
    await importBy(KeyId, algorithm, spec)
    const { KeyMetadata } = await cli(`describe-key --key-id ${KeyId}`)
    expect(KeyMetadata.CurrentKeyMaterialId).toBe(before)
  })

  it.each([
    ['RSAES_OAEP_SHA_256', 'ec -pkeyopt ec_paramgen_curve:P-256', 'ECC_NIST_P256'],
    ['RSA_AES_KEY_WRAP_SHA_256', 'ec -pkeyopt ec_paramgen_curve:P-384', 'ECC_NIST_P384'],
    ['RSA_AES_KEY_WRAP_SHA_256', 'rsa -pkeyopt rsa_keygen_bits:2048', 'RSA_2048'],
  ])('is a key pair, by %s, of %s', async (algorithm, how, spec) => {
    const KeyId = await newKey(` --key-spec ${spec} --key-usage SIGN_VERIFY`)
    await openssl(`genpkey -algorithm ${how} -out key.pem`)
    await openssl('pkcs8 -topk8 -outform der -nocrypt -in key.pem -out PlaintextKeyMaterial.bin')
    await importBy(KeyId, algorithm, 'RSA_2048')
    const { PublicKey } = await cli(`get-public-key --key-id ${KeyId}`)
    const own = createPublicKey(readFileSync(file('key.pem'), 'utf8'))
    expect(PublicKey).toBe(own.export({ format: 'der', type: 'spki' }).toString('base64'))
  })

  it('is a key of MACs', async () => {
    const KeyId = await newKey(' --key-spec HMAC_384 --key-usage GENERATE_VERIFY_MAC')
    await openssl('rand -out PlaintextKeyMaterial.bin 64')
    await importBy(KeyId, 'RSAES_OAEP_SHA_256', 'RSA_2048')
    const { Mac } = await cli(
      `generate-mac --key-id ${KeyId} --message fileb://${file('text')} --mac-algorithm HMAC_SHA_384`,
    )
    const material = readFileSync(file('PlaintextKeyMaterial.bin'))
    expect(Mac).toBe(createHmac('sha384', material).update('text').digest('base64'))
  })
})
