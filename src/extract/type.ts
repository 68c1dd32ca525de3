/** What a Content-Type field says about decoding. */
export interface ContentType {
  kind: 'html' | 'xml' | 'text'
  charset: string | null
}

/**
 * Reads a Content-Type field as loosely as browsers do (MIME Sniffing Standard, 4.4): the first `charset` counts, quoted,
 * in apostrophes or bare, white space around it or not. A field that names no type is taken for HTML.
 */
export function readContentType(field: string | null): ContentType {
  const [essence = '', ...rest] = (field ?? '').split(';')
  return { kind: kindOf(essence.trim().toLowerCase()), charset: charsetOf(rest.join(';')) }
}

function kindOf(essence: string): ContentType['kind'] {
  if (essence === 'text/xml' || essence === 'application/xml' || essence.endsWith('+xml')) return 'xml'
  return /^[^\s/]+\/[^\s/]+$/.test(essence) && essence !== 'text/html' ? 'text' : 'html'
}

// One parameter: its name, then a quoted value or a bare one. It matches at any place, so a scan is linear.
const parameter = /([^=;]*)(?:=\s*(?:"((?:[^"\\]|\\.)*)"?[^;]*|([^;]*)))?;?/gsy

function charsetOf(parameters: string): string | null {
  if (parameters === '') return null
  for (const [whole, name = '', quoted, bare] of parameters.matchAll(parameter)) {
    if (name.trim().toLowerCase() === 'charset' && (quoted ?? bare) !== undefined) {
      return quoted?.replaceAll(/\\(.)/gs, '$1') ?? withoutApostrophes(bare ?? '')
    }
    if (whole === '') break
  }
  return null
}

function withoutApostrophes(text: string): string {
  const value = text.trim()
  return value.startsWith("'") ? value.slice(1).replace(/'.*$/s, '') : value
}
