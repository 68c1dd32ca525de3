import type { CookieJar } from 'tough-cookie'
import type { Fields } from './exchange.ts'

/** The cookies of one fetch: what one hop sets, later hops of the same fetch send back, and nobody else. */
export interface Cookies {
  /**
   * The Cookie field for a URL, each octet a character; undefined if there is nothing to send.
   * @param isHome whether it is of the origin that the client named: only there the client's own cookies go
   */
  fieldFor(url: URL, isHome: boolean): string | undefined
  /** Takes what an answer from `url` sets. What is no cookie, or not that site's to set, is passed over. */
  take(headers: Fields, url: URL): Promise<void>
}

/** Most cookies taken in one fetch; browsers keep no more than 180 of a site, in 4,096 octets each. */
const MOST = 50
const LARGEST = 4096

/** Makes the cookies of one fetch. @param given the client's own; a site's of the same name takes their place */
export function createCookies(given: Readonly<Record<string, string>> = {}): Cookies {
  let jar: CookieJar | undefined
  let taken = 0
  return {
    fieldFor(url, isHome) {
      if (!jar && Object.keys(given).length === 0) return undefined
      const set = jar?.getCookiesSync(url.href) ?? []
      const names = new Set(set.map(({ key }) => key))
      const own = isHome ? Object.entries(given).filter(([name]) => !names.has(name)) : []
      const pairs = [...own.map((pair) => pair.join('=')), ...set.map((cookie) => cookie.cookieString())]
      return pairs.join('; ') || undefined
    },
    async take(headers, url) {
      const fields = [headers['set-cookie'] ?? []].flat().filter(isCookie)
      if (fields.length === 0) return
      jar ??= await createJar()
      for (const field of fields.slice(0, MOST - taken)) {
        jar.setCookieSync(field, url.href, { ignoreError: true })
        taken += 1
      }
    },
  }
}

/** Without both a name and a value there is none (RFC 6265bis, 5.6). */
function isCookie(field: string): boolean {
  const pair = field.slice(0, LARGEST).split(';', 1)[0]?.trim()
  return field.length <= LARGEST && pair !== '' && pair !== '='
}

/** Most fetches meet no cookie: the list of public suffixes is not loaded before one does. */
async function createJar(): Promise<CookieJar> {
  const tough = await import('tough-cookie')
  return new tough.CookieJar(undefined, { looseMode: true })
}
