/**
 * How many small sealed objects does one core make and open in a second?
 *
 * 32 bytes of plaintext, a context of two pairs, a fresh data key wrapped by a raw AES key for each: the whole
 * of what `seal` and `open` of the library do, keyring, guards and pool included. The AWS Encryption SDK does the same with the same suite.
 */
import { objectsOver } from '../../test/message/whole.js'
import { usableEngines } from '../engine/engines.js'
import { contest } from '../support/contest.js'
import { stayOnOneCore } from '../support/machine.js'
import { encryptionContext, keyring, SDK, sdk, sdkKeyring, suiteId } from './sdk.js'

const plain = Buffer.alloc(32, 'small')
const baselines = [SDK]

stayOnOneCore()
const engines = usableEngines()

/** What the other side, whoever it is, reads in what was sealed. */
async function readBySdk(sealed: Uint8Array): Promise<Uint8Array> {
  return (await sdk.decrypt(sdkKeyring, Buffer.from(sealed))).plaintext
}

await contest({ title: 'seal an object of 32 bytes', baselines }, [
  ...engines.map((engine) => {
    const objects = objectsOver(engine)
    const seal = () => objects.seal(plain, { keyring, encryptionContext })
    return { name: engine.name, answer: async () => readBySdk(await seal()), run: seal }
  }),
  {
    name: SDK,
    answer: async () => {
      const { result } = await sdk.encrypt(sdkKeyring, plain, { encryptionContext, suiteId })
      return readBySdk(result)
    },
    run: () => sdk.encrypt(sdkKeyring, plain, { encryptionContext, suiteId }),
  },
])

const { result: sealed } = await sdk.encrypt(sdkKeyring, plain, { encryptionContext, suiteId })
await contest({ title: 'open an object of 32 bytes', baselines }, [
  ...engines.map((engine) => {
    const objects = objectsOver(engine)
    const open = () => objects.open(sealed, { keyring })
    return { name: engine.name, answer: async () => await open(), run: open }
  }),
  { name: SDK, answer: () => readBySdk(sealed), run: () => sdk.decrypt(sdkKeyring, sealed) },
])
