import { MAX_NAMES } from './names.ts'
import { drop, eachBelow, type Part, type Parts } from './parts.ts'

/**
 * Drops what the theme that most shops of a kind are made from has in its pages twice, of which its styles show one: a
 * price as it is and as lowered, and the title of a thing on its picture and below.
 */
export function dropUnseenTwins(parts: Parts, root: Part): void {
  eachBelow(parts, root, (part) => {
    if (isUnseenPrice(part) || isUnseenTitle(part)) drop(parts, part, true)
  })
}

/** The class of what is around both prices says which of them is seen. */
function isUnseenPrice(part: Part): boolean {
  const isLowered = isCalled(part, 'price__sale')
  if (!isLowered && !isCalled(part, 'price__regular')) return false
  const both = partAround(part, 'price')
  return both !== null && isCalled(both, 'price--on-sale') !== isLowered
}

function isUnseenTitle(part: Part): boolean {
  if (!isCalled(part, 'card__information')) return false
  const card = partAround(part, 'card__inner')?.parent
  return card ? isCalled(card, 'card--standard') && isCalled(card, 'card--media') : false
}

/** Elements around one that are looked at. */
const MOST_STEPS = 3

function partAround({ parent }: Part, name: string): Part | null {
  let up = parent
  for (let step = 1; up && step < MOST_STEPS && !isCalled(up, name); step += 1) up = up.parent
  return up && isCalled(up, name) ? up : null
}

function isCalled({ element }: Part, name: string): boolean {
  const names = element.attribs.class
  return names?.includes(name) === true && names.slice(0, MAX_NAMES).split(/\s+/).includes(name)
}
