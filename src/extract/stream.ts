import type { Document, Element } from 'domhandler'
import { eachElement } from './walk.ts'

/**
 * Puts what a page sent later to where its script would put it. React streams a part that was not ready as
 * `<div hidden id="S:1">` at the end of the page, for the `<template id="B:1">` (or `P:1`) that holds its place. Changes
 * the tree.
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
    if (place && !isWithin(place, part)) moveChildren(part, place)
  }
}

function isWithin(inner: Element, outer: Element): boolean {
  for (let up = inner.parent; up; up = up.parent) if (up === outer) return true
  return false
}

function moveChildren(from: Element, to: Element): void {
  to.name = 'div'
  to.attribs = {}
  to.children = from.children
  for (const child of to.children) child.parent = to
  from.children = []
}
