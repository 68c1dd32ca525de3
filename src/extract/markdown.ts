import type { ParentNode } from 'domhandler'
import type { Base } from './base.ts'
import { loadEngine } from './engine.ts'
import { writeInline } from './inline.ts'
import { seal, unseal } from './marks.ts'
import { gatherPhrase } from './phrase.ts'
import { type Block, shape, toHtml } from './shape.ts'
import type { Span } from './spans.ts'
import { type Survey, surveyOf } from './survey.ts'

/** Lists and quotes nest no deeper: each level is written on every line within it. */
const MAX_NESTING = 12

const convert = await loadEngine()

/**
 * A tree as Markdown (CommonMark with tables, task lists, strikethrough, footnotes, definition lists and formulas in TeX).
 * Nothing is left of HTML, text stays text, and links lead to the web or to an address for mail: what is made of it can be
 * shown. The tree is not changed.
 * @param base what links are relative to
 */
export function toMarkdown(root: ParentNode, base: Base): string {
  const survey = surveyOf(root, base)
  const found: Block[] = []
  shape(root.children, { survey, room: MAX_NESTING, link: null, isInItem: false }, found)
  return unseal(convert(toHtml(found) + definitionsOf(survey)))
}

/** The footnotes, in the order in which they are referred to, without their ways back. */
function definitionsOf(survey: Survey): string {
  const here = { ...survey, notes: { ...survey.notes, definitions: new Map() } }
  let html = ''
  for (const [element, label] of survey.notes.definitions) {
    const spans: Span[] = []
    gatherPhrase(element.children, { survey: here, style: 0, link: null, in: 'paragraph' }, spans)
    html += `<p>${seal(`[^${label}]: `)}${writeInline(withoutWayBack(spans), 'paragraph')}</p>`
  }
  return html
}

/** Signs for the ways back, where those are several, stand before the note. */
function withoutWayBack([first, ...rest]: Span[]): Span[] {
  return first ? [{ ...first, text: first.text.replace(/^(?:[\s^↑↩]|\ufe0e)+/, '') }, ...rest] : []
}
