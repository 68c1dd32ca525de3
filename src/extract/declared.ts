import { PageKind } from '../contract/kind.ts'
import type { PageFacts } from './about.ts'

/** What OpenGraph calls the pages of a shop. */
const types: ReadonlyMap<string, PageKind> = new Map([
  ['product', PageKind.product],
  ['product.group', PageKind.collection],
])

/** Class names that software for shops in wide use gives the body of each page that it makes as such. */
const classes: ReadonlyMap<string, PageKind> = new Map([
  ...of(PageKind.product, 'single-product catalog-product-view template-product page-product is-ctl-product'),
  ...of(
    PageKind.collection,
    'tax-product_cat tax-product_tag post-type-archive-product catalog-category-view template-collection',
  ),
])

function of(kind: PageKind, names: string): [name: string, kind: PageKind][] {
  return names.split(' ').map((name) => [name, kind])
}

/** Types of Schema.org that a page has for what it is alone. Products, articles and lists are marked up beside much else. */
const threadTypes = ['discussionforumposting', 'qapage']

/** The kind of page that a shop or a forum made it as, where it says so; it knows better than anyone who looks at it. */
export function declaredKind(facts: Pick<PageFacts, 'type' | 'body' | 'schemas'>): PageKind | undefined {
  for (const name of facts.body.split(/\s+/)) {
    const kind = classes.get(name)
    if (kind) return kind
  }
  if (threadTypes.some((type) => facts.schemas.has(type))) return PageKind.forum
  return types.get(facts.type)
}
