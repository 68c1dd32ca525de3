import type { Element, ParentNode } from 'domhandler'
import type { Image } from '../contract/formats.ts'
import type { Base } from './base.ts'
import { elementsOf, isElement, isImage } from './walk.ts'
import { squeeze } from './words.ts'

/** Where pages that load images late keep the address, until a script puts it where it belongs. */
const sourceNames = ['data-src', 'data-lazy-src', 'data-original', 'data-lazy', 'data-image', 'src']
const setNames = ['data-srcset', 'data-lazy-srcset', 'data-original-set', 'srcset']

/** The images of a page, each once, in document order; without the dots that count readers. */
export function imagesOf(document: ParentNode, base: Base): Image[] {
  const images = new Map<string, Image>()
  for (const element of elementsOf(document)) {
    if (!isImage(element) || isDot(element)) continue
    const url = imageUrl(element, base)
    if (url === null) continue
    const alt = squeeze(element.attribs.alt ?? '')
    const known = images.get(url)
    if (known) known.alt ||= alt
    else images.set(url, { url, alt, ...sizeOf(element, 'width'), ...sizeOf(element, 'height') })
  }
  return [...images.values()]
}

/** An image of one pixel shows nothing. */
export function isDot(image: Element): boolean {
  const { width, height } = { ...sizeOf(image, 'width'), ...sizeOf(image, 'height') }
  return (width !== undefined && width <= 1) || (height !== undefined && height <= 1)
}

function sizeOf({ attribs }: Element, side: 'width' | 'height'): { width?: number; height?: number } {
  const digits = /^\s*(\d{1,6})(?:\.\d+)?(?:px)?\s*$/.exec(attribs[side] ?? '')
  return digits ? { [side]: Number(digits[1]) } : {}
}

/** The address of an image at its best: the largest of a set, else what is loaded late, else its source; null for none. */
export function imageUrl(image: Element, base: Base): string | null {
  for (const address of addressesOf(image)) {
    const url = urlOf(address, base)
    if (url !== null) return url
  }
  return null
}

function* addressesOf(image: Element): Generator<string> {
  const sets = setsOf(image)
  if (sets.length > 0) yield largestOf(sets.flatMap(parseSet))
  for (const name of sourceNames) yield image.attribs[name] ?? ''
  yield* lateOnes(image.attribs)
}

/** Names of files that pages show until a script puts an image there. */
const placeholder =
  /^(?:(?:lazy|ajax|ima?ge?|default|loading|blank|clear|trans(?:parent)?)[-_]?)*(?:placeholder|load(?:er|ing)|spinner|spacer|blank|pixel|transparent|lazy)(?:[-_.](?:\d{1,4}(?:x\d{1,4})?|trans|ring|[0-9a-f]{6,}))*\.(?:gif|png|svg|webp)$/i

/** Longest name of a file that is looked at. */
const MAX_NAME = 100

function isPlaceholder(url: string): boolean {
  const path = url.split(/[?#]/, 1)[0] as string
  const name = path.slice(path.lastIndexOf('/') + 1)
  return name.length <= MAX_NAME && placeholder.test(name)
}

const fileOfImage = /^[^\s,]+\.(?:avif|gif|jpe?g|png|webp)(?:[?#]|$)/i

/** Data under any other name that is the address of an image: what shows nothing yet will be one of them. */
function* lateOnes(attributes: Element['attribs']): Generator<string> {
  for (const [name, value] of Object.entries(attributes)) {
    if (!name.startsWith('data-')) continue
    if (name.endsWith('srcset')) yield largestOf(parseSet(value))
    else if (value.length < 2048 && fileOfImage.test(value) && !/\s/.test(value)) yield value
  }
}

function urlOf(address: string, base: Base): string | null {
  const url = address === '' || address.startsWith('#') ? null : base.web(address)
  return url === null || isPlaceholder(url) ? null : url
}

function setsOf(image: Element): string[] {
  const sets = pictureSets(image)
  const own = setNames.map((name) => image.attribs[name])
  return [...own, ...sets].filter((set) => set !== undefined)
}

/** The sets of the `<source>`s beside an image in a `<picture>`. */
function pictureSets(image: Element): (string | undefined)[] {
  const { parent } = image
  if (!parent || !isElement(parent) || parent.name !== 'picture') return []
  // More than any page has. A picture has one image: where each of thousands looked at all sets, it would take their square.
  if (parent.children.slice(0, 100).find(isImage) !== image) return []
  const sources = parent.children.slice(0, 20).filter(isElement)
  return sources
    .filter(({ name }) => name === 'source')
    .map(({ attribs }) => attribs.srcset || attribs['data-srcset'])
}

interface Candidate {
  address: string
  /** Its width in pixels, or its density: within a set they are all of one sort. */
  size: number
}

function largestOf(candidates: Candidate[]): string {
  let largest: Candidate = { address: '', size: 0 }
  for (const candidate of candidates) if (candidate.size > largest.size) largest = candidate
  return largest.address
}

/** The candidates of a `srcset` (HTML Standard, 4.8.4.2.1): an address may hold commas, but neither begin nor end with one. */
function parseSet(set: string): Candidate[] {
  const candidates: Candidate[] = []
  const next = /[\s,]*(\S+)(?:\s+([^,\s]*)[^,]*)?/y
  const text = set.slice(0, 20_000)
  for (let match = next.exec(text); match; match = next.exec(text)) {
    const [, word = '', descriptor = ''] = match
    const address = trimCommas(word)
    // After a comma follows the next address.
    const isAlone = word.endsWith(',')
    if (isAlone) next.lastIndex = match.index + match[0].indexOf(word) + word.length
    const size = isAlone ? null : /^(\d{1,6}(?:\.\d{1,3})?)[wx]$/.exec(descriptor)
    if (address !== '' && !address.startsWith('data:'))
      candidates.push({ address, size: Number(size?.[1] ?? 1) })
  }
  return candidates
}

function trimCommas(word: string): string {
  let [start, end] = [0, word.length]
  while (word[start] === ',') start += 1
  while (end > start && word[end - 1] === ',') end -= 1
  return word.slice(start, end)
}
