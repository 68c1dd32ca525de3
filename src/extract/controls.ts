import type { Element } from 'domhandler'
import { keep } from './memo.ts'
import { MAX_NAMES } from './names.ts'

/** Class names of links that do something with a thing of a list instead of leading to it. */
const named =
  /(?:^|[\s_-])(?:add[_-]?to[_-]?(?:cart|bag|basket|wishlist|compare)|quick[_-]?(?:view|shop|add|buy|look)|to(?:cart|wishlist|compare))(?=$|[\s_-])/i

/** Makes the one that tells of a link whether it is a button in all but its element, as "Add to cart" under a price. */
export function createControlCheck(): (element: Element) => boolean {
  const isNamed = keep((names) => named.test(names.slice(0, MAX_NAMES)))
  return ({ name, attribs }) => name === 'a' && attribs.class !== undefined && isNamed(attribs.class)
}
