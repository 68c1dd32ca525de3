/** What kind of page it is, by how it is made. */
export const PageKind = {
  article: 'article',
  forum: 'forum',
  product: 'product',
  listing: 'listing',
  collection: 'collection',
  documentation: 'documentation',
  service: 'service',
} as const

export type PageKind = (typeof PageKind)[keyof typeof PageKind]
