/** The moment that pages are read at, so that no test depends on the clock. */
export const now = new Date('2026-01-15T12:00:00Z')
export const address = 'https://www.harbour-post.example/2024/news/boats-return'

export const pageOf = (head: string, body = '') =>
  `<!doctype html><html><head>${head}</head><body>${body}</body></html>`
export const jsonLd = (value: unknown) =>
  `<script type="application/ld+json">${JSON.stringify(value)}</script>`
