import type { Element } from 'domhandler'
import { keep } from './memo.ts'
import { MAX_NAMES } from './names.ts'

/**
 * Class names by which pages take a text off the screen and leave it to be read aloud, alone or with a maker's letters
 * before them; not those of a page that is filed under such a name, nor what undoes it.
 */
const named =
  /(?:^|\s)(?!not-|tag-|category-)(?:[a-z0-9]+[_-]+)*(?:sr-?(?:only|text)|visually-?hidden|hid(?:den|e)-?visually|show-for-sr|(?:screen-?reader|assistive|accessib(?:le|ility)|a11y)-?(?:text|only|hidden)|offscreen|element-invisible)(?=$|[\s_]|-(?:focusable|text))/i

/**
 * Makes the one that tells of an element whether its text is not on the screen, and only says to those who are read to
 * what others see there: "Regular price" before a price, "Add Kettle to" before "Cart". A browser shows none of it.
 */
export function createAloudCheck(): (element: Element) => boolean {
  const isNamed = keep((names) => named.test(names.slice(0, MAX_NAMES)))
  return ({ attribs }) => attribs.class !== undefined && isNamed(attribs.class)
}
