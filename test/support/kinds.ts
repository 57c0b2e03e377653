/** Values of every kind that JavaScript has and that may come in place of what was asked for. */
import { Readable } from 'node:stream'

class Plain {
  readonly tenant = 'acme'
}

function detached(): Uint8Array {
  const bytes = new Uint8Array([1, 2, 3])
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  return bytes
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

/** Says that it is a plain object without members, and holds one. */
function lyingProxy(): object {
  return new Proxy(new Map([['tenant', 'acme']]), {
    getPrototypeOf: () => Object.prototype,
    ownKeys: () => [],
    get: () => undefined,
  })
}

function unreadable(): object {
  return {
    get tenant(): string {
      throw new TypeError('not to be read')
    },
    get KeyId(): string {
      throw new TypeError('not to be read')
    },
    get keyId(): string {
      throw new TypeError('not to be read')
    },
  }
}

/** By name; each call makes a new one. */
export const KINDS = {
  'a string': () => 'some-text',
  'an empty string': () => '',
  'a String object': () => new String('some-text'),
  'a number': () => 5,
  NaN: () => Number.NaN,
  'a bigint': () => 5n,
  true: () => true,
  false: () => false,
  null: () => null,
  undefined: () => undefined,
  'a symbol': () => Symbol('s'),
  'a function': () => () => new Uint8Array(1),
  '{}': () => ({}),
  'an array-like': () => ({ length: 2, 0: 1, 1: 2 }),
  'an object of symbols': () => ({ [Symbol('tenant')]: 'acme' }),
  'an object that throws': unreadable,
  '[]': () => [],
  'an array of numbers': () => [1, 2, 3],
  'an array of holes': () => new Array(3),
  'an ArrayBuffer': () => new ArrayBuffer(10),
  'a SharedArrayBuffer': () => new SharedArrayBuffer(10),
  'a DataView': () => new DataView(new ArrayBuffer(10)),
  'a Uint16Array': () => new Uint16Array([300, 600]),
  'a Float64Array': () => new Float64Array([0.5, 1e300]),
  'a Uint8Array': () => new Uint8Array(10),
  'a detached Uint8Array': detached,
  'a Proxy of a Uint8Array': () => new Proxy(new Uint8Array(10), {}),
  'what looks like a Uint8Array': () => Object.create(Uint8Array.prototype),
  'a Blob': () => new Blob(['some-text']),
  'a stream': () => Readable.from(['some-text']),
  'a Map': () => new Map([['tenant', 'acme']]),
  'a Set': () => new Set(['tenant']),
  'a Date': () => new Date(0),
  'an Error': () => new Error('no'),
  'a Promise': () => Promise.resolve({}),
  'a Proxy': () => new Proxy({}, {}),
  'a Proxy that lies': lyingProxy,
  'a revoked Proxy': revoked,
  'an instance of a class': () => new Plain(),
} satisfies Record<string, () => unknown>

export type Kind = keyof typeof KINDS
export const KIND_NAMES = Object.keys(KINDS) as Kind[]
