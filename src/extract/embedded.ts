import { type ChildNode, type Document, type Element, isTag } from 'domhandler'
import { append, createDocument, createElement, createText } from './node.ts'
import { parseTree } from './tree.ts'
import { elementsOf, ownText } from './walk.ts'

/**
 * The text that a page brings as data for its scripts to show: JSON in scripts and attributes. What reads like a text is
 * taken in the order given, each once, with the title beside it. Empty without any.
 */
export function readEmbedded(document: Document): Document {
  const found: Found = { root: createDocument(), said: new Set(), left: MAX_TEXT }
  for (const json of jsonOf(document)) collect(json, found)
  return found.root
}

/** Puts a text of the page's data behind what there is: HTML with its elements, anything else with a paragraph a line. */
export function addText(root: Document, text: string): void {
  write(text, { root, said: new Set(), left: MAX_TEXT })
}

interface Found {
  root: Document
  said: Set<string>
  /** Characters that may still be taken. */
  left: number
}

/** More than this nobody reads; it bounds how large a tree data can grow to. */
const MAX_TEXT = 1_000_000

/** Shorter data holds no text. */
const MIN_DATA = 200

function jsonOf(document: Document): unknown[] {
  const values: unknown[] = []
  const add = (text: string) => {
    const value = text.length < MIN_DATA ? undefined : parse(text)
    if (value !== undefined) values.push(value)
  }
  for (const element of elementsOf(document)) {
    for (const [name, value] of Object.entries(element.attribs)) if (name.startsWith('data-')) add(value)
    if (element.name === 'script') add(dataOf(element))
  }
  return values
}

/** What a script holds of JSON: all of it by its type, or what it assigns to a name (`window.state = {…}`). */
function dataOf(script: Element): string {
  const text = ownText(script)
  if (script.attribs.type?.includes('json')) return text
  const assigned = /^\s*(?:(?:var|let|const)\s)?[\w.$[\]"']{1,80}\s?=\s?(?=[{[])/.exec(text)
  return assigned ? text.slice(assigned[0].length).trimEnd().replace(/;$/, '') : ''
}

function parse(text: string): unknown {
  const trimmed = text.trim().replace(/^<!\[CDATA\[|\]\]>$/g, '')
  if (!/^[{[]/.test(trimmed)) return undefined
  try {
    return JSON.parse(trimmed)
  } catch {
    return undefined
  }
}

interface Step {
  key: string
  value: unknown
  /** How many texts that hold JSON themselves are around it. */
  nesting: number
}

const MAX_NESTING = 3

/** Goes through the values in their order, however deep they are nested. */
function collect(json: unknown, found: Found): void {
  const waiting: Step[] = [{ key: '', value: json, nesting: 0 }]
  for (let step = waiting.pop(); step; step = waiting.pop()) {
    const { key, value, nesting } = step
    if (typeof value === 'string') {
      const inner = nesting < MAX_NESTING && value.length >= MIN_DATA ? parse(value) : undefined
      if (inner !== undefined) waiting.push({ key, value: inner, nesting: nesting + 1 })
      else take(key, value, found)
    } else if (typeof value === 'object' && value !== null) {
      const members = Object.entries(value)
      takeTitle(members, found)
      for (const [name, member] of members.reverse())
        if (!asideKeys.test(name))
          waiting.push({ key: Array.isArray(value) ? key : name, value: member, nesting })
    }
  }
}

/** What is written for machines, or around the content of every page. */
const asideKeys =
  /url|href|link|path|style|css|class|svg|icon|script|token|hash|query|legal|privacy|cookie|consent|terms|footer|header|nav|menu|seo|meta|schema|config|setting|translat|i18n|locale|message|label|error|promo|banner|analytics|tracking|review|^alt$|^@/i

const titleKeys = ['headline', 'title', 'name', 'question', 'heading']

/** A title stands with the text of the same object. */
function takeTitle(members: [string, unknown][], found: Found): void {
  if (!members.some(([key, value]) => typeof value === 'string' && isReadable(key, value))) return
  const title = titleKeys
    .map((name) => members.find(([key]) => key === name)?.[1])
    .find((value) => typeof value === 'string')
  if (typeof title === 'string' && title.length < 200) put('h2', title, found)
}

/** Sentences of some length. */
const MIN_TEXT = 80

const isReadable = (key: string, value: string) =>
  !asideKeys.test(key) && value.length >= MIN_TEXT && (isHtml(value) || isProse(value))

const isHtml = (value: string) => /<(?:p|br|div|li|h[1-6]|blockquote)[\s/>]/i.test(value)

/** Words with spaces and an end of a sentence, or a script that is written without spaces. */
const isProse = (value: string) =>
  !/[{}\\]|\w\(|https?:\S+$/.test(value.slice(0, 500)) &&
  (/[.!?…]["'”’)]?(?:\s|$)/.test(value) || /[。！？]/.test(value)) &&
  (/(?:\S{1,40}\s+){8}/.test(value.slice(0, 1000)) || /[\u3040-\u9fff]{20}/.test(value))

function take(key: string, value: string, found: Found): void {
  if (value.length > found.left || !isReadable(key, value)) return
  found.left -= value.length
  write(value, found)
}

function write(value: string, found: Found): void {
  if (isHtml(value)) takeHtml(value, found)
  else for (const line of value.split('\n')) if (line.trim() !== '') put('p', line, found)
}

function takeHtml(html: string, { root, said }: Found): void {
  if (said.has(html)) return
  said.add(html)
  const body = parseTree(html).children.flatMap((node) => (isTag(node) ? node.children : []))
  for (const node of body) if (isTag(node) && node.name === 'body') moveAll(node.children, root)
}

function moveAll(nodes: ChildNode[], root: Document): void {
  const part = createElement('div')
  for (const node of nodes) append(part, node)
  append(root, part)
}

function put(name: string, text: string, { root, said }: Found): void {
  if (said.has(text)) return
  said.add(text)
  const element = createElement(name)
  append(element, createText(text))
  append(root, element)
}
