import { isText } from 'domhandler'
import { nameBits } from './names.ts'
import { after, drop, eachBelow, isNamed, type Part, type Parts, within } from './parts.ts'
import { shortTextOf } from './walk.ts'
import { setOf } from './words.ts'

/** Drops what a shop's page has beside its product: what else is for sale, and fields that are for programs alone. */
export function dropShelves(parts: Parts, root: Part): void {
  dropOffers(parts, root)
  dropFields(parts, root)
}

/** A sum of money in one of the ways it is written. */
const price =
  /(?:[$€£¥₹₩₽₺₴₫฿]|\b(?:USD|EUR|GBP|CHF|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|INR|Rs|kr)\.?)\s?\d|\d\s?(?:[€£¥₽₺₴₫]|(?:EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|zł|Kč|Ft|lei|kr|TL|руб|грн|円)(?!\p{L}))/u

/** How many things for sale beside each other are others than the page's own. */
const LEAST = 3

/** Characters up to which one is no more than that, and what is around them no more than their title and buttons. */
const MOST_TEXT = 400
const MOST_TITLE = 150

/** Share of a page from which on they are what it is about. */
const MOST_SHARE = 0.4

/** Rows of these may be sellers of the one thing, or its sizes. */
const tables = setOf('table tbody')

/** Drops rows of things that have a link, a picture and a price each, with what says what they are. */
function dropOffers(parts: Parts, root: Part): void {
  const has = find(parts, root)
  const isOffer = ({ at, text }: Part) => text > 0 && text < MOST_TEXT && has[at - root.at] === OFFER
  eachBelow(parts, root, (part) => {
    if (has[part.at - root.at] !== OFFER || tables.has(part.element.name)) return
    let [offers, others] = [0, 0]
    for (const child of within(parts, part)) {
      if (isOffer(child)) offers += 1
      else if (child.text > 0) others += 1
    }
    if (offers < LEAST || offers <= 2 * others) return
    const whole = withTitle(part, root)
    if (whole.text < MOST_SHARE * root.text) drop(parts, whole, true)
  })
}

/** The part with those around it that hold next to nothing else. */
function withTitle(part: Part, root: Part): Part {
  let whole = part
  for (let up = part.parent; up && up !== root && up.text < part.text + MOST_TITLE; up = up.parent) whole = up
  return whole
}

/** What makes an offer, as bits. */
const [LINK, PICTURE, PRICE, OFFER] = [1, 2, 4, 7]

/** Which of them each part has in it, by its place after the root's. */
function find({ all }: Parts, root: Part): Uint8Array {
  const has = new Uint8Array(root.end - root.at)
  for (let at = root.end - 1; at > root.at; at -= 1) {
    const part = all[at] as Part
    if (part.isDropped) continue
    const bits = (has[at - root.at] as number) | bitOf(part)
    const up = (part.parent as Part).at - root.at
    has[at - root.at] = bits
    has[up] = (has[up] as number) | bits
  }
  return has
}

function bitOf(part: Part): number {
  const { name } = part.element
  if (name === 'img') return PICTURE
  return (name === 'a' ? LINK : 0) | (isPrice(part) ? PRICE : 0)
}

function isPrice(part: Part): boolean {
  if (isNamed(part, nameBits.price)) return part.text > 0
  return part.own.text > 0 && part.element.children.some((node) => isText(node) && price.test(node.data))
}

/** How a field is called that programs write and read: in one word that is made of several. */
const fieldName = /^\s*[a-z][a-z\d]*(?:_[\p{L}\d +-]+)+:\s*$/iu

/** Drops fields of a product that its shop's software shows by the names that programs know them by. */
function dropFields(parts: Parts, root: Part): void {
  eachBelow(parts, root, (part) => {
    if (part.element.name !== 'dt' || !fieldName.test(shortTextOf(part.element))) return
    drop(parts, part, true)
    for (const next of after(parts, part)) {
      if (next.element.name !== 'dd') break
      drop(parts, next, true)
    }
  })
}
