import type { Document } from 'domhandler'
import { blocks, unseen, walk } from './walk.ts'
import { setOf } from './words.ts'

/** What is not looked into, as what stands closely there does so for a reason; nor is it a part of the words around it. */
const closed = setOf('pre code kbd samp var tt sup sub math rt rp')

/** What stands just before a text on its line. */
interface Before {
  /** Empty where a line begins. */
  text: string
  /** Whether elements ended, and whether others began, since. */
  hasEnded: boolean
  hasBegun: boolean
  /** Where the link leads that it stood in, and the one that is open now. */
  link: string | undefined
  openLink: string | undefined
}

/**
 * Puts a space between words in different elements that only a style sets apart: `<span>Brand</span><span>Model</span>`.
 * Styles are not read, so their letters have to tell. On labelled pages, people read two words at more than a thousand such
 * places, and one at three. Changes texts of the tree.
 * @returns the tree
 */
export function partWords(document: Document): Document {
  const before: Before = { text: '', hasEnded: false, hasBegun: false, link: undefined, openLink: undefined }
  const beginLine = (name: string) => {
    if (blocks.has(name) || closed.has(name)) before.text = ''
  }
  walk(document, {
    enter: ({ name, attribs }) => {
      beginLine(name)
      if (name === 'a') before.openLink = attribs.href
      before.hasBegun = true
      return !unseen.has(name) && !closed.has(name)
    },
    leave: ({ name }) => {
      beginLine(name)
      if (name === 'a') before.openLink = undefined
      before.hasEnded = true
    },
    text: (text, node) => {
      if (isSeam(before, text)) node.data = ` ${text}`
      before.text = text
      before.link = before.openLink
      before.hasEnded = false
      before.hasBegun = false
    },
  })
  return document
}

function isSeam({ text, hasEnded, hasBegun, link, openLink }: Before, next: string): boolean {
  if (text === '' || !(hasEnded || hasBegun)) return false
  const [end, start] = [text.slice(-2), next.slice(0, 2)]
  const areLinks = link !== undefined && openLink !== undefined && link !== openLink
  if (areLinks) return /[\p{L}\p{N}\p{Pe}\p{Pf}"'.,:;!?…%]$/u.test(end) && /^[\p{L}\p{N}]/u.test(start)
  if (/\p{Ll}$/u.test(end) && /^\p{Lu}/u.test(start)) return true
  // Of one element within another's text, and not beside it, less can be told: 3<b>D</b>, <b>U</b>Turn.
  if (!hasEnded || !hasBegun) return false
  return isWordAfterSign(end, start) || isNumberAfterWord(end, start)
}

const isWordAfterSign = (end: string, start: string) =>
  /[\p{Lu}\d]$/u.test(end) && /^\p{Lu}\p{Ll}/u.test(start)
const isNumberAfterWord = (end: string, start: string) => /\p{L}{2}$/u.test(end) && /^\d/.test(start)
