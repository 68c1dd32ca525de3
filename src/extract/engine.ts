import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Makes Markdown of HTML. */
export type Convert = (html: string) => string

/**
 * mdream as machine code where there is some for this machine, else as WebAssembly, which comes with it everywhere. Both are
 * made of one source and give the same; the latter takes about twice as long.
 */
export async function loadEngine(): Promise<Convert> {
  return (await loadNative()) ?? (await loadWasm())
}

export async function loadNative(): Promise<Convert | null> {
  try {
    const { htmlToMarkdown } = await import('mdream')
    return (html) => htmlToMarkdown(html)
  } catch {
    return null
  }
}

export async function loadWasm(): Promise<Convert> {
  const { htmlToMarkdown, initSync } = await import('mdream/wasm/mdream_edge.js')
  const path = fileURLToPath(import.meta.resolve('mdream/wasm/mdream_edge_bg.wasm'))
  initSync({ module: readFileSync(path) })
  return (html) => htmlToMarkdown(html, undefined)
}
