import type { Document, Element } from 'domhandler'
import { MAX_DEPTH } from './builder.ts'
import { eachElement } from './walk.ts'

/**
 * Puts what a page sent later to where its script would put it. React streams a part that was not ready as
 * `<div hidden id="S:1">` at the end of the page, for the `<template id="B:1">` (or `P:1`) that holds its place. Changes
 * the tree. What would stand deeper than anything does in a page stays where it is.
 */
export function joinStreamed(document: Document): void {
  const places = new Map<string, Element>()
  const parts: Element[] = []
  eachElement(document, (element) => {
    const { id, hidden } = element.attribs
    if (!id) return
    if (element.name === 'template' && /^[BP]:\w+$/.test(id)) places.set(id.slice(2), element)
    else if (hidden !== undefined && /^S:\w+$/.test(id)) parts.push(element)
  })
  for (const part of parts) {
    const place = places.get((part.attribs.id as string).slice(2))
    if (place && mayHold(place, part)) moveChildren(part, place)
  }
}

/** Whether a place is outside of a part, and not as deep as parts within parts could become. */
function mayHold(place: Element, part: Element): boolean {
  let depth = 0
  for (let up = place.parent; up; up = up.parent) {
    depth += 1
    if (up === part || depth > MAX_DEPTH) return false
  }
  return true
}

function moveChildren(from: Element, to: Element): void {
  to.name = 'div'
  to.attribs = {}
  to.children = from.children
  for (const child of to.children) child.parent = to
  from.children = []
}
