import { breakOut, closesParagraph, voidElements } from './elements.ts'
import type { Tag } from './markup.ts'
import { setOf } from './words.ts'

/** By which rules a start tag was taken. */
export type Rules = 'html' | 'foreign'

/**
 * An open element that the rules look at. `html` ones are kept only within SVG or MathML, where the end of what they
 * stand in has to be found; `text_point` is a MathML text integration point, `html_point` an HTML integration point.
 */
interface Frame {
  name: string
  kind: 'template' | 'html' | 'foreign' | 'html_point' | 'text_point'
  namespace: 'html' | 'svg' | 'math'
}

// Ignored in a body, or without a table around them.
const ignoredInBody = setOf('html head body caption colgroup tbody td tfoot th thead tr')
// Deeper than any page that means it. It bounds the search for what an end tag closes, so that a megabyte of tags which
// close nothing stays a matter of milliseconds.
const maxDepth = 256

// What a page of frames cannot begin with (the "frameset-ok flag").
const spoilsFrameset = setOf(
  'applet area body br button dd dt embed hr iframe image img input keygen li listing marquee object pre select ' +
    'table textarea wbr xmp',
)
const svgPoints = setOf('foreignobject desc title')
const mathTextPoints = setOf('mi mo mn ms mtext')

/**
 * Which elements are open, as far as it decides whether a tag belongs to HTML, SVG or MathML, or to a template's content:
 * the tree construction of the HTML Standard (13.2.6) without the tree. HTML that is misnested outside of SVG and MathML
 * does not matter to it and is only counted.
 */
export class Nesting {
  readonly #frames: Frame[] = []
  /** How many elements of a name are open outside of SVG and MathML, as nearly as counting start and end tags tells. */
  readonly #openHtml = new Map<string, number>()

  #isFramesetOk = true

  /** Whether no tag so far keeps a <frameset> from taking the place of the body. */
  get isFramesetOk(): boolean {
    return this.#isFramesetOk
  }

  /** Whether the current node is not in the HTML namespace. */
  get isForeign(): boolean {
    const top = this.#frames.at(-1)
    return top !== undefined && top.namespace !== 'html'
  }

  get isInTemplate(): boolean {
    return this.#frames.some(({ kind }) => kind === 'template')
  }

  /** Takes a start tag. */
  open(tag: Tag): Rules {
    if (!this.#goesByHtml(tag)) {
      if (!breaksOut(tag)) {
        if (!tag.isSelfClosing) this.#push(this.#foreignFrame(tag))
        return 'foreign'
      }
      this.#leaveForeign()
    }
    this.#openHtmlElement(tag)
    return 'html'
  }

  #goesByHtml({ name }: Tag): boolean {
    const top = this.#frames.at(-1)
    if (top?.kind === 'text_point') return name !== 'mglyph' && name !== 'malignmark'
    if (top?.kind === 'foreign') return top.name === 'annotation-xml' && name === 'svg'
    return true
  }

  #openHtmlElement(tag: Tag): void {
    const { name } = tag
    if (spoilsFrameset.has(name)) this.#isFramesetOk = false
    if (name === 'svg' || name === 'math') {
      if (!tag.isSelfClosing) this.#push({ name, kind: 'foreign', namespace: name })
    } else if (name === 'template') {
      this.#push({ name, kind: 'template', namespace: 'html' })
    } else if (!voidElements.has(name) && !ignoredInBody.has(name)) this.#trackHtml(name)
  }

  #trackHtml(name: string): void {
    const top = this.#frames.at(-1)
    if (top === undefined || top.kind === 'template') {
      this.#openHtml.set(name, (this.#openHtml.get(name) ?? 0) + 1)
      return
    }
    if (top.name === 'p' && top.kind === 'html' && closesParagraph.has(name)) this.#frames.pop()
    this.#push({ name, kind: 'html', namespace: 'html' })
  }

  #foreignFrame({ name, attributes }: Tag): Frame {
    const namespace = this.#frames.at(-1)?.namespace === 'math' ? 'math' : 'svg'
    if (namespace === 'svg') return { name, kind: svgPoints.has(name) ? 'html_point' : 'foreign', namespace }
    if (mathTextPoints.has(name)) return { name, kind: 'text_point', namespace }
    const holdsHtml = name === 'annotation-xml' && isHtmlType(attributes.get('encoding'))
    return { name, kind: holdsHtml ? 'html_point' : 'foreign', namespace }
  }

  #push(frame: Frame): void {
    if (this.#frames.length < maxDepth) this.#frames.push(frame)
  }

  /** Pops until HTML goes by its own rules again. */
  #leaveForeign(): void {
    while (this.#frames.at(-1)?.kind === 'foreign') this.#frames.pop()
  }

  /** Takes an end tag. */
  close(name: string): void {
    if (this.isForeign && (name === 'br' || name === 'p')) this.#leaveForeign()
    else if (this.isForeign && this.#closeForeign(name)) return
    this.#closeHtml(name)
  }

  /** Closes the nearest element of the name in this stretch of SVG or MathML. */
  #closeForeign(name: string): boolean {
    for (let at = this.#frames.length - 1; at >= 0; at -= 1) {
      const frame = this.#frames[at] as Frame
      if (frame.namespace === 'html') return false
      if (frame.name === name) {
        this.#frames.length = at
        return true
      }
    }
    return false
  }

  #closeHtml(name: string): void {
    if (name === 'template') this.#closeTemplate()
    else if (name !== 'body' && name !== 'html') this.#closeOpenHtml(name)
  }

  #closeTemplate(): void {
    const at = this.#frames.findLastIndex((frame) => frame.kind === 'template')
    if (at !== -1) this.#frames.length = at
  }

  /** Closes an HTML element, with what is open within it, unless an integration point stands between. */
  #closeOpenHtml(name: string): void {
    const end = this.#frames.findLastIndex(
      (frame) => stopsScope(frame) || (frame.kind === 'html' && frame.name === name),
    )
    const found = this.#frames[end]
    if (found?.kind === 'html') this.#frames.length = end
    else if (found === undefined || found.kind === 'template') this.#closeCounted(name, end + 1)
  }

  #closeCounted(name: string, depth: number): void {
    const open = this.#openHtml.get(name) ?? 0
    if (open === 0) return
    this.#openHtml.set(name, open - 1)
    this.#frames.length = depth
  }
}

function stopsScope({ kind, name }: Frame): boolean {
  return kind === 'template' || kind === 'html_point' || kind === 'text_point' || name === 'annotation-xml'
}

function breaksOut({ name, attributes }: Tag): boolean {
  if (name === 'font') return ['color', 'face', 'size'].some((attribute) => attributes.has(attribute))
  return breakOut.has(name)
}

function isHtmlType(encoding: string | undefined): boolean {
  const type = encoding?.toLowerCase()
  return type === 'text/html' || type === 'application/xhtml+xml'
}
