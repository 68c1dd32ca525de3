import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2'

/** What the tokenizer keeps of its place in the text. */
interface Place {
  index: number
  readonly buffer: string
  readonly offset: number
}

/**
 * The tokenizer of htmlparser2, which leaves references to whoever takes its pieces: it would look at every character for
 * them. Its search for the end of a text or a value goes from character to character too, and is most of what it does: here it
 * is the engine's, which compares sixteen and more at once. Were the library to change what it calls this search, it would do
 * the same as it does, at its own pace.
 */
export function createTokenizer(callbacks: TokenizerCallbacks): Tokenizer {
  return Object.assign(new Tokenizer({ decodeEntities: false }, callbacks), { fastForwardTo })
}

/** Goes on to the next of a character (its code), or to the end of the text. @returns whether there is one */
function fastForwardTo(this: Place, code: number): boolean {
  const found = this.buffer.indexOf(String.fromCharCode(code), this.index - this.offset + 1)
  this.index = (found === -1 ? this.buffer.length - 1 : found) + this.offset
  return found !== -1
}
