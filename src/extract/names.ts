const list = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/))

/** Words of class names and ids of what lies over a page and asks for something: never content, however long its text. */
export const overWords = list(`
  cookie cookies consent gdpr ccpa onetrust cookiebot cookiebanner cookielaw cmplz didomi usercentrics truste
  privacybanner lightbox`)

/** Of what is around the content. */
export const aroundWords = list(`
  nav navbar navigation navi navbox subnav topnav navmenu submenu megamenu menubar offcanvas hamburger footer colophon
  breadcrumb breadcrumbs crumbs crumb share sharing shares sharer addthis sharethis social socials newsletter subscribe
  subscription signup signin login register registration related recommended recommendations recommend similar
  popular trending advert adverts advertisement advertising ads ad adsense sponsor sponsored outbrain taboola
  comments comment commentlist disqus respond pagination pager paginator paging skip skiplink copyright legal masthead
  topbar toolbar tagcloud print toast snackbar disclaimer sitemap upsell upsells crosssell toplinks dropdown
  screenreader visuallyhidden signature`)

/** Of what often is, and is content where it reads like it. */
export const maybeWords = list(`
  menu menus sidebar sidebars rail promo promos promotion popup modal overlay dialog tooltip flyout drawer widget widgets
  tags taglist byline bio author meta banner header cta notification alert notice contact actions toggle buttons
  controls filter filters facet facets sort sorting search recent latest hide invisible aside postmeta follow feedback
  help`)

/** Of what is around the text of an article, within it. */
export const articleWords = list(`
  author authors bio byline tags tag promo promos promotion popup modal notice disclaimer cta teaser teasers recent
  latest readmore recirc recirculation caption credit credits widget widgets sidebar meta infobox outro footnote
  footnotes donate support callout reactions likes rating votes views timestamp published date datetime sponsor paywall
  premium abo`)

/** Of what others say of a product. */
export const reviewWords = list('review reviews testimonial testimonials ratings')

/** Of a forum, in addresses and names of whole pages. */
export const forumWords = list(`
  forum forums thread threads topic topics viewtopic showthread phpbb vbulletin xenforo discussion board bbs community
  discourse ipsapp question questions`)

/** Of a post in a thread. */
export const postWords = list(`
  post posts postbit comment comments commentlist message messages reply replies answer answers respond entry`)

/** Of what a forum says of those who write. */
export const posterWords = list(`
  postprofile userinfo usercp userdetails signature sig avatar memberinfo userextras rank usertitle poster badge
  reputation likes`)

/** Of who writes: the name itself is content, a longer card is not. */
export const writerWords = list('user author poster member profile')

/** Of manuals, in addresses. */
export const manualWords = list(`
  docs doc documentation manual manuals reference api wiki guide guides howto developer developers devdocs readthedocs
  handbook tutorial tutorials man`)
