// Waits for RSA keys that the addon makes, with nothing else to do, and ends by itself.
import { openNativeEngine } from '../../dist/engine/native/native.js'

const { privateKeys } = openNativeEngine()
const keys = [await privateKeys.generate('RSA_2048'), await privateKeys.generate('RSA_2048')]
console.log(keys.map((key) => key.spec).join(' '))
