/**
 * A key service that works until it is killed, and says on stdout what it was told is done.
 *
 *     node kill-child.mjs FOLDER ENGINE RUN
 *
 * Before a change of an alias it says what it is about to do, after each answer what was answered: the
 * parent (kill.test.ts) holds the folder against these lines. A write to a pipe is done when it returns.
 */
import { randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { NO_USES } from '../../dist/audit/key-uses.js'
import { systemClock } from '../../dist/clock.js'
import { openEngine } from '../../dist/engine/choose.js'
import { createKms } from '../../dist/kms/kms.js'
import { bindRoot, openRoot } from '../../dist/root/root.js'
import { accountRoot } from '../../dist/service/caller.js'
import { valuesOf } from '../../dist/service/service.js'
import { openStore } from '../../dist/store/store.js'

const [folder, engineName, run] = process.argv.slice(2)
const engine = openEngine(engineName)
const store = await openStore({ dataDir: join(folder, 'data') })
const root = await openRoot({ kind: 'file', path: join(folder, 'root-key') }, engine)
await bindRoot(store, root)
const engines = { small: engine, bulk: engine }
const service = await createKms({
  ...{ store, root, engines, clock: systemClock, keyUses: NO_USES },
  principals: { isThere: () => true, idOf: () => undefined, nameOf: (_id, arn) => arn },
})
const caller = accountRoot('111122223333', 'eu-west-1')

say({ kind: 'open' })
await Promise.all([0, 1, 2, 3].map((worker) => work(`alias/run-${run}/worker-${worker}`)))

async function work(alias) {
  for (let round = 0; ; round++) {
    const { KeyMetadata } = await call('CreateKey', { MultiRegion: round % 2 === 1 })
    const { KeyId } = KeyMetadata
    say({ kind: 'key', KeyId })
    const move = { AliasName: alias, TargetKeyId: KeyId }
    say({ kind: 'moving', alias, to: KeyId })
    await call(round === 0 ? 'CreateAlias' : 'UpdateAlias', move)
    say({ kind: 'moved', alias, to: KeyId })

    const EncryptionContext = { alias, round: String(round) }
    const Plaintext = Buffer.from(`${alias} ${round}`)
    const sealed = await call('Encrypt', { KeyId: alias, Plaintext, EncryptionContext })
    const blob = Buffer.from(sealed.CiphertextBlob).toString('base64')
    say({ kind: 'blob', blob, context: EncryptionContext, text: Plaintext.toString() })

    if (round % 3 === 2) {
      await call('DisableKey', { KeyId })
      say({ kind: 'disabled', KeyId })
    }
  }
}

async function call(operation, input) {
  const requestId = randomUUID()
  const context = { caller, requestId, sourceIpAddress: '127.0.0.1', userAgent: 'kill-child' }
  const output = await service.call(operation, valuesOf(input), context)
  say({ kind: 'answered', requestId })
  return output
}

function say(line) {
  writeSync(1, `${JSON.stringify(line)}\n`)
}
