import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isContent, isPageFlag, type PageFlag } from '../../src/contract/flags.ts'
import { flagsOf } from '../../src/extract/flags.ts'
import { titleOf } from '../../src/extract/title.ts'

const asked = 'https://site.example/shop/lamps/17'

function flags(html: string, finalUrl = asked, url = asked): PageFlag[] {
  return flagsOf({ html, title: titleOf(html), url, finalUrl })
}

const words = (count: number) => '<p>A lamp gives light to those who read.</p>\n'.repeat(count)

const page = (title: string, body: string, head = '') =>
  `<!doctype html><html><head><title>${title}</title>${head}</head><body>${body}</body></html>`

/** What a page of content looks like: more text than any check has. */
const long = (title: string, head = '') => page(title, `<h1>${title}</h1>${words(120)}`, head)

const script = '<script src="/app.js"></script>'

describe('a page that stands in the place of another', () => {
  const rows: [name: string, flag: PageFlag, html: string, finalUrl?: string][] = [
    [
      'a challenge by its code',
      'bot_check',
      page('site.example', '<script>window._cf_chl_opt={a:1}</script>'),
    ],
    ['a challenge by its title', 'bot_check', page('Just a moment...', '<p>site.example</p>')],
    ['one in German', 'bot_check', page('Nur einen Moment…', '<p>site.example</p>')],
    ['one in Russian', 'bot_check', page('Один момент…', '<p>site.example</p>')],
    ['one in Japanese', 'bot_check', page('しばらくお待ちください...', '<p>site.example</p>')],
    ['a refusal that is a part of a title', 'bot_check', page('Access Denied | Shop', '<p>Reference 18</p>')],
    ['a check by what it says', 'bot_check', page('Shop', "<h2>Please verify that you're not a robot</h2>")],
    ['one with a curly apostrophe', 'bot_check', page('Shop', '<p>verify that you&rsquo;re not a robot')],
    [
      'one that says more, by its widget',
      'bot_check',
      page('Shop', `${words(25)}<p>Are you a robot?<div class="g-recaptcha"></div>`),
    ],
    [
      'a check by its address',
      'bot_check',
      page('Shop', '<p>Type what you see'),
      'https://site.example/showcaptcha?back=1',
    ],
    ['a frame of a guard', 'bot_check', page('', '<p>Incapsula incident ID: 12-34</p>')],
    ['a proof of work', 'bot_check', page('Shop', `<script id="anubis_challenge">{}</script>${words(8)}`)],
    [
      'ads on a domain',
      'parked',
      page('lamps.example', '<script src="//www.google.com/adsense/domains/caf.js">'),
    ],
    ['a domain for sale', 'parked', page('lamps.example', '<h1>This domain is for sale!</h1>')],
    ['one in German', 'parked', page('lamps.example', '<p>Diese Domain steht zum Verkauf.</p>')],
    ['a domain for sale by its title', 'parked', page('The domain name is for sale | Broker', words(3))],
    ['a new server', 'parked', page('Welcome to nginx!', words(4))],
    ['an account that was closed', 'parked', page('Account Suspended', '<p>Contact your hosting provider')],
    [
      'a host for consent',
      'consent_wall',
      page('Shop', `${words(30)}<button>Alle akzeptieren</button>`),
      'https://consent.site.example/m?continue=1',
    ],
    [
      'a path for consent',
      'consent_wall',
      page('Shop', '<button>Agree</button>'),
      'https://site.example/cookie-wall?back=%2Fshop',
    ],
    [
      'a question for consent in the place itself',
      'consent_wall',
      page('Avant de continuer', `${words(10)}<button>Tout refuser</button>`),
    ],
    [
      'a form to log in',
      'login_wall',
      page('Shop', '<form><input type=password></form>'),
      'https://site.example/account/login?next=%2Fshop',
    ],
    ['a title that says so', 'soft_404', page('Page not found - Shop', words(20))],
    ['a title with a number', 'soft_404', page('404 | Shop', words(20))],
    ['a number and words', 'soft_404', page('Error 404 (Not Found)!!', '<p>That is all we know.')],
    ['one in German', 'soft_404', page('Fehler 404 – Seite nicht gefunden', words(20))],
    ['one in French', 'soft_404', page('Oups ! Page introuvable', words(20))],
    ['one in Polish', 'soft_404', page('Nie znaleziono strony · Sklep', words(20))],
    ['one in Chinese', 'soft_404', page('页面不存在', words(20))],
    ['one in Arabic', 'soft_404', page('الصفحة غير موجودة', words(20))],
    ['one with a large menu', 'soft_404', page('Page Not Found | Shop', words(200))],
    ['a heading that says so', 'soft_404', page('Shop', `<h1>Página no encontrada</h1>${words(9)}`)],
    [
      'a body that is marked',
      'soft_404',
      page('Shop', `<p>Gone.</p>${words(9)}`).replace('<body', '<body class="error404"'),
    ],
    ['a page for all that is not there', 'soft_404', long('Lamps and more'), 'https://site.example/404.html'],
    [
      'a way from deep within to the first page',
      'soft_404',
      long('Shop of lamps'),
      'https://www.site.example/',
    ],
    ['nothing but scripts', 'empty', page('Shop', `<div id="root"></div>${script}`)],
    [
      'a word that scripts are needed',
      'empty',
      page('Shop', `<noscript>You need to enable JavaScript to run this app.</noscript>${script}`),
    ],
  ]
  for (const [name, flag, html, finalUrl] of rows)
    test(`is told: ${flag}, ${name}`, () => assert.deepEqual(flags(html, finalUrl), [flag]))
})

describe('a page with content of its own is not flagged', () => {
  const rows: [name: string, html: string, finalUrl?: string, url?: string][] = [
    ['a short one', page('Shop', '<p>hi')],
    ['one without a title', words(3)],
    ['an empty one without scripts', ''],
    ['a long one that its site guards', long('Lamps', '<script>window.gokuProps={}</script>')],
    ['one that writes of checks', long('How to pass “verify you are human”')],
    ['one that writes of a status', long('404 Not Found: what it means')],
    ['a thread of that name', long('Page not found - Forum', '<link rel="canonical" href="/t/1">')],
    [
      'a story of that name',
      page('Not Found – Stories', words(10), '<meta property="og:type" content="article">'),
    ],
    ['a house with that number', page('Room 404 | Hotel', words(10))],
    ['a form with a widget', page('Contact', `${words(20)}<div class="g-recaptcha"></div>`)],
    [
      'a banner for consent above a text',
      long('Lamps', '').replace('<h1>', '<button>Accept all</button><h1>'),
    ],
    ['a policy', page('Privacy settings', words(10))],
    [
      'a page to log in that was asked for',
      page('Log in', '<input type=password>'),
      `${asked}/login`,
      `${asked}/login`,
    ],
    ['a market for domains', long('Domains', '<p>this domain is for sale</p>')],
    ['one that was moved', long('Lamps'), 'https://www.site.example/shop/lamps/17/'],
    ['the first page in a language', long('Lamps'), 'https://site.example/', 'https://site.example/en/us/'],
    [
      'the first page by its name',
      long('Lamps'),
      'https://site.example/',
      'https://site.example/en/index.html',
    ],
    ['another host', long('Lamps'), 'https://other.example/', 'https://short.example/a/b'],
    ['a picture beside a script', page('Lamps', `<img src=a.png>${words(4)}${script}`)],
  ]
  for (const [name, html, finalUrl, url] of rows)
    test(name, () => assert.deepEqual(flags(html, finalUrl, url), []))
})

describe('flags', () => {
  test('are of one table, and all but that of an empty page deny it its content', () => {
    assert.ok(isPageFlag('parked') && !isPageFlag('nonsense') && !isPageFlag(17))
    assert.ok(isContent([]) && isContent(['empty']) && !isContent(['soft_404']))
  })

  const hostile: [name: string, unit: string][] = [
    ['tags without an end', '<a '],
    ['comments without an end', '<!--'],
    ['scripts without an end', '<script>'],
    ['scripts closed in capitals', '<script></SCRIPT>'],
    ['references', '&amp;'],
    ['white space', ' \n\t'],
    ['headings', '<h1>'],
    ['separators', '<title>|-:'],
  ]
  for (const [name, unit] of hostile)
    test(`are told of a page of nothing but ${name}`, () => {
      const html = unit.repeat(8_000_000 / unit.length)
      const flags = flagsOf({ html, title: html.slice(0, 100_000), url: asked, finalUrl: `${asked}/x` })
      assert.ok(flags.every(isPageFlag))
    })
})
