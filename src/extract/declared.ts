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

/** The kind of page that it was made as by a shop, where it says so; it knows better than anyone who looks at it. */
export function declaredKind({ type, body }: Pick<PageFacts, 'type' | 'body'>): PageKind | undefined {
  for (const name of body.split(/\s+/)) {
    const kind = classes.get(name)
    if (kind) return kind
  }
  return types.get(type)
}
