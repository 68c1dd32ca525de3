import { type ChildNode, type Element, isTag, isText } from 'domhandler'
import { keep } from './memo.ts'
import { MAX_NAMES } from './names.ts'
import { shortTextOf } from './walk.ts'
import { squeeze } from './words.ts'

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
  return (element) =>
    (element.attribs.class !== undefined && isNamed(element.attribs.class)) ||
    (element.name === 'span' && isSeenBeside(element))
}

/** Whether it says what the element beside it says, that is not to be read aloud: who sees would see it twice. */
function isSeenBeside(element: Element): boolean {
  if (isUnread(element)) return false
  const seen = [beside(element, 'prev'), beside(element, 'next')].find(isUnread)
  if (!seen) return false
  const text = said(element)
  return text !== '' && text === said(seen)
}

/** A part on lines of its own would be taken for hidden. */
const isUnread = (element: Element | null): element is Element =>
  element?.name === 'span' && element.attribs['aria-hidden'] === 'true'

/** The element beside another with nothing between. */
function beside(element: Element, side: 'prev' | 'next'): Element | null {
  let other: ChildNode | null = element[side]
  for (let steps = 0; other && steps < MOST_STEPS; steps += 1) {
    if (isTag(other)) return other
    if (isText(other) && other.data.trim() !== '') return null
    other = other[side]
  }
  return null
}

/** Comments and white space between two elements. */
const MOST_STEPS = 4

const said = (element: Element): string => squeeze(shortTextOf(element))
