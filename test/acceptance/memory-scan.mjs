/**
 * Looks for secrets in the memory of a real `serve`, idle and worked, and of a program with sealtrail inside.
 *
 *     node memory-scan.mjs           reads the memory of the running process
 *     node memory-scan.mjs --core    looks at core dumps (gcore); what the arena holds is not in them
 *     node memory-scan.mjs --plant   the control: the processes keep copies, which must be found
 *
 * Prints JSON: Node's version, and for each look what was looked for and how often it was found, by secret and
 * form. The secrets are known without asking the process: the root key from its file; key material unwrapped
 * with it from a copy of the database; data keys from answers, or unwrapped with the material.
 */
import { execFileSync, spawn } from 'node:child_process'
import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  publicEncrypt,
  randomBytes,
} from 'node:crypto'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chooseEngines } from '../../dist/engine/choose.js'
import { parseIni } from '../../dist/iam/ini.js'
import { materialContext } from '../../dist/kms/keys/material.js'
import { encodeContext } from '../../dist/message/encryption-context.js'
import { parseHeader } from '../../dist/message/header.js'
import { signRequest } from '../../dist/sigv4/sign-request.js'
import { openStore } from '../../dist/store/store.js'
import { formsOf, roundKeys } from '../support/key-traces.mjs'
import { scanFile, scanProcess, searchFor } from '../support/process-memory.mjs'

const TIMES = 50
const REGION = 'us-east-1'
const NO_CONTEXT = encodeContext({})
const TOLD = {
  g: 'key of GenerateDataKey',
  d: 'key of Decrypt',
  r: 'GenerateRandom',
  e: 'text of Encrypt',
  b: 'key of generateDataKeys',
  m: 'key of decryptMany',
}
const isCore = process.argv.includes('--core')
const isPlanted = process.argv.includes('--plant')
const engine = chooseEngines('auto').small
const folder = mkdtempSync(join(tmpdir(), 'sealtrail-memory-'))
const scans = []
try {
  await scanServe(join(folder, 'serve'))
  await scanProgram(join(folder, 'program'))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(JSON.stringify({ node: process.version, engine: engine.name, scans }))

async function scanServe(dataDir) {
  const serve = ['dist/cli/main.js', 'serve', '--data-dir', dataDir, '--port', '0']
  const [planted, child] = start(serve, { SEALTRAIL_LOG_LEVEL: 'error' })
  const url = await new Promise((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      const told = /http:\/\/\S+:\d+/.exec(line)
      if (told) resolve(told[0])
    })
  })
  const secrets = [...planted, ['root key', rootKeyOf(dataDir)]]
  look('serve, idle', child.pid, secrets)
  secrets.push(...(await work(url, dataDir)))
  const [material, shredKey] = await materialsOf(dataDir)
  secrets.push(['key material', material], ['shred key', shredKey])
  look('serve, worked', child.pid, secrets)
  child.kill()
  await once(child, 'exit')
}

/** Has the server do everything that has to do with keys; what secrets that were. */
async function work(url, dataDir) {
  const ask = client(url, dataDir)
  const { KeyId } = (await ask('CreateKey', {})).KeyMetadata
  const secrets = []
  const hidden = []
  const bytesOf = (base64) => Buffer.from(base64, 'base64')
  for (let i = 0; i < TIMES; i++) {
    const made = await ask('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })
    secrets.push([TOLD.g, bytesOf(made.Plaintext)])
    const input = { KeyId, KeySpec: 'AES_256' }
    const { CiphertextBlob } = await ask('GenerateDataKeyWithoutPlaintext', input)
    secrets.push([TOLD.d, bytesOf((await ask('Decrypt', { CiphertextBlob })).Plaintext)])
    const random = await ask('GenerateRandom', { NumberOfBytes: 32 })
    secrets.push([TOLD.r, bytesOf(random.Plaintext)])
    const text = randomBytes(32)
    await ask('Encrypt', { KeyId, Plaintext: text.toString('base64') })
    secrets.push([TOLD.e, text])
    const unseen = await ask('GenerateDataKeyWithoutPlaintext', input)
    await ask('ReEncrypt', {
      CiphertextBlob: unseen.CiphertextBlob,
      DestinationKeyId: KeyId,
    })
    hidden.push(bytesOf(unseen.CiphertextBlob))
  }
  secrets.push(...(await imported(ask)))
  const [material] = await materialsOf(dataDir)
  for (const blob of hidden) secrets.push(['key without plaintext', unwrapped(material, blob)])
  return secrets
}

/** Material that is used and stays, and material that is deleted when it was used; by each algorithm. */
async function imported(ask) {
  const secrets = []
  for (const algorithm of ['RSAES_OAEP_SHA_256', 'RSA_AES_KEY_WRAP_SHA_256']) {
    for (const kind of ['imported material', 'deleted material']) {
      const material = randomBytes(32)
      const { KeyId } = (await ask('CreateKey', { Origin: 'EXTERNAL' })).KeyMetadata
      const asked = { KeyId, WrappingAlgorithm: algorithm, WrappingKeySpec: 'RSA_2048' }
      const { PublicKey, ImportToken } = await ask('GetParametersForImport', asked)
      const sent = wrappedFor(Buffer.from(PublicKey, 'base64'), algorithm, material)
      await ask('ImportKeyMaterial', {
        ...{ KeyId, ImportToken, EncryptedKeyMaterial: sent.toString('base64') },
        ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
      })
      const { CiphertextBlob } = await ask('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })
      await ask('Decrypt', { CiphertextBlob })
      if (kind === 'deleted material') await ask('DeleteImportedKeyMaterial', { KeyId })
      secrets.push([kind, material])
    }
  }
  return secrets
}

function wrappedFor(publicKey, algorithm, material) {
  const key = createPublicKey({ key: publicKey, format: 'der', type: 'spki' })
  const oaep = (bytes) => publicEncrypt({ key, oaepHash: 'sha256' }, bytes)
  if (algorithm.startsWith('RSAES_')) return oaep(material)
  const aesKey = randomBytes(32)
  const cipher = createCipheriv('id-aes256-wrap-pad', aesKey, Buffer.from('a65959a6', 'hex'))
  return Buffer.concat([oaep(aesKey), cipher.update(material), cipher.final()])
}

async function scanProgram(dataDir) {
  const told = `${dataDir}.told`
  const [planted, child] = start([scriptAt('./memory-peer.mjs'), dataDir, told])
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const keyringKey = randomBytes(32)
  child.stdin.write(keyringKey)
  await lines.next()
  const [material, shredKey] = await materialsOf(dataDir)
  const secrets = [
    ...planted,
    ['root key', rootKeyOf(dataDir)],
    ['key material', material],
    ['shred key', shredKey],
    ['key of a raw keyring', keyringKey],
    ...secretsTold(readFileSync(told)),
    ["an object's key", unwrapped(material, wrapOf(`${told}.kms`).ciphertext)],
    ["an object's key", unwrappedRaw(keyringKey, wrapOf(`${told}.raw`))],
  ]
  look('program, worked', child.pid, secrets)
  child.stdin.write('close')
  await lines.next()
  look('program, closed', child.pid, secrets)
  child.stdin.write('end')
  await once(child, 'exit')
}

function start(command, env = {}) {
  const planted = randomBytes(32)
  const plant = isPlanted ? ['--import', scriptAt('./memory-plant.mjs')] : []
  const child = spawn(process.execPath, [...plant, ...command], {
    cwd: scriptAt('../..'),
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env, ...(isPlanted ? { PLANT: planted.toString('hex') } : {}) },
  })
  return [isPlanted ? [['planted', planted]] : [], child]
}

function look(what, pid, secrets) {
  const counts = {}
  for (const [secret] of secrets) counts[secret] = (counts[secret] ?? 0) + 1
  const needles = searchFor(secrets.flatMap(needlesOf))
  const hits = isCore ? { outside: scanCore(needles, pid) } : scanProcess(needles, pid)
  scans.push({ what, secrets: counts, ...hits })
}

function scanCore(needles, pid) {
  const core = join(folder, 'core')
  execFileSync('gcore', ['-o', core, String(pid)], { stdio: 'ignore' })
  const hits = scanFile(needles, `${core}.${pid}`)
  rmSync(`${core}.${pid}`)
  return hits
}

function needlesOf([secret, bytes]) {
  const forms = formsOf(bytes)
  const rounds = roundKeys(bytes)
  forms.set('round key 2', rounds.subarray(32, 48)).set('round key 3', rounds.subarray(48, 64))
  return [...forms].map(([form, needle]) => ({ secret, form, bytes: needle }))
}

function secretsTold(bytes) {
  const secrets = []
  for (let at = 0; at < bytes.length; at += 33) {
    secrets.push([TOLD[String.fromCharCode(bytes[at])], bytes.subarray(at + 1, at + 33)])
  }
  return secrets
}

function rootKeyOf(dataDir) {
  return readFileSync(`${dataDir}.root-key`).subarray(12, 44)
}

/** Material and the shred keys that wrap it, from a copy of the directory: whoever works has it to himself. */
async function materialsOf(dataDir) {
  const copy = mkdtempSync(join(folder, 'copy-'))
  cpSync(dataDir, copy, { recursive: true })
  const store = await openStore({ dataDir: copy })
  const rows = await store.read(
    store.query
      .selectFrom('kms_material')
      .innerJoin('kms_key', 'kms_key.key_id', 'kms_material.key_id')
      .select(['kms_key.account', 'kms_key.region', 'kms_key.key_id as keyId'])
      .select(['version', 'wrapped', 'kms_key.shred_id'])
      // What was imported is known, and lies under other shreds.
      .where('kms_material.mac', 'is', null)
      .compile(),
  )
  const secrets = []
  for (const { account, region, keyId, version, wrapped, shred_id } of rows) {
    const shred = await store.shred(shred_id)
    const shredContext = encodeContext({ 'sealtrail:shred': shred_id })
    const shredKey = unwrapped(rootKeyOf(dataDir), shred, shredContext)
    const context = encodeContext(materialContext({ account, region, keyId }, version))
    secrets.push(unwrapped(shredKey, wrapped, context), shredKey)
  }
  await store.close()
  return secrets
}

function unwrapped(key, wrapped, context = NO_CONTEXT) {
  const wrappingKey = engine.importKey(key)
  const blob = Buffer.from(wrapped)
  if (!engine.unwrap(wrappingKey, blob, context)) throw new Error('a wrap opens')
  wrappingKey.release()
  return blob.subarray(80, 112)
}

function unwrappedRaw(key, { providerInfo, ciphertext }) {
  const decipher = createDecipheriv('aes-256-gcm', key, providerInfo.subarray(-12))
  decipher.setAAD(NO_CONTEXT).setAuthTag(ciphertext.subarray(32))
  return Buffer.concat([decipher.update(ciphertext.subarray(0, 32)), decipher.final()])
}

function wrapOf(file) {
  return parseHeader(readFileSync(file)).encryptedDataKeys[0]
}

/** Signs; a failed call ends the scan. */
function client(url, dataDir) {
  const [{ values }] = parseIni(readFileSync(join(dataDir, 'credentials'), 'utf8'))
  return async (operation, input) => {
    const body = Buffer.from(JSON.stringify(input))
    const request = {
      method: 'POST',
      path: '/',
      headers: {
        host: new URL(url).host,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `TrentService.${operation}`,
      },
      body,
    }
    const { host: _, ...headers } = signRequest(request, {
      accessKeyId: values.get('aws_access_key_id'),
      secretAccessKey: values.get('aws_secret_access_key'),
      region: REGION,
      service: 'kms',
      now: Date.now(),
    })
    const response = await fetch(url, { method: 'POST', headers, body })
    if (!response.ok) throw new Error(`${operation}: ${await response.text()}`)
    return await response.json()
  }
}

function scriptAt(path) {
  return fileURLToPath(new URL(path, import.meta.url))
}
