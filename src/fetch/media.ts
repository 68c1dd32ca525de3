const textual = new Set(['application/xml', 'application/json', 'application/xhtml+xml'])

// Names that say nothing: browsers look at the bytes for these (MIME Sniffing Standard, 7).
const unknown = new Set(['unknown/unknown', 'application/unknown', '*/*'])

/**
 * Whether a body under this Content-Type is text of a kind that is taken: HTML, XHTML, any text/*, XML or JSON (or what
 * is built on them). So is one without a type, or with one that cannot be read.
 */
export function isTextual(contentType: string | null): boolean {
  const essence = essenceOf(contentType)
  if (essence === null || unknown.has(essence)) return true
  return essence.startsWith('text/') || textual.has(essence) || /\+(?:xml|json)$/.test(essence)
}

/** `type/subtype` in lower case, without parameters (MIME Sniffing Standard, 4.4); null if there is none. */
function essenceOf(contentType: string | null): string | null {
  const essence = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return essence === '*/*' || /^[!#$%&'*+.^_`|~a-z0-9-]+\/[!#$%&'*+.^_`|~a-z0-9-]+$/.test(essence)
    ? essence
    : null
}
