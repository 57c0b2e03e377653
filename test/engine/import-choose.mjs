// Imports the chooser with every way to load native or Wasm code under watch, and prints what was loaded.
const loaded = []
process.dlopen = (_module, file) => loaded.push(file)
const { Module } = WebAssembly
WebAssembly.Module = class extends Module {
  constructor(bytes) {
    super(bytes)
    loaded.push('wasm')
  }
}
const { openEngine } = await import('../../dist/engine/choose.js')
const afterImport = [...loaded]
openEngine('node')
console.log(JSON.stringify({ afterImport, afterNode: loaded }))
