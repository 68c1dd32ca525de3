import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** What the bytes of an unlabelled text were found to be in, and what decided. */
export interface Detected {
  encoding: string
  source: 'detected' | 'domain' | 'default'
}

/** How many bytes are looked at: a text that needs more to be told is none. */
const LOOKED_AT = 65_536

const fallback = 'windows-1252'

/**
 * Finds the legacy encoding of bytes that are neither labelled nor UTF-8, by their content and by what is usual under
 * the host's top-level domain: Firefox's detector (chardetng), which knows all encodings of the web that can be told apart.
 * @param host a name as URLs spell it; null, or an address, if there is none
 */
export function createDetector(): (bytes: Uint8Array, host: string | null) => Detected {
  let guess: Guess | undefined
  return (bytes, host) => {
    guess ??= loadDetector()
    const start = bytes.subarray(0, LOOKED_AT)
    const isWhole = start.length === bytes.length
    const [encoding = fallback, byContent] = guess(start, isWhole, [topLevelOf(host), 'com'])
    if (encoding !== byContent) return { encoding, source: 'domain' }
    return { encoding, source: encoding === fallback ? 'default' : 'detected' }
  }
}

/** The last label of a name; what is no letter in it would be refused. */
function topLevelOf(host: string | null): string {
  const label = host?.replace(/\.$/, '').split('.').at(-1)?.toLowerCase() ?? ''
  return /^(?:[a-z]+|xn--[a-z0-9-]+)$/.test(label) ? label : 'com'
}

/** A name for each of the top-level domains, as if the text were of it. */
type Guess = (bytes: Uint8Array, isWhole: boolean, topLevels: string[]) => string[]

type Imports = Record<string, Record<string, () => never>>

/** As much of it as is needed: its types come with those of browsers alone. */
declare const WebAssembly: {
  Module: {
    new (bytes: Uint8Array): object
    imports(module: object): { module: string; name: string }[]
  }
  Instance: new (module: object, imports: Imports) => { exports: object }
}

interface Exports {
  memory: { buffer: ArrayBuffer }
  encodingdetector_new(): number
  encodingdetector_feed(detector: number, at: number, length: number, last: number): number
  encodingdetector_guess(out: number, detector: number, at: number, length: number, allowUtf8: number): void
  __wbg_encodingdetector_free(detector: number): void
  __wbindgen_add_to_stack_pointer(by: number): number
  __wbindgen_malloc(length: number): number
  __wbindgen_free(at: number, length: number): void
}

/** Takes the detector out of its package, whose own glue asks for modules of WebAssembly, which Node warns about. */
function loadDetector(): Guess {
  const file = createRequire(import.meta.url).resolve('chardetng-wasm/dist/chardetng_wasm_bg.wasm')
  const fail = () => {
    throw new Error('the charset detector failed')
  }
  const module = new WebAssembly.Module(readFileSync(file))
  const names = WebAssembly.Module.imports(module)
  const imports: Imports = {}
  for (const { module: from, name } of names) imports[from] = { ...imports[from], [name]: fail }
  const wasm = new WebAssembly.Instance(module, imports).exports as Exports
  /** What is passed belongs to the callee, which frees it. */
  const pass = (bytes: Uint8Array): [at: number, length: number] => {
    const at = wasm.__wbindgen_malloc(bytes.length)
    new Uint8Array(wasm.memory.buffer).set(bytes, at)
    return [at, bytes.length]
  }
  const nameOf = (detector: number, out: number, topLevel: string) => {
    wasm.encodingdetector_guess(out, detector, ...pass(Buffer.from(topLevel)), 0)
    const [at = 0, length = 0] = new Int32Array(wasm.memory.buffer, out, 2)
    const name = Buffer.from(wasm.memory.buffer, at, length).toString()
    wasm.__wbindgen_free(at, length)
    return name
  }
  return (bytes, isWhole, topLevels) => {
    const detector = wasm.encodingdetector_new()
    // Where an answer goes: the place of a text, and its length.
    const out = wasm.__wbindgen_add_to_stack_pointer(-16)
    try {
      wasm.encodingdetector_feed(detector, ...pass(bytes), isWhole ? 1 : 0)
      return topLevels.map((topLevel) => nameOf(detector, out, topLevel))
    } finally {
      wasm.__wbindgen_add_to_stack_pointer(16)
      wasm.__wbg_encodingdetector_free(detector)
    }
  }
}
