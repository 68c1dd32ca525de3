// Pages of our own making, one of each kind. What is marked IN is content, what is marked OUT is not.

export const paragraphs = [
  'IN1 The old lighthouse keeper climbed the stairs twice a day, once at dusk to light the lamp and once at dawn to put it out, and in forty years he had missed neither.',
  'IN2 When the council voted to automate the light, nobody thought to tell him. A van came on a Tuesday, two men unloaded a grey cabinet, and by evening the lamp turned without anybody near it.',
  'IN3 He went on climbing all the same. The men who came to service the cabinet found the brass polished, the logbook filled in with a fountain pen, and a pot of tea for each of them.',
  'IN4 What he wrote in those years is now in the county archive: eleven notebooks about weather, birds and passing ships, of which historians say that there is nothing like them on this coast.',
]

const navigation = ['Home', 'News', 'Sport', 'Culture', 'Opinion', 'Weather', 'Contact'].map(
  (name) => `<li><a href="/${name.toLowerCase()}">OUT ${name}</a></li>`,
)

const footer = `<footer class="site-footer"><nav><ul>${navigation.join('')}</ul></nav>
  <p>OUT © 2031 The Harbour Gazette. All rights reserved.</p><a href="/privacy">OUT Privacy policy</a></footer>`

const header = `<header class="site-header"><a class="logo" href="/">OUT The Harbour Gazette</a>
  <nav class="main-nav"><ul>${navigation.join('')}</ul></nav>
  <form class="search" action="/search"><label>OUT Search</label><input name="q"></form></header>`

const consent = `<div id="cookie-banner" class="consent"><p>OUT We use cookies to make this site work, to measure how it is
  used and to show you advertising that fits your interests. You can change your choice at any time.</p>
  <button>OUT Accept all</button><a href="/cookies">OUT Settings</a></div>`

const teasers = ['The ferry that came back', 'A winter on the sandbank', 'Three recipes with kelp'].map(
  (title) => `<li class="teaser"><a href="/x"><img src="x.jpg" alt=""><h3>OUT ${title}</h3></a></li>`,
)

/** A whole page with what stands around the content everywhere. */
export function page(
  main: string,
  { head = '', after = '' }: { head?: string; after?: string } = {},
): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Page</title>${head}</head><body>
    ${header}${main}<aside class="sidebar"><h2>OUT Most read</h2><ul>${teasers.join('')}</ul></aside>${after}${footer}${consent}</body></html>`
}

const share = `<div class="share-buttons"><span>OUT Share</span><a href="https://social.example/s">OUT Post it</a>
  <a href="mailto:?">OUT Send by mail</a></div>`

export const article = page(
  `<main><article><h1>The keeper of the light</h1>
    <p class="byline">By Ada Marsh</p>${share}
    <div class="article-body">${paragraphs.map((text) => `<p>${text}</p>`).join('\n')}
      <h2>IN5 What became of the tower</h2>
      <p>IN6 Today the tower belongs to a trust, which opens it on Sundays from May to October, and whose members
        polish the brass in turns. <a href="/trust">IN7 The trust</a> has sixty of them.</p>
      <ul><li>IN8 Built of granite in 1861, and raised by four metres in 1904</li>
        <li>IN9 Seen from nineteen miles on a clear night</li></ul></div></article>
    <section class="related"><h2>OUT Das könnte Sie auch interessieren</h2><ul>${teasers.join('')}</ul></section>
    <section id="comments" class="comments"><h2>OUT 2 comments</h2>
      <div class="comment"><p>OUT My grandfather knew him and always said that the tea was dreadful.</p></div>
      <div class="comment"><p>OUT Lovely piece, thank you for writing it down at last.</p></div></section></main>`,
  { head: '<meta property="og:type" content="article">' },
)

const posts = [
  [
    'gullwatcher',
    'IN1 Has anybody painted brass railings that stand in salt air all year? Mine turn green within weeks whatever I do, and I have run out of ideas.',
  ],
  [
    'tidepool',
    'IN2 Do not paint them at all. Clean them, wax them with a hard wax twice a year, and they will keep for as long as you keep waxing.',
  ],
  [
    'oldrope',
    'IN3 I second the wax. I tried three lacquers on the boat, and each of them peeled before the second winter, from the welds outwards.',
  ],
  [
    'gullwatcher',
    'IN4 Thank you both. I have ordered a tin of the wax and will report in spring how the railings look after the storms.',
  ],
].map(
  ([name, text], number) => `<article class="message post" id="post-${number}">
    <div class="message-user"><a class="username" href="/u/${name}">${name}</a><div class="user-stats">OUT Joined 2019 · Posts ${number * 71 + 12}</div></div>
    <div class="message-content"><time>March ${number + 2}, 2031</time><div class="post-body"><p>${text}</p></div></div>
    <div class="signature">OUT Sail far, sail often</div>
    <div class="actions"><a href="#">OUT Like</a><a href="#">OUT Reply</a><a href="#">OUT Report</a></div></article>`,
)

export const forum = page(
  `<div class="forum thread-view"><h1>Brass railings by the sea</h1><div class="posts">${posts.join('\n')}</div>
    <div class="block"><h3>OUT Similar threads</h3><ul>
      <li><a href="/t/1">OUT Varnish for oars</a></li><li><a href="/t/2">OUT Rust on the anchor chain</a></li></ul></div></div>`,
  { head: '<script type="application/ld+json">{"@type":"DiscussionForumPosting"}</script>' },
)

export const product = page(
  `<main class="product-page" itemscope itemtype="https://schema.org/Product"><h1 itemprop="name">Harbour lantern</h1>
    <div class="price" itemprop="price">€ 48.00</div><button class="add-to-cart">OUT Add to cart</button>
    <div class="product-description" itemprop="description">
      <p>IN1 A storm lantern of tinned steel with a glass that survives being dropped, made to burn for thirty hours on
        one filling and to hang from a hook, a branch or a boom.</p>
      <p>IN2 The wick is moved from outside, so that the flame can be turned down without opening the glass, and spare
        wicks are kept in the foot.</p></div>
    <section class="specifications"><h2>IN3 Specifications</h2><table><tr><th>IN4 Height</th><td>IN5 27 cm</td></tr>
      <tr><th>IN6 Weight</th><td>IN7 640 g</td></tr><tr><th>IN8 Tank</th><td>IN9 0.3 l of lamp oil</td></tr></table></section>
    <section class="recommendations"><h2>OUT Customers also bought</h2><ul>${teasers.join('')}</ul></section></main>`,
  { head: '<script type="application/ld+json">{"@type":"Product","name":"Harbour lantern"}</script>' },
)

const cards = [
  ['Harbour lantern', '48.00', 'Tinned steel, thirty hours on one filling'],
  ['Deck lamp', '62.50', 'Brass, with a shade that folds flat'],
  ['Masthead light', '119.00', 'Seen from two miles, draws less than a watt'],
  ['Wick, three metres', '7.20', 'Cotton, for all lanterns with a flat burner'],
  ['Lamp oil, five litres', '23.90', 'Burns without smell or soot'],
  ['Glass for lanterns', '12.40', 'Tempered, in four sizes'],
].map(
  (
    [name, price, text],
    number,
  ) => `<li class="product-card"><a href="/p/${number}"><img src="${number}.jpg" alt="">
    <h3>IN${number} ${name}</h3></a><p class="text">IN${number}b ${text}</p><span class="price">€ ${price}</span></li>`,
)

export const collection = page(
  `<main class="collection"><h1>Lamps and lanterns</h1><div class="filters"><button>OUT Filter</button></div>
    <ul class="product-grid">${cards.join('\n')}</ul>
    <nav class="pagination"><a href="?p=1">OUT 1</a><a href="?p=2">OUT 2</a><a href="?p=3">OUT Next</a></nav></main>`,
)

export const documentation = page(
  `<div class="docs"><nav class="toc sidebar"><ul>${navigation.join('')}</ul></nav><main class="docs-content">
    <h1>Reading the tide table</h1>
    <p>IN1 The function <code>tideAt</code> gives the height of the water above chart datum, in metres, for a harbour and
      a moment. It interpolates between the two nearest entries of the table by a cosine.</p>
    <pre><code class="language-js">IN2 const height = tideAt('northport', new Date())</code></pre>
    <h2>IN3 Options</h2><p>IN4 The third argument is an object. All of its members may be left out, and each has the
      default that is given beside it.</p>
    <table><tr><th>IN5 name</th><th>IN6 default</th></tr><tr><td>IN7 datum</td><td>IN8 lowest astronomical tide</td></tr></table>
    </main></div>`,
)

const sections = [
  [
    'We fit your boat for winter',
    'From the first frost to the last we keep hulls dry, batteries charged and covers tight, and send you a picture every week.',
  ],
  [
    'A yard that knows its boats',
    'Each boat has a mechanic of its own who has known it for years, so that you never explain the same noise twice.',
  ],
  [
    'Prices without surprises',
    'You pay by the metre and by the month. What goes wrong meanwhile we mend at cost, and only once you have agreed to it.',
  ],
].map(
  ([title, text], number) =>
    `<section class="feature"><h2>IN${number} ${title}</h2><p>IN${number}b ${text}</p><a class="btn" href="/quote">Get a quote</a></section>`,
)

export const service = page(
  `<main><section class="hero"><h1>IN Winter storage for boats</h1><p>INa Dry, watched and insured, ten minutes from the
    marina, since 1978.</p></section>${sections.join('\n')}
    <section class="faq"><h2>INb Questions</h2><div class="accordion"><button class="accordion-title">INc When may I bring my boat to the yard?</button>
      <div class="accordion-content" hidden><p>INd From the middle of September, on any working day, and on Saturdays until noon when you
        call before. The crane lifts up to twelve tons.</p></div></div></section></main>`,
)
