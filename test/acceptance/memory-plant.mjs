/**
 * Preloaded into a process (`--import`), leaves in its memory what must be found there: the control of a scan.
 *
 * The variable PLANT holds 32 bytes in hex, which are kept as bytes, and as text of V8's heap, narrow and wide.
 */
const bytes = Buffer.from(process.env.PLANT, 'hex')
// One character that needs two bytes makes all of them wide.
const texts = ['hex', 'base64'].map((form) => bytes.toString(form))
globalThis.planted = [Uint8Array.from(bytes), ...texts, ...texts.map((text) => `\u2028${text}`)]
// Joined texts lie in pieces until somebody looks into them.
for (const text of globalThis.planted.slice(1)) /!/.test(text)
